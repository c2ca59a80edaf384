#include "decode/ntp.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

using Facts = std::map<std::string_view, std::string>;

constexpr std::array<std::uint16_t, 2> kPorts = {40000, 123};

// RFC 5905 §7.3: leap, version and mode in one byte.
Bytes ntp(int version, int mode, std::uint8_t stratum, const Bytes& reference) {
  return Bytes{static_cast<std::uint8_t>(version << 3 | mode), stratum, 6, 0xec} + zeros(8) + reference +
         zeros(32);
}

TEST(Ntp, TellsTheServersVersionAndStratum) {
  const auto decoded =
      decode_datagrams(decode_ntp, {{0, ntp(4, 3, 0, zeros(4))}, {1, ntp(3, 4, 2, {192, 0, 2, 1})}}, kPorts);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app, "ntp");
  EXPECT_EQ(decoded.handshake().app_version, "3");
  EXPECT_EQ(facts(decoded.handshake()),
            (Facts{{"mode", "client"}, {"stratum", "2"}, {"reference_id", "192.0.2.1"}}));
}

TEST(Ntp, WaitsForTheServerUntilTheFlowEnds) {
  const Bytes asked = ntp(4, 3, 0, zeros(4));
  const auto waiting = decode_datagrams(decode_ntp, {{0, asked}}, kPorts);
  EXPECT_EQ(waiting.verdict(), Verdict::kMine);
  EXPECT_EQ(waiting.answer.need, (std::array<std::size_t, 2>{0, 1}));
  const auto ended = decode_datagrams(decode_ntp, {{0, asked}}, kPorts, true);
  EXPECT_EQ(ended.handshake().app_version, "4");
  EXPECT_EQ(facts(ended.handshake()), (Facts{{"mode", "client"}}));
}

TEST(Ntp, KnowsClientAndServerByWhatTheySay) {
  const auto decoded = decode_datagrams(
      decode_ntp, {{0, ntp(4, 4, 1, text("GPS") + Bytes{0})}, {1, ntp(4, 3, 0, zeros(4))}}, {123, 40000});
  EXPECT_EQ(facts(decoded.handshake()),
            (Facts{{"mode", "client"}, {"stratum", "1"}, {"reference_id", "GPS"}}));
}

TEST(Ntp, NamesTheRequestsThatAttacksAbuse) {
  const auto request = [](const Bytes& message) {
    return facts(decode_datagrams(decode_ntp, {{0, message}}, kPorts, true).handshake());
  };
  // As ntpdc sends it: version 2, mode 7, implementation 3, request 42.
  EXPECT_EQ(request(Bytes{0x17, 0, 3, 42} + zeros(4)), (Facts{{"mode", "private"}, {"request", "monlist"}}));
  EXPECT_EQ(request(Bytes{0x16, 2} + zeros(10)), (Facts{{"mode", "control"}, {"request", "read variables"}}));
}

TEST(Ntp, IsNotTakenForIt) {
  const Bytes asked = ntp(4, 3, 0, zeros(4));
  for (std::size_t size = 1; size < asked.size(); size++)
    EXPECT_EQ(decode_datagrams(decode_ntp,
                               {{0, Bytes(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(size))}},
                               kPorts)
                  .verdict(),
              Verdict::kNotMine)
        << size;
  for (const int version : {0, 5, 7})
    EXPECT_EQ(decode_datagrams(decode_ntp, {{0, ntp(version, 3, 0, zeros(4))}}, kPorts).verdict(),
              Verdict::kNotMine);
  EXPECT_EQ(decode_datagrams(decode_ntp, {{0, ntp(4, 3, 17, zeros(4))}}, kPorts).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_datagrams(decode_ntp, {{0, asked}}, {40000, 124}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
