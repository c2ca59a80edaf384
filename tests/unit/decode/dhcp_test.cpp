#include "decode/dhcp.h"

#include <gtest/gtest.h>

#include "decode/dhcpv6.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

using Facts = std::map<std::string_view, std::string>;

constexpr std::array<std::uint16_t, 2> kPorts = {68, 67};
constexpr std::array<std::uint16_t, 2> kPorts6 = {546, 547};

Decoded one(Decode decode, const Bytes& message, std::array<std::uint16_t, 2> ports) {
  return decode_datagrams(decode, {{0, message}}, ports);
}

Bytes option(std::uint8_t number, const Bytes& data) {
  return Bytes{number, static_cast<std::uint8_t>(data.size())} + data;
}

// RFC 2131 §2, figure 1.
Bytes dhcp(std::uint8_t operation, const Bytes& assigned, const Bytes& options) {
  return Bytes{operation, 1, 6, 0} + be32(0x3903f326) + zeros(4) + zeros(4) + assigned + zeros(4) + zeros(4) +
         Bytes{0x00, 0x0b, 0x82, 0x01, 0xfc, 0x42} + zeros(10) + zeros(192) + be32(0x63825363) + options +
         Bytes{255};
}

TEST(Dhcp, TellsWhatAClientAsksFor) {
  const Bytes request =
      dhcp(1, zeros(4),
           option(53, {3}) + Bytes{0} + option(50, {192, 0, 2, 10}) + option(12, text("laptop")) +
               option(60, text("MSFT 5.0")) + option(81, Bytes{1, 0, 0} + text("laptop.example")) +
               option(55, {1, 3, 6, 15}));
  const auto decoded = one(decode_dhcp, request + zeros(8), kPorts);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.answer.next, Next::kSame);
  EXPECT_EQ(decoded.handshake().app, "dhcp");
  EXPECT_EQ(facts(decoded.handshake()), (Facts{{"message_type", "REQUEST"},
                                               {"client_mac", "00:0b:82:01:fc:42"},
                                               {"hostname", "laptop"},
                                               {"client_fqdn", "laptop.example"},
                                               {"vendor_class", "MSFT 5.0"},
                                               {"requested_address", "192.0.2.10"},
                                               {"fingerprint", "1,3,6,15"}}));
}

TEST(Dhcp, TellsWhatAServerGives) {
  const Bytes ack =
      dhcp(2, {192, 0, 2, 10},
           option(53, {5}) + option(54, {192, 0, 2, 1}) + option(51, be32(3600)) + option(3, {192, 0, 2, 1}) +
               option(6, {192, 0, 2, 2, 192, 0, 2, 3}) + option(15, text("example.com") + Bytes{0}));
  EXPECT_EQ(facts(one(decode_dhcp, ack, {67, 68}).handshake()), (Facts{{"message_type", "ACK"},
                                                                       {"client_mac", "00:0b:82:01:fc:42"},
                                                                       {"assigned_address", "192.0.2.10"},
                                                                       {"server_address", "192.0.2.1"},
                                                                       {"routers", "192.0.2.1"},
                                                                       {"dns_servers", "192.0.2.2 192.0.2.3"},
                                                                       {"domain", "example.com"},
                                                                       {"lease_time_s", "3600"}}));
}

TEST(Dhcp, IsNothingLess) {
  Bytes message = dhcp(1, zeros(4), option(53, {1}));
  EXPECT_EQ(one(decode_dhcp, message, kPorts).verdict(), Verdict::kDone);
  // Without the end mark it is still whole.
  for (std::size_t size = 1; size + 1 < message.size(); size++) {
    const Bytes part(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(one(decode_dhcp, part, kPorts).verdict(), Verdict::kNotMine) << size;
  }
  message[236]++;
  EXPECT_EQ(one(decode_dhcp, message, kPorts).verdict(), Verdict::kNotMine);
  EXPECT_EQ(one(decode_dhcp, dhcp(1, zeros(4), option(12, text("bootp"))), kPorts).verdict(),
            Verdict::kNotMine);
}

Bytes option6(std::uint16_t number, const Bytes& data) {
  return be16(number) + be16(data.size()) + data;
}

const Bytes kAddress6 = be32(0x20010db8) + zeros(11) + Bytes{0x42};

Bytes association(std::uint8_t last) {
  Bytes address = kAddress6;
  address.back() = last;
  return option6(3, be32(1) + be32(0) + be32(0) + option6(5, address + be32(300) + be32(600)));
}

TEST(Dhcpv6, TellsASolicitation) {
  const Bytes solicit = Bytes{1, 0xaa, 0xbb, 0xcc} + option6(1, {0, 1, 0, 1, 0x55}) +
                        option6(6, be16(23) + be16(24)) + option6(39, Bytes{0, 6} + text("laptop")) +
                        option6(16, be32(311) + be16(8) + text("MSFT 5.0")) + association(0x42);
  EXPECT_EQ(facts(one(decode_dhcpv6, solicit, kPorts6).handshake()),
            (Facts{{"message_type", "SOLICIT"},
                   {"client_duid", "0001000155"},
                   {"hostname", "laptop"},
                   {"vendor_class", "MSFT 5.0"},
                   {"requested_addresses", "2001:db8::42"},
                   {"fingerprint", "23,24"}}));
  for (std::size_t size = 1; size < solicit.size(); size++) {
    const Bytes part(solicit.begin(), solicit.begin() + static_cast<std::ptrdiff_t>(size));
    const auto told = facts(one(decode_dhcpv6, part, kPorts6).handshake());
    EXPECT_TRUE(told.empty() || !told.contains("requested_addresses")) << size;
  }
  EXPECT_EQ(one(decode_dhcpv6, solicit, {5000, 5001}).verdict(), Verdict::kNotMine);
}

TEST(Dhcpv6, TellsAReplyThatARelayPassesOn) {
  const Bytes prefix =
      option6(25, be32(1) + be32(0) + be32(0) +
                      option6(26, be32(300) + be32(600) + Bytes{56} + be32(0x20010db8) + zeros(12)));
  const Bytes reply =
      Bytes{7, 1, 2, 3} + option6(2, {0, 3}) + association(0x43) + prefix + option6(23, kAddress6);
  const Bytes relayed =
      Bytes{13, 0} + zeros(16) + be32(0xfe800000) + zeros(11) + Bytes{9} + option6(9, reply);
  EXPECT_EQ(facts(one(decode_dhcpv6, relayed, {547, 547}).handshake()),
            (Facts{{"message_type", "REPLY"},
                   {"relayed_for", "fe80::9"},
                   {"server_duid", "0003"},
                   {"assigned_addresses", "2001:db8::43 2001:db8::/56"},
                   {"dns_servers", "2001:db8::42"}}));
}

TEST(Dhcpv6, DoesNotFollowRelaysWithoutEnd) {
  Bytes message = {1, 0, 0, 0};
  for (int relays = 0; relays < 9; relays++) message = Bytes{12, 0} + zeros(32) + option6(9, message);
  EXPECT_EQ(one(decode_dhcpv6, message, kPorts6).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
