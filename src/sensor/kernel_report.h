// What the kernel lets this sensor do, and why not more: `vedette doctor`'s facts of the machine and of the
// devices, and in place of its trials what became of the sensor's own programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "doctor/fact.h"
#include "sensor/status.h"

namespace vedette {

// Which programs decide beside those that tell; nothing: the kernel took them.
struct DecidingPrograms {
  std::optional<Error> why_no_guard;
  std::optional<Error> why_no_protocols;
};

// A fact of area "part" for each.
[[nodiscard]] std::vector<Fact> deciding_parts(const DecidingPrograms& programs);

// Of each interface, whose name is the area: by what its packets are told, what was tried in vain, and behind
// that its device's own of `devices`.
[[nodiscard]] std::vector<Fact> facts_of_interfaces(const std::vector<InterfaceStatus>& interfaces,
                                                    const std::vector<Fact>& devices);

}  // namespace vedette
