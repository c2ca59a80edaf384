#include "decode/kafka.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Bytes sized(const Bytes& message) {
  return be32(message.size()) + message;
}

Bytes request(std::uint16_t api, std::uint16_t version, std::string_view client, const Bytes& body) {
  return sized(be16(api) + be16(version) + be32(77) + be16(client.size()) + text(client) + body);
}

Bytes compact(std::string_view letters) {
  return Bytes{static_cast<std::uint8_t>(letters.size() + 1)} + text(letters);
}

const Bytes kApiVersions =
    request(18, 3, "producer-1", Bytes{0} + compact("apache-kafka-java") + compact("3.5.0") + Bytes{0});
const Bytes kAnswer = sized(be32(77) + zeros(6));

TEST(Kafka, TellsTheClientsSoftware) {
  const Decoded outcome = decode_stream(decode_kafka, kApiVersions, kAnswer);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "kafka");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"request", "ApiVersions"},
                                               {"request_version", "3"},
                                               {"client_id", "producer-1"},
                                               {"client_software", "apache-kafka-java 3.5.0"}}));
  EXPECT_EQ(decode_stream(decode_kafka, kAnswer, kApiVersions).handshake(), outcome.handshake());
  expect_the_same_cut_everywhere(decode_kafka, kApiVersions, kAnswer);
}

TEST(Kafka, IsKnownByTheAnswersCorrelation) {
  const Bytes metadata = request(3, 1, "", zeros(4));
  EXPECT_EQ(decode_stream(decode_kafka, metadata, {}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(facts(decode_stream(decode_kafka, metadata, kAnswer).handshake()),
            (Facts{{"request", "Metadata"}, {"request_version", "1"}}));
  EXPECT_EQ(decode_stream(decode_kafka, metadata, sized(be32(78))).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_kafka, metadata, {}, true).verdict(), Verdict::kNotMine);
}

TEST(Kafka, LeavesWhatIsNot) {
  EXPECT_EQ(decode_stream(decode_kafka, text("GET /"), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_kafka, request(99, 1, "x", {}), {}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_kafka, request(3, 1, "\x01", {}), {}, true).verdict(), Verdict::kNotMine);
  Bytes too_short = kApiVersions;
  too_short[3] = 12;  // less than its client id
  EXPECT_EQ(decode_stream(decode_kafka, too_short, {}, true).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
