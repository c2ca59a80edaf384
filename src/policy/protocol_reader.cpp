#include "policy/protocol_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "policy/policy_words.h"

namespace vedette {

namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<std::string> read_ja3(std::string_view text) {
  if (text.size() != 32 || !is_hex(text))
    return std::unexpected(unexpected_word("a JA3: 32 hexadecimal digits in lower case", text));
  return std::string(text);
}

// "t13d1516h2_8daaf6152771_b186095e22b6" (FoxIO, JA4.md).
Result<std::string> read_ja4(std::string_view text) {
  const bool usable = text.size() == 36 && text[10] == '_' && text[23] == '_' &&
                      std::string_view("tqd").find(text[0]) != std::string_view::npos &&
                      is_hex(text.substr(11, 12)) && is_hex(text.substr(24));
  if (!usable)
    return std::unexpected(unexpected_word("a JA4 like t13d1516h2_8daaf6152771_b186095e22b6", text));
  return std::string(text);
}

Result<std::string> read_server_name(std::string_view text) {
  constexpr std::string_view kWhat = "a name like example.net, or .example.net for all below it too";
  std::string name;
  for (const char c : text) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  const std::string_view labels = std::string_view(name).substr(name.starts_with('.') ? 1 : 0);
  bool usable = !labels.empty() && labels.size() <= 253;
  for (std::size_t at = 0; at <= labels.size();) {
    const std::size_t end = std::min(labels.find('.', at), labels.size());
    const std::string_view label = labels.substr(at, end - at);
    usable = usable && !label.empty() && label.size() <= 63 && std::ranges::all_of(label, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
             });
    at = end + 1;
  }
  if (usable) return name;
  return std::unexpected(unexpected_word(
      kWhat, text, text.starts_with("*.") ? "it is written " + name.substr(1) : std::string()));
}

template <typename Read>
void read_texts(YamlMembers& yaml, const YAML::Node& node, std::string_view what,
                std::vector<std::string>& list, Read&& read) {
  yaml.each(node, what, [&](const YAML::Node& item) {
    auto text = yaml.value(item, what, read);
    if (!text) return;
    if (std::ranges::find(list, *text) != list.end())
      return yaml.flaw(item, fmt::format("expected \"{}\" once, found it again", *text));
    list.push_back(std::move(*text));
  });
}

bool names_any(const YAML::Node& node, std::initializer_list<const char*> members) {
  return std::ranges::any_of(members, [&](const char* member) { return node[member].IsDefined(); });
}

}  // namespace

void ProtocolReader::refuse(const YAML::Node& node, ProtocolEntry& entry) {
  constexpr std::string_view kRefused = "ssh-1 or smb-1";
  yaml_.each(node, kRefused, [&](const YAML::Node& item) {
    const auto word = yaml_.text(item, kRefused);
    if (!word) return;
    if (*word != "ssh-1" && *word != "smb-1") return yaml_.flaw(item, unexpected_word(kRefused, *word));
    bool& refused = *word == "ssh-1" ? entry.refuse_ssh_1 : entry.refuse_smb_1;
    if (refused) yaml_.flaw(item, fmt::format("expected \"{}\" once, found it again", *word));
    refused = true;
  });
}

void ProtocolReader::with_versions(const YAML::Node& node, ProtocolEntry& entry) {
  if (entry.apps.size() != 1 || !entry.apps[0].version.empty())
    return yaml_.flaw(node, "expected one app without a version beside version, found another");
  const std::string app = entry.apps[0].app;
  std::vector<std::string> versions;
  read_texts(yaml_, node, "a version", versions, [&](std::string_view text) -> Result<std::string> {
    auto match = read_app_version(app, text);
    if (!match) return std::unexpected(match.error());
    return std::move(match->version);
  });
  entry.apps.clear();
  for (std::string& version : versions) entry.apps.push_back({app, std::move(version)});
}

ProtocolEntry ProtocolReader::entry(const YAML::Node& node, bool named) {
  ProtocolEntry entry;
  entry.line = line_of(node);
  entry.name = "protocols";
  std::optional<YAML::Node> app, versions;
  yaml_.members(
      node, named ? "a protocol" : "protocols",
      {{"name",
        [&](const YAML::Node& value) {
          entry.name = rules_.name(value, "a protocol's name");
          rules_.is_new(value, entry.name);
        },
        named},
       {"tls_min",
        [&](const YAML::Node& value) {
          entry.tls_min = yaml_.value(value, "a version like 1.2", read_tls_version);
        }},
       {"refuse", [&](const YAML::Node& value) { refuse(value, entry); }},
       {"ja3", [&](const YAML::Node& value) { read_texts(yaml_, value, "a JA3", entry.ja3, read_ja3); }},
       {"ja4", [&](const YAML::Node& value) { read_texts(yaml_, value, "a JA4", entry.ja4, read_ja4); }},
       {"sni",
        [&](const YAML::Node& value) {
          read_texts(yaml_, value, "a server's name", entry.sni, read_server_name);
        }},
       {"app", [&](const YAML::Node& value) { app.emplace(value); }},
       {"version", [&](const YAML::Node& value) { versions.emplace(value); }},
       {"match", [&](const YAML::Node& value) { entry.where = rules_.connection_match(value); }},
       {"verdict", [&](const YAML::Node& value) { rules_.verdict_of_connections(value, entry); }},
       {"observe", [&](const YAML::Node& value) { entry.observe = yaml_.truth(value).value_or(false); }},
       {"reason", [&](const YAML::Node& value) { entry.reason = read_reason(yaml_, value); }}});
  if (entry.verdict == RuleVerdict::kPass && entry.observe)
    yaml_.flaw(node, "expected observe of a protocol with another verdict, found it of one that passes");
  if (app) rules_.apps(*app, entry.apps);
  if (app && versions && !entry.apps.empty()) with_versions(*versions, entry);
  if (versions && !app) yaml_.flaw(*versions, "expected app beside version, found none");
  return entry;
}

std::vector<ProtocolEntry> ProtocolReader::entries(const YAML::Node& node) {
  std::vector<ProtocolEntry> all;
  const auto take = [&](const YAML::Node& item, bool named) {
    ProtocolEntry one = entry(item, named);
    if (item.IsMap() && !names_any(item, {"tls_min", "refuse", "ja3", "ja4", "sni", "app"}))
      yaml_.flaw(item, "expected tls_min, refuse, ja3, ja4, sni or app, found none of them");
    rules_.bound(item, one);
    all.push_back(std::move(one));
  };
  if (node.IsMap())
    take(node, false);
  else
    yaml_.items(node, "protocols", [&](const YAML::Node& item) { take(item, true); });
  return all;
}

}  // namespace vedette
