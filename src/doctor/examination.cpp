#include "doctor/examination.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "doctor/interfaces.h"
#include "doctor/machine.h"
#include "doctor/trials.h"

namespace vedette {

namespace {

// Without these there is no sensor; without any other there is one that tells less.
constexpr std::array<std::string_view, 3> kNeeded{"ring buffer", "mapped array", "packets"};

}  // namespace

Fact sensor_verdict(std::span<const Fact> facts) {
  for (const std::string_view needed : kNeeded) {
    const auto fact = std::ranges::find_if(facts, [&](const Fact& each) {
      return each.name == needed && (each.area == "trial" || each.area == "program");
    });
    if (fact == facts.end() || fact->state != FactState::kOn) {
      return {"sensor", "sensor", FactState::kOff, fmt::format("can't run: {} is off", needed),
              "vedette read needs nothing of this"};
    }
  }
  std::vector<std::string_view> less;
  for (const Fact& fact : facts) {
    if (fact.state == FactState::kOff || fact.state == FactState::kLimited) less.push_back(fact.name);
  }
  if (less.empty()) return {"sensor", "sensor", FactState::kOn, "can run, with everything on", {}};
  return {"sensor",
          "sensor",
          FactState::kOn,
          fmt::format("can run; off or limited: {}", fmt::join(less, ", ")),
          {}};
}

std::vector<Fact> examine() {
  std::vector<Fact> facts = look_at_machine();
  std::ranges::move(try_kernel(), std::back_inserter(facts));
  std::ranges::move(look_at_interfaces(), std::back_inserter(facts));
  facts.push_back(sensor_verdict(facts));
  return facts;
}

}  // namespace vedette
