#include "flow/flow_filter.h"

#include <gtest/gtest.h>

#include "packets.h"

namespace vedette {
namespace {

using namespace testing;

Flow flow_of(const TestPacket& packet) {
  Flow flow;
  flow.key = packet.facts.core.key;
  return flow;
}

bool matches(std::string_view expression, const Flow& flow) {
  return FlowFilter::compile(expression).value().matches(flow);
}

TEST(FlowFilter, SeesAddressesPortsAndProtocol) {
  const Flow flow = flow_of(udp(kClient, kServer, {}));
  for (const auto* expression : {"", "udp", "host 192.0.2.1", "dst net 198.51.100.0/24", "port 443",
                                 "src port 40000", "ip and not tcp", "udp and dst portrange 400-500"})
    EXPECT_TRUE(matches(expression, flow)) << expression;
  for (const auto* expression : {"tcp", "ip6", "host 192.0.2.7", "port 80", "not udp"})
    EXPECT_FALSE(matches(expression, flow)) << expression;
}

TEST(FlowFilter, SrcIsTheInitiator) {
  const Flow flow = flow_of(udp(kClient, kServer, {}));
  EXPECT_TRUE(matches("src host 192.0.2.1", flow));
  EXPECT_FALSE(matches("dst host 192.0.2.1", flow));
}

TEST(FlowFilter, SeesIpv6) {
  const Flow flow = flow_of(udp({"2001:db8::1", 5353}, {"ff02::fb", 5353}, {}));
  EXPECT_TRUE(matches("ip6 and udp port 5353 and dst host ff02::fb", flow));
  EXPECT_FALSE(matches("ip", flow));
}

TEST(FlowFilter, AddressesAreFoundUnderVlanTagsAndTagsWhereNamed) {
  Flow flow = flow_of(udp(kClient, kServer, {}));
  flow.key.vlan[0] = 7;
  flow.key.vlan[1] = 8;
  EXPECT_TRUE(matches("host 192.0.2.1", flow));
  EXPECT_FALSE(matches("not host 192.0.2.1", flow));
  EXPECT_TRUE(matches("vlan 7 and vlan 8 and udp port 443", flow));
  EXPECT_FALSE(matches("vlan 9", flow));
}

TEST(FlowFilter, ABadExpressionIsWrongUsage) {
  const auto filter = FlowFilter::compile("prot 80");
  ASSERT_FALSE(filter.has_value());
  EXPECT_EQ(filter.error().exit_status(), 2);
  EXPECT_FALSE(filter.error().what.empty());
}

}  // namespace
}  // namespace vedette
