#include "act/protocol_judge.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "abi/payload_class.h"
#include "decode/handshake_facts.h"

namespace vedette {

namespace {

bool is_one(const std::vector<std::string>& values, std::string_view value) {
  return !value.empty() && std::ranges::find(values, value) != values.end();
}

// A class of enum vdt_payload_class; drafts of TLS 1.3 ("1.3-draft28") are that. Nothing for a version that
// isn't TLS'.
std::optional<std::uint8_t> tls_class(std::string_view version) {
  constexpr std::array<std::string_view, 6> kFromSsl2{"SSL 2.0", "SSL 3.0", "1.0", "1.1", "1.2", "1.3"};
  if (version.starts_with("1.3-")) return VDT_PAYLOAD_TLS_1_3;
  const auto* found = std::ranges::find(kFromSsl2, version);
  if (found == kFromSsl2.end()) return {};
  return static_cast<std::uint8_t>(VDT_PAYLOAD_SSL_2 + (found - kFromSsl2.begin()));
}

bool is_below(const Handshake& handshake, std::uint8_t least) {
  if (handshake.app != "tls" && handshake.app != "quic") return false;
  if (const auto chosen = tls_class(text_of_fact(handshake, "chosen_version"))) return *chosen < least;
  const HandshakeFact* offered = fact_of(handshake, "offered_versions");
  if (offered == nullptr || offered->list.empty()) return false;
  return std::ranges::all_of(offered->list, [&](const std::string& one) {
    const auto version = tls_class(one);
    return version && *version < least;
  });
}

bool is_ssh_1(const Handshake& handshake) {
  return handshake.app == "ssh" && handshake.app_version.starts_with("1.") && handshake.app_version != "1.99";
}

bool names(const std::string& refused, std::string_view name) {
  if (!refused.starts_with('.')) return name == refused;
  return name == std::string_view(refused).substr(1) || name.ends_with(refused);
}

bool is_named(const std::vector<std::string>& refused, std::string_view sni) {
  if (refused.empty() || sni.empty()) return false;
  std::string name(sni.substr(0, sni.size() - (sni.ends_with('.') ? 1 : 0)));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return std::ranges::any_of(refused, [&](const std::string& one) { return names(one, name); });
}

bool speaks(const Handshake& handshake, const AppMatch& match) {
  if (handshake.app != match.app) return false;
  if (is_method(match)) return text_of_fact(handshake, "method") == match.version;
  return match.version.empty() || handshake.app_version == match.version;
}

bool speaks(const Handshake& handshake, const ProtocolEntry& entry) {
  return std::ranges::any_of(entry.apps, [&](const AppMatch& one) { return speaks(handshake, one); });
}

}  // namespace

bool shows(const Handshake& handshake, const ProtocolEntry& entry) {
  return (entry.tls_min && is_below(handshake, *entry.tls_min)) ||
         (entry.refuse_ssh_1 && is_ssh_1(handshake)) ||
         (entry.refuse_smb_1 && handshake.app == "smb" && handshake.app_version == "1.0") ||
         is_one(entry.ja3, text_of_fact(handshake, "ja3")) ||
         is_one(entry.ja4, text_of_fact(handshake, "ja4")) ||
         is_named(entry.sni, text_of_fact(handshake, "sni")) || speaks(handshake, entry);
}

bool may_show_yet(const Handshake& handshake, const ProtocolEntry& entry) {
  return std::ranges::any_of(entry.apps, [&](const AppMatch& one) {
    return one.app == handshake.app && !one.version.empty() && !is_method(one);
  });
}

bool client_is_whole(const Handshake& handshake) {
  return fact_of(handshake, "ja3") != nullptr;
}

}  // namespace vedette
