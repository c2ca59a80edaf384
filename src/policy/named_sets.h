// Networks and ports that a policy's file gives a name (`sets:`), and the lists in which they may be named.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/yaml_members.h"

namespace vedette {

// One thread.
class NamedSets {
 public:
  // Reads `sets:`; a set may name those before it.
  void read(YamlMembers& yaml, const YAML::Node& node);

  // A prefix, a set's name, or a list of them: sorted, without what others hold. Of what the list itself
  // says, nothing may lie within another.
  [[nodiscard]] std::vector<Prefix> networks(YamlMembers& yaml, const YAML::Node& node) const;
  // The same of ports, ranges and service names: ranges that overlap are one.
  [[nodiscard]] std::vector<NumberRange> ports(YamlMembers& yaml, const YAML::Node& node) const;

 private:
  std::map<std::string, std::vector<Prefix>, std::less<>> networks_;
  std::map<std::string, std::vector<NumberRange>, std::less<>> ports_;
};

// Numbers and ranges up to `high`, as NamedSets::ports() has them. `what`: "a TTL of 0 to 255, or a range".
[[nodiscard]] std::vector<NumberRange> read_ranges(YamlMembers& yaml, const YAML::Node& node,
                                                   std::uint16_t high, std::string_view what);

}  // namespace vedette
