// What a policy does, rule by rule, and what in it is doubtful: rules that never decide, and those that would
// cut off whoever works on this host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/prefix.h"
#include "policy/policy.h"

namespace vedette {

// Traffic into this host that must go on: `remote` at the far end, to `local`.
struct KeptPeer {
  Prefix remote;
  std::optional<Prefix> local;  // nothing: any of this host's addresses
  std::uint8_t protocol = 0;  // IANA's number; TCP: the open connection, and another one like it; 0: unknown,
                              // then what blocks all that comes from there alone cuts it off
  std::uint16_t remote_port = 0;
  std::uint16_t local_port = 0;
  std::string what;  // "an SSH session is open from there"
};

struct PolicyNote {
  std::uint32_t line = 0;  // of the file; 0: of none
  std::string name;        // of the rule, or the entry's prefix
  std::string text;        // lower case, no full stop
};

struct PolicyExplanation {
  std::vector<PolicyNote> sentences;  // in the order in which packets meet them
  std::vector<PolicyNote> warnings;
};

[[nodiscard]] PolicyExplanation explain(const Policy& policy, const std::vector<KeptPeer>& kept);

// What would cut off one of them: a note for each entry or rule that does, for the first whom it cuts off.
[[nodiscard]] std::vector<PolicyNote> cut_off(const Policy& policy, const std::vector<KeptPeer>& kept);
// The same of the protocol policy alone, behind what `notes` has.
void add_cut_off_by_protocols(const Policy& policy, const std::vector<KeptPeer>& kept,
                              std::vector<PolicyNote>& notes);

}  // namespace vedette
