// Whom the protocol policy would cut off: SSH sessions where it refuses SSH, resolvers where it refuses DNS.
// An open session's first payload has gone by, and its class is known to the kernel: it would end too.
#include <fmt/format.h>

#include <algorithm>

#include "policy/policy_explain.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint16_t kDnsPort = 53;

bool names(const ProtocolEntry& entry, const AppMatch& spoken) {
  return !entry.observe && std::ranges::any_of(entry.apps, [&](const AppMatch& one) {
    return one.app == spoken.app && (one.version.empty() || one.version == spoken.version);
  });
}

// An address that isn't known may be any: where an entry refuses it takes it, where one lets pass it doesn't.
bool may_hold(const ProtocolEntry& entry, const std::vector<Prefix>& networks,
              const std::optional<Prefix>& address) {
  if (networks.empty()) return true;
  if (!address) return entry.refuses();
  return std::ranges::any_of(networks, [&](const Prefix& network) { return network.holds(*address); });
}

// Nor are places known that aren't networks yet.
bool may_be_there(const ProtocolEntry& entry) {
  const Match& where = entry.where;
  return entry.refuses() || (where.country.empty() && where.asn.empty() &&
                             where.destination_country.empty() && where.destination_asn.empty());
}

bool takes(const ProtocolEntry& entry, const KeptPeer& peer, const std::optional<Prefix>& initiator,
           const std::optional<Prefix>& responder, std::uint16_t port) {
  return in_protocols(entry.where.protocol, peer.protocol) &&
         may_hold(entry, entry.where.source, initiator) &&
         may_hold(entry, entry.where.destination, responder) &&
         in_ports(entry.where.destination_port, port) && may_be_there(entry);
}

// Whether the entry decides on what goes on with the peer.
bool decides(const ProtocolEntry& entry, const KeptPeer& peer) {
  if (peer.protocol == kTcp)
    return names(entry, {"ssh", "2.0"}) && takes(entry, peer, peer.remote, peer.local, peer.local_port);
  return peer.protocol == kUdp && peer.remote_port == kDnsPort && names(entry, {"dns", {}}) &&
         takes(entry, peer, peer.local, peer.remote, peer.remote_port);
}

bool cuts_off(const Policy& policy, const ProtocolEntry& entry, const KeptPeer& peer) {
  const auto first =
      std::ranges::find_if(policy.protocols, [&](const ProtocolEntry& one) { return decides(one, peer); });
  return first != policy.protocols.end() && &*first == &entry && entry.refuses();
}

}  // namespace

void add_cut_off_by_protocols(const Policy& policy, const std::vector<KeptPeer>& kept,
                              std::vector<PolicyNote>& notes) {
  for (const ProtocolEntry& entry : policy.protocols) {
    const auto cut = std::ranges::find_if(kept, [&](const KeptPeer& peer) {
      return cuts_off(policy, entry, peer) &&
             std::ranges::none_of(policy.allow, [&](const PolicySource& allowed) {
               return !allowed.ttl && allowed.prefix.holds(peer.remote);
             });
    });
    if (cut != kept.end())
      notes.push_back({entry.line, entry.name,
                       fmt::format("refuses {} with {}: {}", cut->protocol == kTcp ? "ssh" : "dns",
                                   prefix_text(cut->remote), cut->what)});
  }
}

}  // namespace vedette
