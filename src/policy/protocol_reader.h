// `protocols:` of a policy's file.
#pragma once

#include <string>
#include <vector>

#include "policy/protocol_entry.h"
#include "policy/rule_reader.h"
#include "policy/yaml_members.h"

namespace vedette {

// One thread.
class ProtocolReader {
 public:
  // All must outlive this. `rules` gives names, and knows which are taken.
  ProtocolReader(YamlMembers& yaml, RuleReader& rules) : yaml_(yaml), rules_(rules) {}

  // A list of entries; or one alone, which is called "protocols" and says everything by itself.
  [[nodiscard]] std::vector<ProtocolEntry> entries(const YAML::Node& node);

 private:
  [[nodiscard]] ProtocolEntry entry(const YAML::Node& node, bool named);
  void refuse(const YAML::Node& node, ProtocolEntry& entry);
  // Parts the one application's versions.
  void with_versions(const YAML::Node& node, ProtocolEntry& entry);

  YamlMembers& yaml_;
  RuleReader& rules_;
};

}  // namespace vedette
