#include "decode/stun.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

constexpr std::uint16_t kBinding = 0x0001, kBindingSuccess = 0x0101, kAllocate = 0x0003,
                        kAllocateError = 0x0113;

Bytes attribute(std::uint16_t type, const Bytes& value) {
  return be16(type) + be16(value.size()) + value + zeros((4 - value.size() % 4) % 4);
}

Bytes message(std::uint16_t type, const Bytes& attributes, std::uint32_t cookie = 0x2112a442) {
  return be16(type) + be16(attributes.size()) + be32(cookie) + text("transaction!") + attributes;
}

const Bytes kRequest = message(kBinding, attribute(0x8022, text("libjuice")));
const Bytes kSuccess = message(kBindingSuccess, attribute(0x8022, text("coturn")));
const Bytes kDtls = Bytes{22, 0xfe, 0xff} + zeros(30);
const Facts kFacts = {{"method", "binding"}, {"client_software", "libjuice"}, {"server_software", "coturn"}};

TEST(Stun, IsToldOnceWhenAnotherProtocolFollowsWhichItHandsOn) {
  const std::vector<Datagram> conversation = {
      {0, kRequest}, {1, kSuccess}, {0, kRequest}, {0, kDtls}, {1, kRequest}};
  const Decoded outcome = decode_datagrams(decode_stun_udp, conversation);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "stun");
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{2 * kRequest.size(), kSuccess.size() + kRequest.size()}));
  // The rest is another's, whatever keep-alives come in it.
  EXPECT_EQ(decode_datagrams(decode_stun_udp, {{0, kDtls}}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_datagrams(decode_stun_udp, {{0, kDtls}, {1, kRequest}, {0, kRequest}}).verdict(),
            Verdict::kNotMine);
}

TEST(Stun, WaitsForWhatFollowsButNotForEver) {
  EXPECT_EQ(decode_datagrams(decode_stun_udp, {{0, kRequest}, {1, kSuccess}}).verdict(), Verdict::kMine);
  EXPECT_EQ(facts(decode_datagrams(decode_stun_udp, {{0, kRequest}, {1, kSuccess}}, {}, true).handshake()),
            kFacts);
  const std::vector<Datagram> many(32, {0, kRequest});
  const Decoded outcome = decode_datagrams(decode_stun_udp, many);
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
}

TEST(Stun, TakesTurnsChannelsForItsOwn) {
  const Bytes channel = be16(0x4001) + be16(3) + text("abc") + zeros(1);
  const Decoded outcome = decode_datagrams(
      decode_stun_udp,
      {{0, message(kAllocate, {})}, {0, channel}, {1, message(kAllocateError, attribute(9, {0, 0, 4, 1}))}},
      {}, true);
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"method", "allocate"}, {"status", "401"}}));
  EXPECT_EQ(decode_datagrams(decode_stun_udp, {{0, channel}}).verdict(), Verdict::kNotMine);
}

TEST(Stun, TakesMessagesWithoutCookieOnlyIfTheyAreWhole) {
  const auto verdict = [](const Bytes& datagram, std::uint16_t port = 9) {
    return decode_datagrams(decode_stun_udp, {{0, datagram}}, {port, 9}, true).verdict();
  };
  const Bytes change_request = attribute(3, zeros(4));
  EXPECT_EQ(verdict(message(kBinding, change_request, 7)), Verdict::kDone);
  EXPECT_EQ(verdict(message(kBinding, change_request, 7) + zeros(4)), Verdict::kNotMine);
  EXPECT_EQ(verdict(message(kBinding, attribute(0x1234, zeros(4)), 7)), Verdict::kNotMine);
  EXPECT_EQ(verdict(message(kBinding, {}, 7)), Verdict::kNotMine);  // twenty bytes
  EXPECT_EQ(verdict(message(kBinding, {}, 7), 3478), Verdict::kDone);
  EXPECT_EQ(
      decode_datagrams(decode_stun_udp, {{0, message(kBinding, {}, 7)}, {1, message(kBindingSuccess, {}, 7)}},
                       {9, 9}, true)
          .verdict(),
      Verdict::kDone);
}

TEST(Stun, IsToldOverTcpToo) {
  EXPECT_EQ(facts(decode_stream(decode_stun_tcp, kRequest, kSuccess).handshake()), kFacts);
  expect_the_same_cut_everywhere(decode_stun_tcp, kRequest, kSuccess);
  const auto framed = [](const Bytes& one) { return be16(one.size()) + one; };
  EXPECT_EQ(facts(decode_stream(decode_stun_tcp, framed(kRequest), framed(kSuccess)).handshake()), kFacts);
  expect_the_same_cut_everywhere(decode_stun_tcp, framed(kRequest), framed(kSuccess));
}

TEST(Stun, StopsAtAttributesThatLie) {
  Bytes lying = kRequest;
  lying[23] = 0xff;  // the attribute's length
  const Decoded outcome = decode_datagrams(decode_stun_udp, {{0, lying}}, {}, true);
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"method", "binding"}}));
}

}  // namespace
}  // namespace vedette
