#include "cli/top/table.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/human_text.h"

namespace vedette::top {

namespace {

Cell number(std::uint64_t value) {
  return {count_text(value), static_cast<double>(value)};
}
Cell bytes(std::uint64_t value) {
  return {bytes_text(value), static_cast<double>(value)};
}
Cell packets_rate(double value) {
  return {value == 0 ? "·" : rate_text(value), value};
}
Cell bits_rate(double value) {
  return {value == 0 ? "·" : bits_text(value), value};
}
Cell share(double part, double whole) {
  const double percent = whole == 0 ? 0 : 100 * part / whole;
  return {fmt::format("{:.1f} %", percent), percent};
}

Cell seen(std::uint64_t then_ns, std::uint64_t now_ns, const TableOptions& options) {
  const std::uint64_t ago = now_ns > then_ns ? now_ns - then_ns : 0;
  if (options.wall_times)
    return {time_of_day_text(Nanoseconds(static_cast<std::int64_t>(then_ns))).substr(0, 8),
            static_cast<double>(ago)};
  const std::uint64_t seconds = ago / 1'000'000'000;
  std::string text = fmt::format("{} s", seconds);
  if (seconds >= 60) text = fmt::format("{} min", seconds / 60);
  if (seconds >= 3600) text = fmt::format("{} h", seconds / 3600);
  return {text, static_cast<double>(ago)};
}

// "http HTTP/1.1" says it twice.
std::string version_text(const std::string& app, const std::string& version) {
  if (version.empty() || version.starts_with("HTTP/")) return version.empty() ? app : version;
  return app + " " + version;
}

std::string service(const FlowLook& flow) {
  return flow.has_ports() ? port_text(flow.dst_port, flow.protocol) : "";
}

// "tls 1.3"; with "!" behind it where it is outdated.
std::string spoken(const FlowLook& flow) {
  std::string text = version_text(flow.app, flow.app_version);
  if (flow.outdated) text += " !";
  return text;
}

// "tcp6", "udp 100.200" in VLANs, "tcp vxlan 4242" in a tunnel.
std::string protocol(const FlowLook& flow) {
  std::string text = flow.protocol;
  if (flow.ip_version == 6 && !text.ends_with('6')) text += '6';
  if (!flow.vlans.empty()) text += " " + flow.vlans;
  if (!flow.tunnel.empty()) text += " " + flow.tunnel;
  return text;
}

// The first column says how packets are wrapped, only as wide as that needs, so that flows which differ by
// their VLAN alone are told apart on narrow screens too.
TableColumn protocol_column(const std::vector<FlowLook>& flows) {
  constexpr std::size_t kLeast = 6, kMost = 14;
  TableColumn column{"PROTO", kLeast, false, 0, false};
  std::size_t longest = kLeast;
  for (const FlowLook& flow : flows) {
    longest = std::max(longest, protocol(flow).size());
    if (!flow.vlans.empty()) column.title = "PROTO VLAN";
  }
  column.width = static_cast<int>(std::clamp(longest, column.title.size(), kMost));
  return column;
}

Table flows_table(const Snapshot& look, const Rates& rates, const TableOptions& options) {
  Table table;
  table.columns = {protocol_column(look.flows),
                   {"INITIATOR", 18, false, 0, true, true},
                   {"RESPONDER", 18, false, 0, true, true},
                   {"PKT/S", 7, true, 0, false},
                   {"BIT/S", 10, true, 0, false},
                   {"BYTES", 8, true, 0, false},
                   {"SPEAKS", 14, false, 88, false},
                   {"SERVICE", 14, false, 103, false},
                   {"STATE", 12, false, 116, false},
                   {"RTT", 7, true, 124, false},
                   {"RETR", 5, true, 130, false},
                   {"PROCESS", 15, false, 146, false},
                   {"AGE", 8, true, 155, false},
                   {"PACKETS", 8, true, 164, false},
                   {"INTERFACE", 10, false, 175, false}};
  table.sort = 4;
  for (const FlowLook& flow : look.flows) {
    Row& row = table.rows.emplace_back();
    row.identity = flow.identity();
    const FlowRate rate = rates.flow(row.identity);
    const double per_second = rate.sent.bytes + rate.replied.bytes;
    row.tone = flow.state == "reset" ? RowTone::kBad : per_second > 0 ? RowTone::kBusy : RowTone::kPlain;
    row.cells = {{protocol(flow), -1},
                 {flow.initiator(), -1},
                 {flow.responder(), -1},
                 packets_rate(rate.sent.packets + rate.replied.packets),
                 bits_rate(per_second),
                 bytes(flow.sent.bytes + flow.replied.bytes),
                 {spoken(flow), -1},
                 {service(flow), -1},
                 {flow.state, -1},
                 flow.rtt_us == 0 ? Cell{"", 0}
                                  : Cell{duration_text(std::chrono::microseconds(flow.rtt_us)),
                                         static_cast<double>(flow.rtt_us)},
                 {flow.retransmits == 0 ? "" : fmt::to_string(flow.retransmits),
                  static_cast<double>(flow.retransmits)},
                 {flow.process, -1},
                 seen(flow.first_ns, look.time_ns, options),
                 number(flow.sent.packets + flow.replied.packets),
                 {flow.interface_name, -1}};
  }
  return table;
}

// As pcap-filter(7) names a protocol; empty where it doesn't.
std::string filter_of(const std::string& protocol) {
  if (protocol == "icmpv6") return "icmp6";
  const bool known = protocol == "tcp" || protocol == "udp" || protocol == "sctp" || protocol == "icmp";
  return known ? protocol : "";
}

// Flows that have something in common, together.
struct Group {
  std::string inside;
  std::uint64_t flows = 0, last_ns = 0, retransmits = 0;
  Traffic total;
  Rate rate;
};

void add_flow(Group& group, const FlowLook& flow, const FlowRate& rate) {
  group.flows++;
  group.last_ns = std::max(group.last_ns, flow.last_ns);
  group.retransmits += flow.retransmits;
  group.total.packets += flow.sent.packets + flow.replied.packets;
  group.total.bytes += flow.sent.bytes + flow.replied.bytes;
  group.rate += rate.sent;
  group.rate += rate.replied;
}

Table groups_table(const char* title, const std::map<std::string, Group>& groups, const Snapshot& look,
                   const TableOptions& options) {
  Table table;
  table.columns = {
      {title, 20, false, 0, true, true}, {"FLOWS", 7, true, 0, false},     {"PKT/S", 8, true, 0, false},
      {"BIT/S", 10, true, 0, false},     {"BYTES", 9, true, 0, false},     {"SHARE", 7, true, 0, false},
      {"LAST", 8, true, 0, false},       {"PACKETS", 9, true, 100, false}, {"RETR", 7, true, 110, false}};
  table.sort = 3;
  double whole = 0;
  for (const auto& [name, group] : groups) whole += static_cast<double>(group.total.bytes);
  for (const auto& [name, group] : groups) {
    Row& row = table.rows.emplace_back();
    row.identity = name;
    row.inside = group.inside;
    row.tone = group.rate.packets > 0 ? RowTone::kBusy : RowTone::kPlain;
    row.cells = {{name, -1},
                 number(group.flows),
                 packets_rate(group.rate.packets),
                 bits_rate(group.rate.bytes),
                 bytes(group.total.bytes),
                 share(static_cast<double>(group.total.bytes), whole),
                 seen(group.last_ns, look.time_ns, options),
                 number(group.total.packets),
                 number(group.retransmits)};
  }
  return table;
}

Table talkers_table(const Snapshot& look, const Rates& rates, const TableOptions& options) {
  std::map<std::string, Group> groups;
  for (const FlowLook& flow : look.flows) {
    Group& group = groups[flow.src_ip];
    group.inside = "src host " + flow.src_ip;
    add_flow(group, flow, rates.flow(flow.identity()));
  }
  return groups_table("SOURCE", groups, look, options);
}

Table services_table(const Snapshot& look, const Rates& rates, const TableOptions& options) {
  std::map<std::string, Group> groups;
  for (const FlowLook& flow : look.flows) {
    const std::string port = service(flow);
    Group& group = groups[port.empty() ? flow.protocol : flow.protocol + " " + port];
    group.inside = filter_of(flow.protocol);
    if (flow.has_ports() && !group.inside.empty()) group.inside += fmt::format(" dst port {}", flow.dst_port);
    add_flow(group, flow, rates.flow(flow.identity()));
  }
  return groups_table("SERVICE", groups, look, options);
}

Table versions_table(const Snapshot& look, const Rates& rates) {
  Table table;
  table.columns = {{"SPOKEN", 22, false, 0, false}, {"FLOWS", 8, true, 0, false},
                   {"PKT/S", 9, true, 0, false},    {"BIT/S", 11, true, 0, false},
                   {"BYTES", 9, true, 0, false},    {"PACKETS", 9, true, 100, false},
                   {"OUTDATED", 16, false, 0, true}};
  table.sort = 1;
  for (const ApplicationLook& one : look.applications) {
    Row& row = table.rows.emplace_back();
    row.identity = "app/" + one.app + "/" + one.app_version;
    const Rate rate = rates.named(row.identity);
    row.tone = !one.outdated_reason.empty() ? RowTone::kBad
               : rate.packets > 0           ? RowTone::kBusy
                                            : RowTone::kPlain;
    row.cells = {{one.app.empty() ? "not known" : version_text(one.app, one.app_version), -1},
                 number(one.flows),
                 packets_rate(rate.packets),
                 bits_rate(rate.bytes),
                 bytes(one.traffic.bytes),
                 number(one.traffic.packets),
                 {one.outdated_reason, -1}};
  }
  return table;
}

Table protocols_table(const Snapshot& look, const Rates& rates) {
  Table table;
  table.columns = {{"PROTOCOL", 14, false, 0, true}, {"IP", 3, false, 0, false},
                   {"WAY", 4, false, 0, false},      {"PKT/S", 9, true, 0, false},
                   {"BIT/S", 11, true, 0, false},    {"PACKETS", 9, true, 0, false},
                   {"BYTES", 9, true, 0, false},     {"SHARE", 8, true, 0, false}};
  table.sort = 6;
  double whole = 0;
  for (const ProtocolLook& one : look.protocols) whole += static_cast<double>(one.traffic.bytes);
  for (const ProtocolLook& one : look.protocols) {
    Row& row = table.rows.emplace_back();
    row.identity = one.direction + "/" + one.protocol + "/" + std::to_string(one.ip_version);
    const Rate rate = rates.named(row.identity);
    row.tone = rate.packets > 0 ? RowTone::kBusy : RowTone::kPlain;
    if (const std::string filter = filter_of(one.protocol); !filter.empty())
      row.inside = (one.ip_version == 6 ? "ip6 and " : "ip and ") + filter;
    row.cells = {
        {one.protocol, -1},       {one.ip_version == 0 ? "" : fmt::format("v{}", one.ip_version), -1},
        {one.direction, -1},      packets_rate(rate.packets),
        bits_rate(rate.bytes),    number(one.traffic.packets),
        bytes(one.traffic.bytes), share(static_cast<double>(one.traffic.bytes), whole)};
  }
  return table;
}

Table losses_table(const Snapshot& look, const Rates& rates) {
  Table table;
  table.columns = {{"WHERE", 12, false, 0, false},
                   {"REASON", 26, false, 0, false},
                   {"COUNT", 10, true, 0, false},
                   {"PER S", 9, true, 0, false},
                   {"MEANING", 16, false, 0, true}};
  table.sort = 2;
  const auto add = [&](const char* where, const char* kind, const std::vector<ReasonLook>& reasons) {
    for (const ReasonLook& one : reasons) {
      Row& row = table.rows.emplace_back();
      row.identity = kind + one.reason;
      const Rate rate = rates.named(row.identity);
      row.tone = one.count > 0 ? RowTone::kBad : RowTone::kPlain;
      row.cells = {{where, -1},
                   {one.reason, -1},
                   {fmt::to_string(one.count), static_cast<double>(one.count)},
                   packets_rate(rate.packets),
                   {one.meaning, -1}};
    }
  };
  add("not told", "loss/", look.losses);
  add("malformed", "malformed/", look.malformed);
  add("kernel drop", "drop/", look.kernel_drops);
  return table;
}

Table interfaces_table(const Snapshot& look, const Rates& rates) {
  Table table;
  table.columns = {
      {"INTERFACE", 12, false, 0, false}, {"INGRESS", 11, false, 0, false}, {"EGRESS", 6, false, 0, false},
      {"IN PKT/S", 8, true, 0, false},    {"IN BIT/S", 10, true, 0, false}, {"OUT PKT/S", 9, true, 0, false},
      {"OUT BIT/S", 10, true, 0, false},  {"LOST", 6, true, 0, false},      {"IN", 9, true, 100, false},
      {"OUT", 9, true, 100, false},       {"WHY", 10, false, 120, true}};
  table.sort = 4;
  for (const InterfaceLook& one : look.interfaces) {
    const Rate in = rates.named("in/" + one.name), out = rates.named("out/" + one.name);
    Row& row = table.rows.emplace_back();
    row.identity = one.name;
    row.tone = one.ingress == "none" ? RowTone::kBad : RowTone::kPlain;
    row.cells = {{one.name, -1},       {one.ingress, -1},
                 {one.egress, -1},     packets_rate(in.packets),
                 bits_rate(in.bytes),  packets_rate(out.packets),
                 bits_rate(out.bytes), number(one.in.lost_packets + one.out.lost_packets),
                 bytes(one.in.bytes),  bytes(one.out.bytes),
                 {one.why, -1}};
  }
  return table;
}

}  // namespace

Table make_table(View view, const Snapshot& look, const Rates& rates, const TableOptions& options) {
  switch (view) {
    case View::kFlows:
      return flows_table(look, rates, options);
    case View::kTalkers:
      return talkers_table(look, rates, options);
    case View::kServices:
      return services_table(look, rates, options);
    case View::kVersions:
      return versions_table(look, rates);
    case View::kProtocols:
      return protocols_table(look, rates);
    case View::kLosses:
      return losses_table(look, rates);
    case View::kInterfaces:
      break;
  }
  return interfaces_table(look, rates);
}

void sort_rows(Table& table, std::size_t column, bool largest_first) {
  std::stable_sort(table.rows.begin(), table.rows.end(), [&](const Row& a, const Row& b) {
    const Cell &x = a.cells[column], &y = b.cells[column];
    if (x.weight < 0) return largest_first ? x.text < y.text : y.text < x.text;
    return largest_first ? x.weight > y.weight : x.weight < y.weight;
  });
}

std::string port_text(std::uint64_t port, const std::string& protocol) {
  servent entry{};
  servent* found = nullptr;
  std::array<char, 1024> buffer{};
  getservbyport_r(htons(static_cast<std::uint16_t>(port)), protocol.c_str(), &entry, buffer.data(),
                  buffer.size(), &found);
  return found == nullptr ? fmt::to_string(port) : fmt::format("{} {}", port, found->s_name);
}

std::string rate_text(double per_second) {
  if (per_second < 9.95) return fmt::format("{:.1f}", per_second);
  return count_text(static_cast<std::uint64_t>(std::llround(per_second)));
}

std::string bits_text(double bytes_per_second) {
  const std::string text = count_text(static_cast<std::uint64_t>(std::llround(bytes_per_second * 8)));
  return text.find(' ') == std::string::npos ? text + " bit" : text + "bit";
}

}  // namespace vedette::top
