// Which TCP services a policy lets others in to.
#include "policy/served_ports.h"

#include <gtest/gtest.h>

#include "policy/policy_file.h"

namespace vedette {
namespace {

using Ports = std::vector<std::uint16_t>;

std::optional<Ports> served(const std::string& rest, std::size_t most = 16) {
  const auto policy = read_policy("version: 1\n" + rest, "p");
  EXPECT_TRUE(policy) << policy.error().text();
  if (!policy) return {};
  return served_tcp_ports(*policy, parse_prefix("192.0.2.80").value(), most);
}

TEST(ServedPorts, AreThoseOfServicesAndOfRulesThatLetPass) {
  EXPECT_EQ(
      served("services: [{name: www, address: 192.0.2.80, tcp: [443, {port: 22, from: 198.51.100.0/24}, "
             "{port: 25, limit: 5/s}], udp: 53}]\n"),
      (Ports{22, 25, 443}));
  EXPECT_EQ(served("rules:\n"
                   "- {name: a, match: {destination_port: 80}, verdict: pass}\n"
                   "- {name: b, match: {destination: 192.0.2.0/24, destination_port: 81, protocol: tcp}, "
                   "verdict: pass}\n"
                   "- {name: c, match: {destination: 192.0.2.81, destination_port: 82}, verdict: pass}\n"
                   "- {name: d, match: {destination_port: 83}, verdict: drop}\n"
                   "- {name: e, match: {destination_port: 84}, verdict: pass, observe: true}\n"
                   "- {name: f, match: {destination_port: 85, protocol: udp}, verdict: pass}\n"
                   "- {name: g, match: {source: 198.51.100.7}, verdict: pass}\n"),
            (Ports{80, 81}));
  EXPECT_EQ(served(""), Ports{});
}

TEST(ServedPorts, AreToldToANumberAlone) {
  EXPECT_EQ(served("rules: [{name: a, match: {destination_port: 1000-1016}, verdict: pass}]\n"),
            std::nullopt);
  EXPECT_EQ(served("rules: [{name: a, match: {destination_port: [1, 2, 3]}, verdict: pass}]\n", 2),
            std::nullopt);
  EXPECT_EQ(served("rates: [{name: a, match: {protocol: tcp, destination_port: 1-65535}, limit: 5/s}]\n"),
            Ports{})
      << "no service";
}

}  // namespace
}  // namespace vedette
