#include "detect/outdated_protocol.h"

#include <fmt/format.h>

namespace vedette {

void OutdatedProtocol::take(const HandshakeView& handshake) {
  if (handshake.outdated_reason.empty()) return;
  const Flow& flow = handshake.flow;
  const std::uint8_t version = flow.key.ip_version;
  Finding finding;
  finding.detector = "outdated_protocol";
  finding.kind = FindingKind::kOutdatedProtocol;
  finding.severity = Severity::kLow;
  finding.source = host(flow.key.src, version);
  finding.target = host(flow.key.dst, version);
  if (has_ports(flow)) finding.port = flow.key.dst_port;
  finding.first = handshake.time;
  finding.detected = finding.last = flow.last;
  finding.packets = flow.sent[kInitiator].packets + flow.sent[kResponder].packets;
  finding.bytes = flow.sent[kInitiator].bytes + flow.sent[kResponder].bytes;
  finding.score = finding.threshold = 1;
  finding.why =
      fmt::format("{} and {} speak {}{}{}: {}", prefix_text(*finding.source), prefix_text(*finding.target),
                  handshake.handshake.app, handshake.handshake.app_version.empty() ? "" : " ",
                  handshake.handshake.app_version, handshake.outdated_reason);
  raise(std::move(finding));
}

}  // namespace vedette
