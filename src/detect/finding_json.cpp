#include "detect/finding_json.h"

#include <fmt/format.h>

namespace vedette {

void write_finding(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.field("id", std::string_view(finding_id(finding)));
  json.field("kind", finding_kind_name(finding.kind));
  json.field("severity", severity_name(finding.severity));
  json.field("detector", finding.detector);
  if (finding.source) {
    const bool one = finding.source->length == Prefix::longest(finding.source->ip_version);
    json.field(one ? "src_ip" : "src_prefix", std::string_view(prefix_text(*finding.source)));
  }
  if (finding.target) json.field("dst_ip", std::string_view(prefix_text(*finding.target)));
  if (finding.port) json.field("dst_port", *finding.port);
  json.field("first_ns", finding.first.count());
  json.field("detected_ns", finding.detected.count());
  json.field("last_ns", finding.last.count());
  json.field("packets", finding.packets);
  json.field("bytes", finding.bytes);
  json.field("score", finding.score);
  json.field("threshold", finding.threshold);
  json.field("why", std::string_view(finding.why));
  json.field("action", finding_action_name(finding.action));
  if (finding.expires != Nanoseconds{}) json.field("expires_ns", finding.expires.count());
  if (finding.evidence)
    json.field("evidence", std::string_view(fmt::format("/v1/findings/{}/evidence", finding_id(finding))));
  json.end_object();
}

}  // namespace vedette
