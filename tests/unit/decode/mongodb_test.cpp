#include "decode/mongodb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "cut_everywhere.h"
#include "decode/bson.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Bytes cstring(std::string_view letters) {
  return text(letters) + Bytes{0};
}
Bytes element(std::uint8_t type, std::string_view name, const Bytes& value) {
  return Bytes{type} + cstring(name) + value;
}
Bytes string(std::string_view name, std::string_view value) {
  return element(2, name, le32(static_cast<std::uint32_t>(value.size() + 1)) + cstring(value));
}
Bytes number(std::string_view name, std::uint32_t value) {
  return element(16, name, le32(value));
}
Bytes document(const Bytes& elements) {
  return le32(static_cast<std::uint32_t>(elements.size() + 5)) + elements + Bytes{0};
}

Bytes message(std::uint32_t operation, std::uint32_t response_to, const Bytes& body) {
  return le32(static_cast<std::uint32_t>(body.size() + 16)) + le32(1) + le32(response_to) + le32(operation) +
         body;
}

constexpr std::uint32_t kReply = 1, kQuery = 2004, kMsg = 2013;
const Bytes kClient =
    document(element(3, "application", document(string("name", "shop"))) +
             element(3, "driver", document(string("name", "PyMongo") + string("version", "4.3.2"))));
const Bytes kHello =
    document(number("hello", 1) + element(1, "topology", zeros(8)) + element(3, "client", kClient));
const Bytes kHelloMessage = message(kMsg, 0, le32(0) + Bytes{0} + kHello);
const Bytes kAnswer = document(element(8, "isWritablePrimary", {1}) + number("maxWireVersion", 17));
const Bytes kAnswerMessage = message(kMsg, 1, le32(0) + Bytes{0} + kAnswer);
const Facts kFacts = {{"command", "hello"},
                      {"client_software", "PyMongo 4.3.2"},
                      {"application", "shop"},
                      {"max_wire_version", "17"}};

TEST(MongoDb, TellsAHelloAndItsAnswer) {
  const Decoded outcome = decode_stream(decode_mongodb, kHelloMessage, kAnswerMessage);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "mongodb");
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
  EXPECT_EQ(decode_stream(decode_mongodb, kAnswerMessage, kHelloMessage).handshake(), outcome.handshake());
  expect_the_same_cut_everywhere(decode_mongodb, kHelloMessage, kAnswerMessage);
}

TEST(MongoDb, TellsTheOldFormToo) {
  const Bytes query = message(kQuery, 0, le32(0) + cstring("admin.$cmd") + le32(0) + le32(1) + kHello);
  const Bytes reply = message(kReply, 1, zeros(20) + kAnswer);
  EXPECT_EQ(facts(decode_stream(decode_mongodb, query, reply).handshake()), kFacts);
}

TEST(MongoDb, LeavesWhatIsNot) {
  EXPECT_EQ(decode_stream(decode_mongodb, text("GET / HTTP/1.1\r\n\r\n"), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_mongodb, message(2003, 0, zeros(30)), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_mongodb, message(kMsg, 0, le32(0) + Bytes{0} + zeros(9)), {}).verdict(),
            Verdict::kNotMine);
}

TEST(Bson, StopsAtLengthsThatLie) {
  const Bytes lying = document(string("a", "b") + element(2, "c", le32(0xfffffff0)) + string("d", "e"));
  const auto parsed = BsonDocument::parse(lying);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text("a"), "b");
  EXPECT_EQ(parsed->text("d"), std::nullopt);
  EXPECT_FALSE(BsonDocument::parse(le32(4)));
  EXPECT_FALSE(BsonDocument::parse(Bytes{1, 2}));
  EXPECT_FALSE(BsonDocument::parse(document({})));
}

}  // namespace
}  // namespace vedette
