#include "decode/amqp.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Bytes short_string(std::string_view letters) {
  return Bytes{static_cast<std::uint8_t>(letters.size())} + text(letters);
}
Bytes long_string(const Bytes& bytes) {
  return be32(bytes.size()) + bytes;
}

Bytes property(std::string_view name, std::string_view value) {
  return short_string(name) + Bytes{'S'} + long_string(text(value));
}

Bytes method(std::uint16_t type_class, std::uint16_t number, const Bytes& arguments) {
  const Bytes payload = be16(type_class) + be16(number) + arguments;
  return Bytes{1, 0, 0} + be32(payload.size()) + payload + Bytes{0xce};
}

const Bytes kHeader = text("AMQP") + Bytes{0, 0, 9, 1};
const Bytes kCapabilities =
    short_string("capabilities") + Bytes{'F'} + long_string(short_string("x") + Bytes{'t', 1});
const Bytes kStart =
    method(10, 10,
           Bytes{0, 9} +
               long_string(kCapabilities + property("product", "RabbitMQ") + property("version", "3.8.9")) +
               long_string(text("PLAIN AMQPLAIN")) + long_string(text("en_US")));
const Bytes kStartOk =
    method(10, 11,
           long_string(property("version", "1.3.2") + property("product", "Pika")) + short_string("PLAIN") +
               long_string(text("\0user\0password")) + short_string("en_US"));

TEST(Amqp, TellsBothEndsOfVersion091ButNoPassword) {
  const Decoded outcome = decode_stream(decode_amqp, kHeader + kStartOk, kStart);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "amqp");
  EXPECT_EQ(outcome.handshake().app_version, "0-9-1");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"server_software", "RabbitMQ 3.8.9"},
                                               {"client_software", "Pika 1.3.2"},
                                               {"mechanism", "PLAIN"}}));
  expect_the_same_cut_everywhere(decode_amqp, kHeader + kStartOk, kStart);
}

TEST(Amqp, TellsVersions) {
  const auto version = [](const Bytes& header) {
    return decode_stream(decode_amqp, text("AMQP") + header, {}, true).handshake().app_version;
  };
  EXPECT_EQ(version({1, 1, 8, 0}), "0-8");
  EXPECT_EQ(version({1, 1, 0, 9}), "0-9");
  EXPECT_EQ(version({1, 1, 0, 10}), "0-10");
  EXPECT_EQ(version({0, 1, 0, 0}), "1.0");
  EXPECT_EQ(version({3, 1, 0, 0}), "1.0");
}

TEST(Amqp, TellsOfAServerThatRefusesTheVersion) {
  const Decoded outcome = decode_stream(decode_amqp, kHeader, text("AMQP") + Bytes{0, 1, 0, 0});
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "0-9-1");
}

TEST(Amqp, IsKnownInAConnectionsMiddle) {
  const Decoded outcome = decode_stream(decode_amqp, method(60, 40, zeros(9)), {}, true);
  EXPECT_EQ(outcome.handshake().app, "amqp");
  EXPECT_EQ(outcome.handshake().app_version, "");
}

TEST(Amqp, LeavesWhatIsNot) {
  EXPECT_EQ(decode_stream(decode_amqp, text("AMQP") + Bytes{9}, {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_amqp, method(61, 40, {}), {}).verdict(), Verdict::kNotMine);
  Bytes without_end = method(60, 40, zeros(9));
  without_end.back() = 0;
  EXPECT_EQ(decode_stream(decode_amqp, without_end, {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_amqp, Bytes{1, 0, 0} + be32(0xffffffff), {}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
