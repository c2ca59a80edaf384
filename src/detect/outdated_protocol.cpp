#include "detect/outdated_protocol.h"

#include <fmt/format.h>

namespace vedette {

bool OutdatedProtocol::has_many(Others& others, const Prefix& host, const std::string& spoken,
                                const Prefix& other) {
  if (others.size() == kHosts) {
    others.clear();
    bytes_ = 0;
  }
  std::set<Prefix>& known = others[{host, spoken}];
  if (known.size() > kNamedOthers) return true;
  if (known.insert(other).second) bytes_ += sizeof(Prefix) + spoken.size() + 64;  // and a node of each
  return known.size() > kNamedOthers;
}

void OutdatedProtocol::take(const HandshakeView& handshake) {
  if (handshake.outdated_reason.empty()) return;
  const Flow& flow = handshake.flow;
  const Prefix client = host(flow.key.src, flow.key.ip_version);
  const Prefix server = host(flow.key.dst, flow.key.ip_version);
  const std::string spoken =
      fmt::format("{}{}{}", handshake.handshake.app, handshake.handshake.app_version.empty() ? "" : " ",
                  handshake.handshake.app_version);
  Finding finding;
  finding.detector = "outdated_protocol";
  finding.kind = FindingKind::kOutdatedProtocol;
  finding.severity = Severity::kLow;
  finding.first = handshake.time;
  finding.detected = finding.last = flow.last;
  finding.packets = flow.sent[kInitiator].packets + flow.sent[kResponder].packets;
  finding.bytes = flow.sent[kInitiator].bytes + flow.sent[kResponder].bytes;
  finding.score = finding.threshold = 1;
  const bool many_clients = has_many(clients_of_, server, spoken, client);
  const bool many_servers = has_many(servers_of_, client, spoken, server);
  if (many_clients || many_servers) {
    (many_clients ? finding.target : finding.source) = many_clients ? server : client;
    finding.why =
        fmt::format("{} speaks {} with more than {} others: {}", prefix_text(many_clients ? server : client),
                    spoken, kNamedOthers, handshake.outdated_reason);
  } else {
    finding.source = client;
    finding.target = server;
    if (has_ports(flow)) finding.port = flow.key.dst_port;
    finding.why = fmt::format("{} and {} speak {}: {}", prefix_text(client), prefix_text(server), spoken,
                              handshake.outdated_reason);
  }
  raise(std::move(finding));
}

}  // namespace vedette
