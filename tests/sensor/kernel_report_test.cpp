#include "sensor/kernel_report.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

std::vector<std::string> told(const std::vector<Fact>& facts) {
  std::vector<std::string> all;
  for (const Fact& fact : facts)
    all.push_back(fact.area + "/" + fact.name + " " + std::string(fact_state_name(fact.state)) + ": " +
                  fact.detail);
  return all;
}

InterfaceStatus watched(std::string name, std::string_view ingress, std::string_view egress,
                        std::vector<std::string> why) {
  InterfaceStatus status;
  status.name = std::move(name);
  status.ingress = ingress;
  status.egress = egress;
  status.why = std::move(why);
  return status;
}

using Lines = std::vector<std::string>;

TEST(KernelReport, AnInterfaceSaysWhatWasTriedInVainAndThenWhatItsDeviceDoes) {
  const std::vector<InterfaceStatus> interfaces{
      watched("lan0", "xdp-generic", "tcx", {"xdp-native: no driver", "xdp-native frags: no driver"}),
      watched("wan0", "none", "none", {"it is gone"}), watched("eth0", "xdp-native", "clsact", {})};
  const std::vector<Fact> devices{{"eth0", "device", FactState::kTold, "veth", {}},
                                  {"eth0", "xdp", FactState::kLimited, "taken by program 7", {}},
                                  {"eth0", "vlan tags", FactState::kLimited, "taken out", {}},
                                  {"wan0", "vlan tags", FactState::kLimited, "taken out", {}},
                                  {"other0", "device", FactState::kTold, "not watched", {}}};
  EXPECT_EQ(
      told(facts_of_interfaces(interfaces, devices)),
      (Lines{"lan0/ingress limited: xdp-generic; tried in vain: xdp-native: no driver; xdp-native frags: "
             "no driver",
             "lan0/egress on: tcx", "wan0/ingress off: none; tried in vain: it is gone",
             "wan0/egress off: none", "eth0/ingress on: xdp-native", "eth0/egress on: clsact",
             "eth0/device told: veth", "eth0/vlan tags limited: taken out"}));
}

TEST(KernelReport, ProgramsThatTheKernelRefusedSayWhyAndWhatIsMissed) {
  DecidingPrograms programs;
  programs.why_no_guard = Error{ErrorKind::kFailed, "guard", "the verifier refuses it", {}};
  EXPECT_EQ(
      told(deciding_parts(programs)),
      (Lines{"part/protocol rules on: what a connection speaks, its names and fingerprints can be refused",
             "part/guard off: guard: the verifier refuses it; there are no SYN proxies and no such "
             "addresses"}));
}

}  // namespace
}  // namespace vedette
