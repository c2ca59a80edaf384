#include "store/field.h"

#include <algorithm>
#include <array>

#include "abi/counters.h"
#include "detect/finding.h"
#include "flow/flow.h"
#include "packet/names.h"

namespace vedette {

namespace {

constexpr std::array<std::string_view, 3> kSources{"flows", "findings", "interfaces"};

std::string protocol_of(std::uint64_t number) {
  return protocol_text(static_cast<std::uint8_t>(number));
}
std::string state_of(std::uint64_t number) {
  return std::string(flow_state_name(static_cast<FlowState>(number)));
}
std::string verdict_of(std::uint64_t number) {
  return std::string(verdict_name(static_cast<std::uint8_t>(number)));
}
std::string tunnel_of(std::uint64_t number) {
  return std::string(tunnel_name(static_cast<std::uint8_t>(number)));
}
std::string direction_of(std::uint64_t number) {
  return std::string(direction_name(static_cast<std::uint8_t>(number)));
}
std::string kind_of(std::uint64_t number) {
  return std::string(finding_kind_name(static_cast<FindingKind>(number)));
}
std::string severity_of(std::uint64_t number) {
  return std::string(severity_name(static_cast<Severity>(number)));
}
std::string action_of(std::uint64_t number) {
  return std::string(finding_action_name(static_cast<FindingAction>(number)));
}

constexpr std::uint8_t kDimension = kBy | kWhere;

constexpr Field address(std::string_view name) {
  return {.name = name, .kind = FieldKind::kAddress, .use = kDimension, .column = name};
}
constexpr Field number(std::string_view name) {
  return {.name = name, .kind = FieldKind::kNumber, .use = kDimension, .column = name};
}
constexpr Field text(std::string_view name, std::string_view column) {
  return {.name = name, .kind = FieldKind::kText, .use = kDimension, .column = column};
}
constexpr Field named(std::string_view name, std::string (*of)(std::uint64_t), std::uint64_t most) {
  return {.name = name, .kind = FieldKind::kNamed, .use = kDimension, .column = name, .names = {of, most}};
}
constexpr Field sum(std::string_view name, std::string_view unit) {
  return {.name = name, .kind = FieldKind::kNumber, .use = kSum, .column = name, .unit = unit};
}
constexpr Field gauge(std::string_view name, std::string_view unit) {
  return {.name = name, .kind = FieldKind::kNumber, .use = kSampled | kWhere, .column = name, .unit = unit};
}

constexpr std::array kFlowFields{
    address("src_ip"),
    address("dst_ip"),
    Field{.name = "ip", .kind = FieldKind::kAddress, .use = kWhere, .column = "src_ip", .other = "dst_ip"},
    number("src_port"),
    number("dst_port"),
    Field{
        .name = "port", .kind = FieldKind::kNumber, .use = kWhere, .column = "src_port", .other = "dst_port"},
    named("protocol", protocol_of, 255),
    number("ip_version"),
    text("interface", "interface"),
    number("vlan"),
    named("tunnel", tunnel_of, 255),
    named("state", state_of, static_cast<std::uint64_t>(FlowState::kReset)),
    named("verdict", verdict_of, 255),
    text("app", "app"),
    text("app_version", "app_version"),
    Field{.name = "outdated", .kind = FieldKind::kFlag, .use = kDimension, .column = "outdated"},
    text("fingerprint", "fingerprint"),
    text(kSensorColumn, kSensorColumn),
    text("process", "process"),
    number("pid"),
    text("cgroup", "cgroup"),
    text("src_name", "src_name"),
    text("dst_name", "dst_name"),
    text("src_country", "src_country"),
    text("dst_country", "dst_country"),
    number("src_asn"),
    number("dst_asn"),
    sum("flows", "flows"),
    sum("bytes", "bytes"),
    sum("packets", "packets"),
    sum("reply_bytes", "bytes"),
    sum("reply_packets", "packets"),
    sum("retransmits", "segments"),
    sum("reply_retransmits", "segments"),
    sum("out_of_order", "segments"),
    sum("zero_windows", "segments"),
    sum("resets", "segments"),
    sum("dropped_packets", "packets"),
    sum("dropped_bytes", "bytes"),
    gauge("handshake_rtt_us", "us"),
    gauge("rtt_us", "us"),
};

constexpr std::array kFindingFields{
    text("id", "id"),
    named("kind", kind_of, static_cast<std::uint64_t>(FindingKind::kAnomaly)),
    named("severity", severity_of, static_cast<std::uint64_t>(Severity::kCritical)),
    text("detector", "detector"),
    address("src_ip"),
    text("src_prefix", "src_prefix"),
    address("dst_ip"),
    number("dst_port"),
    named("action", action_of, static_cast<std::uint64_t>(FindingAction::kLimited)),
    text("why", "why"),
    text(kSensorColumn, kSensorColumn),
    sum("findings", "findings"),
    sum("packets", "packets"),
    sum("bytes", "bytes"),
    Field{.name = "score", .kind = FieldKind::kReal, .use = kSampled, .column = "score"},
};

constexpr std::array kInterfaceFields{
    text("interface", "interface"),
    named("direction", direction_of, 1),
    text(kSensorColumn, kSensorColumn),
    sum("packets", "packets"),
    sum("bytes", "bytes"),
    sum("dropped_packets", "packets"),
    sum("dropped_bytes", "bytes"),
    sum("lost_packets", "packets"),
};

}  // namespace

std::string_view query_source_name(QuerySource source) {
  return kSources[static_cast<std::size_t>(source)];
}

std::optional<QuerySource> query_source_named(std::string_view name) {
  const auto found = std::ranges::find(kSources, name);
  if (found == kSources.end()) return std::nullopt;
  return static_cast<QuerySource>(found - kSources.begin());
}

std::span<const Field> fields(QuerySource source) {
  switch (source) {
    case QuerySource::kFlows:
      return kFlowFields;
    case QuerySource::kFindings:
      return kFindingFields;
    case QuerySource::kInterfaces:
      break;
  }
  return kInterfaceFields;
}

const Field* field_named(QuerySource source, std::string_view name) {
  for (const Field& field : fields(source))
    if (field.name == name) return &field;
  return nullptr;
}

std::optional<std::uint64_t> number_of_name(const Field& field, std::string_view name) {
  for (std::uint64_t number = 0; number <= field.names.most; number++)
    if (const std::string one = field.names.name(number); !one.empty() && one == name) return number;
  return std::nullopt;
}

}  // namespace vedette
