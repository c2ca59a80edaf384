#include "detect/flow_finding.h"

#include <fmt/format.h>

#include "detect/detector.h"
#include "packet/names.h"

namespace vedette {

Finding finding_about(const Flow& flow, std::string_view detector, FindingKind kind, Severity severity) {
  Finding finding;
  finding.detector = detector;
  finding.kind = kind;
  finding.severity = severity;
  if (flow.key.ip_version) {
    finding.source = host(flow.key.src, flow.key.ip_version);
    finding.target = host(flow.key.dst, flow.key.ip_version);
  }
  if (has_ports(flow)) finding.port = flow.key.dst_port;
  finding.first = flow.first;
  finding.detected = finding.last = flow.last;
  finding.packets = flow.sent[kInitiator].packets + flow.sent[kResponder].packets;
  finding.bytes = flow.sent[kInitiator].bytes + flow.sent[kResponder].bytes;
  finding.score = finding.threshold = 1;
  return finding;
}

std::string flow_ends_text(const Flow& flow) {
  const std::string source = prefix_text(host(flow.key.src, flow.key.ip_version));
  const std::string target = prefix_text(host(flow.key.dst, flow.key.ip_version));
  const std::string protocol = protocol_text(flow.key.protocol);
  if (!has_ports(flow)) return fmt::format("{} and {} by {}", source, target, protocol);
  return fmt::format("{} and {} port {}/{}", source, target, flow.key.dst_port, protocol);
}

}  // namespace vedette
