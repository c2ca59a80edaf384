#include "act/policy_state.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/synced_file.h"

namespace vedette {

Result<PolicyState> kept_policy_state(const std::filesystem::path& file) {
  PolicyState state;
  if (std::error_code missing; !std::filesystem::exists(file, missing)) return state;
  try {
    const YAML::Node node = YAML::LoadFile(file.string());
    if (const YAML::Node running = node["running"]) state.running = running.as<std::string>();
    if (const YAML::Node previous = node["previous"]) state.previous = previous.as<std::string>();
    state.applied = Nanoseconds(node["applied_ns"].as<std::int64_t>());
    if (const YAML::Node until = node["confirm_until_ns"])
      state.confirm_until = Nanoseconds(until.as<std::int64_t>());
    if (const YAML::Node shadow = node["shadow"]) {
      state.shadow = shadow.as<std::string>();
      state.shadowed = Nanoseconds(node["shadowed_ns"].as<std::int64_t>());
    }
    for (const YAML::Node& one : node["armed"])
      state.armed.push_back({one["rule"].as<std::string>(), Nanoseconds(one["until_ns"].as<std::int64_t>())});
  } catch (const YAML::Exception& error) {
    const std::string where = error.mark.is_null() ? file.string()
                                                   : fmt::format("{}: line {}, column {}", file.string(),
                                                                 error.mark.line + 1, error.mark.column + 1);
    return unusable(where, "isn't a policy's state: " + error.msg,
                    "there is no policy before; the file is kept with .unusable behind its name");
  }
  return state;
}

Result<void> keep_policy_state(const std::filesystem::path& file, const PolicyState& state) {
  YAML::Emitter out;
  out << YAML::Comment(
      "Written by vedetted: the policy in force, the one before, the one that only counts, and rules found "
      "by themselves. vedette "
      "policy changes it.");
  out << YAML::BeginMap;
  out << YAML::Key << "applied_ns" << YAML::Value << std::int64_t{state.applied.count()};
  if (state.confirm_until)
    out << YAML::Key << "confirm_until_ns" << YAML::Value << std::int64_t{state.confirm_until->count()};
  if (state.running) out << YAML::Key << "running" << YAML::Value << YAML::DoubleQuoted << *state.running;
  if (state.previous) out << YAML::Key << "previous" << YAML::Value << YAML::DoubleQuoted << *state.previous;
  if (state.shadow)
    out << YAML::Key << "shadowed_ns" << YAML::Value << std::int64_t{state.shadowed.count()} << YAML::Key
        << "shadow" << YAML::Value << YAML::DoubleQuoted << *state.shadow;
  if (!state.armed.empty()) {
    out << YAML::Key << "armed" << YAML::Value << YAML::BeginSeq;
    for (const KeptRule& one : state.armed)
      out << YAML::BeginMap << YAML::Key << "until_ns" << YAML::Value << std::int64_t{one.until.count()}
          << YAML::Key << "rule" << YAML::Value << YAML::DoubleQuoted << one.text << YAML::EndMap;
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
  return replace_file(file, std::string(out.c_str()) + "\n");
}

}  // namespace vedette
