// Whom the protocol policy would cut off: SSH sessions where it refuses SSH, resolvers where it refuses DNS.
// An open session's first payload has gone by, and its class is known to the kernel: it would end too.
#include <fmt/format.h>

#include <algorithm>

#include "policy/policy_explain.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint16_t kDnsPort = 53;

bool refuses(const ProtocolEntry& entry, std::string_view app, std::string_view version) {
  return !entry.observe && entry.app == app &&
         (entry.versions.empty() || std::ranges::find(entry.versions, version) != entry.versions.end());
}

// An address that isn't known may be any.
bool holds_or_unknown(const std::vector<Prefix>& networks, const std::optional<Prefix>& address) {
  return networks.empty() || !address ||
         std::ranges::any_of(networks, [&](const Prefix& network) { return network.holds(*address); });
}

bool takes(const Match& where, const std::optional<Prefix>& initiator, const std::optional<Prefix>& responder,
           std::uint16_t port) {
  return holds_or_unknown(where.source, initiator) && holds_or_unknown(where.destination, responder) &&
         in_ports(where.destination_port, port);
}

bool cuts_off(const ProtocolEntry& entry, const KeptPeer& peer) {
  if (peer.protocol == kTcp)
    return refuses(entry, "ssh", "2.0") && takes(entry.where, peer.remote, peer.local, peer.local_port);
  return peer.protocol == kUdp && peer.remote_port == kDnsPort && refuses(entry, "dns", {}) &&
         takes(entry.where, peer.local, peer.remote, peer.remote_port);
}

}  // namespace

void add_cut_off_by_protocols(const Policy& policy, const std::vector<KeptPeer>& kept,
                              std::vector<PolicyNote>& notes) {
  for (const ProtocolEntry& entry : policy.protocols) {
    const auto cut = std::ranges::find_if(kept, [&](const KeptPeer& peer) {
      return cuts_off(entry, peer) && std::ranges::none_of(policy.allow, [&](const PolicySource& allowed) {
               return !allowed.ttl && allowed.prefix.holds(peer.remote);
             });
    });
    if (cut != kept.end())
      notes.push_back(
          {entry.line, entry.name,
           fmt::format("refuses {} with {}: {}", entry.app, prefix_text(cut->remote), cut->what)});
  }
}

}  // namespace vedette
