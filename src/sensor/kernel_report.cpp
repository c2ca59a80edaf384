#include "sensor/kernel_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vedette {

namespace {

Fact part(std::string name, const std::optional<Error>& why_not, std::string gives,
          std::string_view without) {
  if (!why_not) return {"part", std::move(name), FactState::kOn, std::move(gives), {}};
  return {"part", std::move(name), FactState::kOff, fmt::format("{}; {}", why_not->text(), without), {}};
}

Fact ingress_of(const InterfaceStatus& one) {
  std::string detail(one.ingress);
  if (!one.why.empty()) detail += fmt::format("; tried in vain: {}", fmt::join(one.why, "; "));
  const FactState state = one.ingress == "none" ? FactState::kOff
                          : one.why.empty()     ? FactState::kOn
                                                : FactState::kLimited;
  return {one.name, "ingress", state, std::move(detail), {}};
}

// What is on the hooks is told by what became of the sensor's own programs: without its privileges it can't
// tell them from others'. Tags that a device takes out are missing for XDP alone.
bool concerns(const InterfaceStatus& one, const Fact& fact) {
  if (fact.area != one.name || fact.name == "xdp" || fact.name == "tc") return false;
  return fact.name != "vlan tags" || one.ingress.starts_with("xdp");
}

}  // namespace

std::vector<Fact> deciding_parts(const DecidingPrograms& programs) {
  return {
      part("protocol rules", programs.why_no_protocols,
           "what a connection speaks, its names and fingerprints can be refused",
           "a policy can't go by what connections speak"),
      part("guard", programs.why_no_guard, "SYN proxies, and addresses that take only what they asked for",
           "there are no SYN proxies and no such addresses")};
}

std::vector<Fact> facts_of_interfaces(const std::vector<InterfaceStatus>& interfaces,
                                      const std::vector<Fact>& devices) {
  std::vector<Fact> facts;
  for (const InterfaceStatus& one : interfaces) {
    facts.push_back(ingress_of(one));
    facts.push_back({one.name,
                     "egress",
                     one.egress == "none" ? FactState::kOff : FactState::kOn,
                     std::string(one.egress),
                     {}});
    for (const Fact& fact : devices)
      if (concerns(one, fact)) facts.push_back(fact);
  }
  return facts;
}

}  // namespace vedette
