#include "act/kept_lists.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <chrono>

#include "base/synced_file.h"

namespace vedette {

namespace {

std::string yaml_of(const std::vector<ListedSource>& lists) {
  YAML::Emitter out;
  out << YAML::Comment(
      "Written by vedetted: who is blocked and allowed. vedette block, allow, unblock change it.");
  out << YAML::BeginSeq;
  for (const ListedSource& one : lists) {
    if (one.entry.flags & VDT_LISTED_POLICY) continue;  // comes with the policy again
    out << YAML::Flow << YAML::BeginMap;
    out << YAML::Key << std::string(list_kind_name(one.kind)) << YAML::Value << prefix_text(one.prefix);
    out << YAML::Key << "since_ns" << YAML::Value << std::uint64_t{one.entry.since_ns};
    if (one.expires) out << YAML::Key << "expires_ns" << YAML::Value << std::int64_t{one.expires->count()};
    if (one.entry.flags & VDT_LISTED_OBSERVE) out << YAML::Key << "observe" << YAML::Value << true;
    out << YAML::Key << "packets" << YAML::Value << std::uint64_t{one.entry.packets};
    out << YAML::Key << "bytes" << YAML::Value << std::uint64_t{one.entry.bytes};
    out << YAML::Key << "reason" << YAML::Value << YAML::DoubleQuoted << std::string(list_reason(one.entry));
    out << YAML::EndMap;
  }
  out << YAML::EndSeq;
  return std::string(out.c_str()) + "\n";
}

ListedSource source_of(const YAML::Node& node) {
  ListedSource source;
  source.kind = node["allow"] ? ListKind::kAllow : ListKind::kBlock;
  const YAML::Node prefix = node[std::string(list_kind_name(source.kind))];
  const auto parsed = parse_prefix(prefix.as<std::string>());
  if (!parsed) throw YAML::RepresentationException(prefix.Mark(), parsed.error().text());
  source.prefix = *parsed;
  source.entry.since_ns = node["since_ns"].as<std::uint64_t>(0);
  source.entry.packets = node["packets"].as<std::uint64_t>(0);
  source.entry.bytes = node["bytes"].as<std::uint64_t>(0);
  source.entry.flags = node["observe"].as<bool>(false) ? VDT_LISTED_OBSERVE : 0;
  if (node["expires_ns"]) source.expires = Nanoseconds(node["expires_ns"].as<std::int64_t>());
  node["reason"].as<std::string>("").copy(source.entry.reason, VDT_LIST_REASON - 1);
  return source;
}

}  // namespace

Result<void> keep_lists(const std::filesystem::path& file, const std::vector<ListedSource>& lists) {
  return replace_file(file, yaml_of(lists));
}

Result<std::vector<ListedSource>> kept_lists(const std::filesystem::path& file) {
  std::vector<ListedSource> lists;
  if (std::error_code missing; !std::filesystem::exists(file, missing)) return lists;
  const Nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  try {
    for (const YAML::Node& node : YAML::LoadFile(file.string())) {
      ListedSource source = source_of(node);
      if (!source.expires || *source.expires > now) lists.push_back(source);
    }
  } catch (const YAML::Exception& error) {
    const std::string where = error.mark.is_null() ? file.string()
                                                   : fmt::format("{}: line {}, column {}", file.string(),
                                                                 error.mark.line + 1, error.mark.column + 1);
    return unusable(where, "isn't an entry of a block-list or an allow-list: " + error.msg,
                    "the lists begin empty; the file is kept with .unusable behind its name");
  }
  return lists;
}

}  // namespace vedette
