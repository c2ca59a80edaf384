// What a rule does with the packets that it takes, as the kernel's table of rules has it (bpf/abi/rules.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "abi/rules.h"
#include "base/error.h"
#include "policy/policy.h"

namespace vedette {

// The numbers of the interfaces of that name; none where there is none now.
using InterfacesNamed = std::function<std::vector<std::uint32_t>(const std::string&)>;

// Unusable, with the rule's name.
[[nodiscard]] Error refused(const Rule& rule, std::string what, std::string hint = {});

// Fills the rule's verdict, its value and its rates; what the kernel can't do, where it can't.
[[nodiscard]] std::optional<Error> write_verdict(const Rule& rule, const InterfacesNamed& interfaces,
                                                 vdt_rule& one);

}  // namespace vedette
