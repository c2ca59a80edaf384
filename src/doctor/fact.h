// One thing that `vedette doctor` found out about this machine. Doctor stands beside a packet's way: it tells
// what the sensor could do here before there is one.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

enum class FactState {
  kOn,       // works
  kLimited,  // works, with a loss that `detail` names
  kOff,      // doesn't work; `detail` says why
  kTold,     // neither good nor bad: a version, a count
};

struct Fact {
  std::string area;  // "kernel", "trial", "program", an interface's name, "sensor"
  std::string name;
  FactState state = FactState::kTold;
  std::string detail;
  std::string hint;  // what the user can do; may be empty
};

// "on", "limited", "off", "told".
[[nodiscard]] constexpr std::string_view fact_state_name(FactState state) {
  constexpr std::string_view kNames[] = {"on", "limited", "off", "told"};
  return kNames[static_cast<int>(state)];
}

}  // namespace vedette
