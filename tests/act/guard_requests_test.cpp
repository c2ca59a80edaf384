// What the daemon's options and the API say of SYN proxies and of addresses that take only what they asked
// for.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "act/solicited_only.h"
#include "act/syn_proxy.h"

namespace vedette::tests {
namespace {

TEST(SynProxyRequest, IsByNeedAtAllAddressesUnlessItSaysOtherwise) {
  const auto request = parse_proxy_request("443");
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->port, 443);
  EXPECT_EQ(request->mode, VDT_PROXY_NEED);
  EXPECT_FALSE(request->method);
  EXPECT_TRUE(request->addresses.empty());
}

TEST(SynProxyRequest, TakesModeMethodAndAddressesInAnyOrder) {
  const auto request = parse_proxy_request("22,address=192.0.2.1,reset,always,address=2001:db8::1");
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->mode, VDT_PROXY_ALWAYS);
  EXPECT_EQ(request->method, VDT_PROXY_RESET);
  ASSERT_EQ(request->addresses.size(), 2U);
  EXPECT_EQ(prefix_text(request->addresses[0]), "192.0.2.1");
  EXPECT_EQ(prefix_text(request->addresses[1]), "2001:db8::1");
}

TEST(SynProxyRequest, IsRefusedWithWhatWasFound) {
  for (const std::string text :
       {"", "0", "65536", "-1", "443x", "443,", "443,sometimes", "443,address=nobody"}) {
    const auto request = parse_proxy_request(text);
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().kind, ErrorKind::kUnusable) << text;
  }
}

TEST(SolicitedHostRequest, TakesServedPortsAndFlags) {
  const auto host = parse_solicited_host("2001:db8::2,ports=443+51820,tcp,observe");
  ASSERT_TRUE(host) << host.error().text();
  EXPECT_EQ(prefix_text(host->address), "2001:db8::2");
  EXPECT_EQ(host->ports, (std::vector<std::uint16_t>{443, 51820}));
  EXPECT_TRUE(host->tcp);
  EXPECT_TRUE(host->observe);
}

TEST(SolicitedHostRequest, IsRefusedWithWhatWasFound) {
  for (const std::string text :
       {"", "nobody", "192.0.2.1,ports=", "192.0.2.1,ports=0", "192.0.2.1,ports=1+", "192.0.2.1,udp"}) {
    const auto host = parse_solicited_host(text);
    ASSERT_FALSE(host) << text;
    EXPECT_EQ(host.error().kind, ErrorKind::kUnusable) << text;
  }
}

}  // namespace
}  // namespace vedette::tests
