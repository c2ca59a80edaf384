// `country:`, `asn:` and the same of destinations, of a policy's rules and protocols, to the networks that
// the user's databases put there, as they are when the policy is applied: the kernel knows prefixes alone.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "geo/geo_database.h"
#include "policy/policy.h"

namespace vedette {

// Networks of all rules of a policy together.
inline constexpr std::size_t kMostPlaceNetworks = 200'000;

// Replaces what each rule asks of its sources' and destinations' places by the networks, of which it leaves
// those that `source` or `destination` names too, where it says anything. A line for the log of each such end
// of a rule goes to `notes`. Unusable, with the rule's line, where no database tells it, none of its networks
// is there, or they are more than kMostPlaceNetworks.
[[nodiscard]] Result<void> expand_places(Policy& policy, const GeoDatabases& databases,
                                         std::vector<std::string>& notes);

}  // namespace vedette
