#include "decode/mqtt.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Bytes string(std::string_view letters) {
  return be16(letters.size()) + text(letters);
}

Bytes connect(std::string_view name, std::uint8_t level, std::uint8_t flags, const Bytes& rest) {
  const Bytes body = string(name) + Bytes{level, flags} + be16(60) + rest;
  return Bytes{0x10, static_cast<std::uint8_t>(body.size())} + body;
}

constexpr std::uint8_t kWill = 0x04, kUser = 0x80, kPassword = 0x40;
const Bytes kConnect =
    connect("MQTT", 4, kUser | kPassword | kWill,
            string("sensor-1") + string("will/topic") + string("gone") + string("alice") + string("secret"));
const Bytes kRefused = {0x20, 2, 0, 5};

TEST(Mqtt, TellsClientAndAnswerButNoPassword) {
  const Decoded outcome = decode_stream(decode_mqtt, kConnect, kRefused);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "mqtt");
  EXPECT_EQ(outcome.handshake().app_version, "3.1.1");
  EXPECT_EQ(facts(outcome.handshake()),
            (Facts{{"client_id", "sensor-1"}, {"username", "alice"}, {"return_code", "5"}}));
  EXPECT_EQ(decode_stream(decode_mqtt, kRefused, kConnect).handshake(), outcome.handshake());
  expect_the_same_cut_everywhere(decode_mqtt, kConnect, kRefused);
}

TEST(Mqtt, PassesOverThePropertiesOfVersion5) {
  const Bytes properties = {5, 17, 0, 0, 0, 10};
  const Bytes client =
      connect("MQTT", 5, kUser | kWill,
              properties + string("c") + properties + string("t") + string("p") + string("bob"));
  const Bytes server = {0x20, 3, 0, 0x86, 0};
  const Decoded outcome = decode_stream(decode_mqtt, client, server);
  EXPECT_EQ(outcome.handshake().app_version, "5.0");
  EXPECT_EQ(facts(outcome.handshake()),
            (Facts{{"client_id", "c"}, {"username", "bob"}, {"return_code", "134"}}));
  expect_the_same_cut_everywhere(decode_mqtt, client, server);
}

TEST(Mqtt, TellsTheOldestVersionAtTheEndOfOneDirection) {
  const Decoded outcome = decode_stream(decode_mqtt, connect("MQIsdp", 3, 0, string("old")), {}, true);
  EXPECT_EQ(outcome.handshake().app_version, "3.1");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"client_id", "old"}}));
}

// mqtt-v5.0 §3.2.2.3: topic alias maximum, assigned client identifier, maximum QoS, a user property.
TEST(Mqtt, TellsVersion5ByTheAnswersProperties) {
  const Bytes properties = Bytes{0x22} + be16(10) + Bytes{0x12} + string("auto-1") + Bytes{0x24, 1, 0x26} +
                           string("a") + string("b");
  const auto answer = [](const Bytes& these) {
    return Bytes{0x20, static_cast<std::uint8_t>(these.size() + 3), 0, 0,
                 static_cast<std::uint8_t>(these.size())} +
           these;
  };
  const Bytes publish = {0x30, 5, 0, 1, 't', 'h', 'i'};
  for (const Decoded& outcome : {decode_stream(decode_mqtt, publish, answer(properties)),
                                 decode_stream(decode_mqtt, answer(properties) + publish, publish),
                                 decode_stream(decode_mqtt, {}, answer(properties), true)}) {
    ASSERT_EQ(outcome.verdict(), Verdict::kDone);
    EXPECT_EQ(outcome.handshake().app_version, "5.0");
    EXPECT_EQ(facts(outcome.handshake()), (Facts{{"return_code", "0"}}));
  }
  expect_the_same_cut_everywhere(decode_mqtt, {}, answer(properties));
  const Bytes unknown = properties + Bytes{0x7f}, twice = properties + Bytes{0x24, 2};
  for (const Bytes& none : {answer(unknown), answer(twice), answer({}), kRefused,
                            answer(Bytes(properties.begin(), properties.end() - 1))}) {
    EXPECT_EQ(decode_stream(decode_mqtt, publish, none).verdict(), Verdict::kNotMine);
    EXPECT_EQ(decode_stream(decode_mqtt, {}, none, true).verdict(), Verdict::kNotMine);
  }
}

TEST(Mqtt, IsToldByAPingOnItsPort) {
  const Bytes ping = {0xc0, 0}, pong = {0xd0, 0};
  const Decoded outcome = decode_stream(decode_mqtt, ping + ping, pong, false, {40000, 1883});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "mqtt");
  EXPECT_EQ(decode_stream(decode_mqtt, pong, ping, false, {1883, 40000}).verdict(), Verdict::kDone);
  expect_the_same_cut_everywhere(decode_mqtt, ping, pong, {40000, 1883});
  EXPECT_EQ(decode_stream(decode_mqtt, ping, pong).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_mqtt, ping, ping, false, {40000, 1883}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_mqtt, ping, {}, true, {40000, 1883}).verdict(), Verdict::kNotMine);
}

TEST(Mqtt, LeavesWhatIsNot) {
  EXPECT_EQ(decode_stream(decode_mqtt, connect("MQTT", 9, 0, {}), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_mqtt, Bytes{0x10, 0xff, 0xff, 0xff, 0xff, 1}, {}).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_mqtt, kRefused, {}, true).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
