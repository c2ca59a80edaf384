// The single attempts behind doctor's trials; each says what the kernel refused, or nothing where it worked.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vedette {

// Where the attempts are made: a veth interface in a namespace of their own.
struct TrialGround {
  int ifindex = 0;
};

// Empty where it works, else the step and the kernel's word: "load: Operation not permitted".
using TrialOutcome = std::string;

struct Trial {
  std::string_view area;  // "trial", "program"
  std::string_view name;
  std::string_view gives;    // what it is for
  std::string_view without;  // what is missed without it
  std::string_view hint;     // what can be done about it; may be empty
  TrialOutcome (*attempt)(const TrialGround& ground);
};

// In the order in which they are told.
[[nodiscard]] std::span<const Trial> kernel_trials();

}  // namespace vedette
