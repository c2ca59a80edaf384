// Parted addresses as they stand in the kernel's table of rules (bpf/abi/rules.h).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "abi/rules.h"
#include "base/error.h"
#include "policy/address_value.h"
#include "policy/rule_classes.h"
#include "policy/rule_table_writer.h"

namespace vedette {

using AddressRanges = std::vector<ClassRange<AddressValue>>;

// Adds what finds an IPv4 address' class; returns where its root stands.
[[nodiscard]] std::uint32_t add_addresses4(RuleTableWriter& table, const AddressRanges& ranges);

// The same for IPv6, and where its lower halves' ranges stand. Unusable where the rules name addresses of too
// many networks.
[[nodiscard]] std::optional<Error> add_addresses6(RuleTableWriter& table, const AddressRanges& ranges,
                                                  vdt_rule_field_place& place);

}  // namespace vedette
