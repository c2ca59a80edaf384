#include "decode/adb.h"

#include <gtest/gtest.h>

#include "cuts.h"
#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

// AOSP's protocol.txt, "--- protocol overview and basics".
Bytes message(std::string_view command, std::uint32_t first = 0, std::uint32_t second = 0,
              const Bytes& payload = {}) {
  Bytes turned = text(command);
  for (std::uint8_t& byte : turned) byte = static_cast<std::uint8_t>(~byte);
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : payload) sum += byte;
  return text(command) + le32(first) + le32(second) + le32(static_cast<std::uint32_t>(payload.size())) +
         le32(sum) + turned + payload;
}

Bytes connects(std::uint32_t version, std::string_view banner) {
  return message("CNXN", version, 0x100000, text(banner));
}

const Bytes kHost = connects(0x01000001, "host::features=shell_v2,cmd");
const Bytes kDevice = connects(0x01000000,
                               "device:SERIAL:ro.product.name=panther;ro.product.model=Pixel 7;"
                               "ro.product.device=panther;features=shell_v2,stat_v2");
const Bytes kOpens = message("OPEN", 1, 0, text("shell:") + Bytes{0});
const Bytes kStartsTls = message("STLS", 0x01000000);

TEST(Adb, TellsTheDevice) {
  const Decoded outcome = decode_stream(decode_adb, kHost + kOpens, kDevice);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
  EXPECT_EQ(outcome.handshake().app, "adb");
  EXPECT_EQ(outcome.handshake().app_version, "0x01000000");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"device_type", "device"},
                                               {"serial", "SERIAL"},
                                               {"product", "panther"},
                                               {"model", "Pixel 7"},
                                               {"features", "shell_v2 stat_v2"},
                                               {"host_features", "shell_v2 cmd"}}));
  EXPECT_EQ(decode_stream(decode_adb, kDevice, kHost + kOpens).handshake(), outcome.handshake());
  cut_everywhere(decode_adb, kHost + kOpens, kDevice);
  expect_sound_at_every_cut(decode_adb, kHost + kOpens, kDevice);
}

TEST(Adb, HandsTlsOnBehindBothSidesWord) {
  const Bytes host = kHost + kStartsTls, tls = {22, 3, 1, 2, 0, 1};
  const Decoded outcome = decode_stream(decode_adb, host + tls, kStartsTls);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{host.size(), kStartsTls.size()}));
  EXPECT_EQ(facts(outcome.handshake()).at("authentication"), "tls");
  cut_everywhere(decode_adb, host, kStartsTls);
  // The device had said who it is before.
  const Bytes late = kDevice + kStartsTls;
  const Decoded behind = decode_stream(decode_adb, kHost + message("SYNC") + kStartsTls, late);
  EXPECT_EQ(behind.answer.used, (std::array{host.size() + 24, late.size()}));
  EXPECT_EQ(facts(behind.handshake()).at("serial"), "SERIAL");
}

TEST(Adb, HandsNothingOnThatOneSideAloneWants) {
  EXPECT_EQ(decode_stream(decode_adb, kHost + kStartsTls, kDevice).verdict(), Verdict::kMine);
  const Decoded outcome = decode_stream(decode_adb, kHost + kStartsTls, kDevice, true);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
}

TEST(Adb, TellsASignedConnection) {
  const Bytes host = kHost + message("AUTH", 2, 0, Bytes(256, 0xa5)) + kOpens;
  const Bytes device = message("AUTH", 1, 0, Bytes(20, 0x5a)) + kDevice;
  const Decoded outcome = decode_stream(decode_adb, host, device);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("authentication"), "rsa");
  cut_everywhere(decode_adb, host, device);
}

TEST(Adb, IsToldFromTheMiddleOfAConnection) {
  const Decoded outcome =
      decode_stream(decode_adb, message("WRTE", 1, 2, Bytes(40000, 7)), message("OKAY", 2, 1));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "adb");
  EXPECT_TRUE(outcome.handshake().facts.empty());
}

TEST(Adb, IsNotWhatOthersSpeak) {
  Bytes unturned = kHost, endless = kHost;
  unturned[23] ^= 1;
  endless[14] = 0x11;  // more than a megabyte
  is_not(decode_adb,
         {text("GET / HTTP/1.1\r\nHost: example.org\r\n"), text("CNXN and then some text that goes on"),
          unturned, endless, text("OPTIONS * RTSP/1.0")});
  expect_no_claim_of_others(decode_adb);
}

TEST(Adb, StopsAtWhatIsNoMessage) {
  const Decoded outcome = decode_stream(decode_adb, kHost + Bytes(30, 0x80), kDevice);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
  // Who it is it says once.
  const Decoded again = decode_stream(decode_adb, kHost + kOpens, kDevice + connects(1, "device:OTHER:"));
  EXPECT_EQ(facts(again.handshake()).at("serial"), "SERIAL");
  Bytes many;
  for (int i = 0; i < 40; i++) many = many + message("SYNC");
  EXPECT_EQ(decode_stream(decode_adb, many, kDevice).verdict(), Verdict::kDone);
}

}  // namespace
}  // namespace vedette
