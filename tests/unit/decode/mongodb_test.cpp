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

Bytes said(std::uint32_t response_to, const Bytes& elements) {
  return message(kMsg, response_to, le32(0) + Bytes{0} + document(elements));
}
const Bytes kOk = element(1, "ok", {0, 0, 0, 0, 0, 0, 0xf0, 0x3f});
const Bytes kRefused = element(1, "ok", zeros(8)) + string("errmsg", "Authentication failed.") +
                       number("code", 18) + string("codeName", "AuthenticationFailed");
const Bytes kAsking = said(0, number("hello", 1) + string("saslSupportedMechs", "admin.ann"));
const Bytes kStart = said(0, number("saslStart", 1) + string("mechanism", "SCRAM-SHA-256"));
const Bytes kContinue = said(0, number("saslContinue", 1) + number("conversationId", 1));
const Bytes kStep = said(1, number("conversationId", 1) + element(8, "done", {0}) + kOk);
const Bytes kLast = said(1, number("conversationId", 1) + element(8, "done", {1}) + kOk);
const Bytes kFind = said(0, string("find", "shop"));

TEST(MongoDb, CountsARefusedLogIn) {
  const Bytes client = kAsking + kStart + kContinue, server = kAnswerMessage + kStep + said(1, kRefused);
  EXPECT_EQ(facts(decode_stream(decode_mongodb, client, server, true).handshake()).at("login_failures"), "1");
  expect_the_same_cut_everywhere(decode_mongodb, client, server);
  // Another try on the same connection, and what is asked for once it is logged in.
  const Bytes again = client + kStart + kContinue + kFind, taken = server + kStep + kLast;
  EXPECT_EQ(
      facts(decode_stream(decode_mongodb, again, taken).handshake()),
      (Facts{{"command", "hello"}, {"max_wire_version", "17"}, {"login_failures", "1"}, {"logged_in", "1"}}));
}

TEST(MongoDb, CountsARefusalOfTheOldForm) {
  const auto query = [](const Bytes& elements) {
    return message(kQuery, 0, le32(0) + cstring("admin.$cmd") + le32(0) + le32(1) + document(elements));
  };
  const Bytes client = query(number("getnonce", 1)) + query(number("authenticate", 1));
  for (const Bytes& refusal : {kRefused, string("errmsg", "auth fails") + element(1, "ok", zeros(8))}) {
    const Bytes server = message(kReply, 1, zeros(20) + document(string("nonce", "2375531c"))) +
                         message(kReply, 1, zeros(20) + document(refusal));
    EXPECT_EQ(facts(decode_stream(decode_mongodb, client, server, true).handshake()).at("login_failures"),
              "1");
  }
}

TEST(MongoDb, WaitsForNoLogInThatIsNotAnnounced) {
  EXPECT_EQ(decode_stream(decode_mongodb, kHelloMessage, kAnswerMessage).verdict(), Verdict::kDone);
  EXPECT_EQ(decode_stream(decode_mongodb, kAsking, kAnswerMessage).verdict(), Verdict::kMine);
  EXPECT_EQ(decode_stream(decode_mongodb, kAsking + kFind, kAnswerMessage).verdict(), Verdict::kDone);
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
