#include "cli/top/snapshot.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace vedette::top {

namespace {

using simdjson::dom::element;

// Absent members stay what they were.
void read(const element& object, const char* name, std::uint64_t& number) {
  if (std::uint64_t value = 0; object[name].get(value) == simdjson::SUCCESS) number = value;
}

void read(const element& object, const char* name, std::string& text) {
  if (std::string_view value; object[name].get(value) == simdjson::SUCCESS) text = value;
}

void read(const element& object, const char* name, Traffic& traffic) {
  element counts;
  if (object[name].get(counts) != simdjson::SUCCESS) return;
  read(counts, "packets", traffic.packets);
  read(counts, "bytes", traffic.bytes);
  read(counts, "lost_packets", traffic.lost_packets);
}

template <typename Take>
void for_each(const element& object, const char* name, Take&& take) {
  simdjson::dom::array rows;
  if (object[name].get(rows) != simdjson::SUCCESS) return;
  for (const element row : rows) take(row);
}

std::vector<ReasonLook> read_reasons(const element& object, const char* name) {
  std::vector<ReasonLook> all;
  for_each(object, name, [&](const element& row) {
    ReasonLook& one = all.emplace_back();
    read(row, "reason", one.reason);
    read(row, "meaning", one.meaning);
    read(row, "packets", one.count);
    read(row, "events", one.count);
  });
  return all;
}

std::vector<ReasonLook> read_malformed(const element& stats) {
  std::vector<ReasonLook> all;
  simdjson::dom::object reasons;
  if (stats["malformed"].get(reasons) != simdjson::SUCCESS) return all;
  for (const auto [name, count] : reasons)
    if (std::uint64_t packets = 0; count.get(packets) == simdjson::SUCCESS)
      all.push_back({std::string(name), {}, packets});
  return all;
}

void read_stats(const element& stats, Snapshot& look) {
  read(stats, "time_ns", look.time_ns);
  read(stats, "uptime_ns", look.uptime_ns);
  read(stats, "in", look.in);
  read(stats, "out", look.out);
  if (element flows; stats["flows"].get(flows) == simdjson::SUCCESS) {
    read(flows, "live", look.live_flows);
    read(flows, "user_bytes", look.user_bytes);
    read(flows, "kernel_bytes", look.kernel_bytes);
  }
  if (element tcp; stats["tcp"].get(tcp) == simdjson::SUCCESS) {
    std::uint64_t sent = 0, received = 0;
    read(tcp, "retransmits", look.retransmits);
    read(tcp, "resets_sent", sent);
    read(tcp, "resets_received", received);
    look.resets = sent + received;
    look.tells_tcp = true;
  }
  look.losses = read_reasons(stats, "losses");
  look.kernel_drops = read_reasons(stats, "kernel_drops");
  look.malformed = read_malformed(stats);
  for_each(stats, "protocols", [&](const element& row) {
    ProtocolLook& one = look.protocols.emplace_back();
    read(row, "protocol", one.protocol);
    read(row, "ip_version", one.ip_version);
    read(row, "direction", one.direction);
    read(row, "packets", one.traffic.packets);
    read(row, "bytes", one.traffic.bytes);
  });
}

void read_applications(const element& stats, Snapshot& look) {
  for_each(stats, "applications", [&](const element& row) {
    ApplicationLook& one = look.applications.emplace_back();
    read(row, "app", one.app);
    read(row, "app_version", one.app_version);
    read(row, "outdated_reason", one.outdated_reason);
    read(row, "flows", one.flows);
    read(row, "packets", one.traffic.packets);
    read(row, "bytes", one.traffic.bytes);
  });
}

std::string read_vlans(const element& row) {
  std::string ids;
  for_each(row, "vlan", [&](const element& one) {
    std::uint64_t id = 0;
    if (one.get(id) == simdjson::SUCCESS) ids += (ids.empty() ? "" : ".") + fmt::to_string(id);
  });
  return ids;
}

std::string read_tunnel(const element& row) {
  element tunnel, id;
  if (row["tunnel"].get(tunnel) != simdjson::SUCCESS) return {};
  std::string text;
  read(tunnel, "type", text);
  if (tunnel["id"].get(id) == simdjson::SUCCESS) text += " " + simdjson::minify(id);
  return text;
}

FlowLook read_flow(const element& row) {
  FlowLook flow;
  flow.json = simdjson::minify(row);
  read(row, "protocol", flow.protocol);
  read(row, "src_ip", flow.src_ip);
  read(row, "dst_ip", flow.dst_ip);
  read(row, "state", flow.state);
  read(row, "interface", flow.interface_name);
  flow.vlans = read_vlans(row);
  flow.tunnel = read_tunnel(row);
  read(row, "src_port", flow.src_port);
  read(row, "dst_port", flow.dst_port);
  read(row, "ip_version", flow.ip_version);
  read(row, "packets", flow.sent.packets);
  read(row, "bytes", flow.sent.bytes);
  read(row, "reply_packets", flow.replied.packets);
  read(row, "reply_bytes", flow.replied.bytes);
  std::uint64_t reply_retransmits = 0;
  read(row, "retransmits", flow.retransmits);
  read(row, "reply_retransmits", reply_retransmits);
  flow.retransmits += reply_retransmits;
  read(row, "handshake_rtt_us", flow.rtt_us);
  read(row, "rtt_us", flow.rtt_us);
  read(row, "app", flow.app);
  read(row, "app_version", flow.app_version);
  flow.outdated = row["outdated"].error() == simdjson::SUCCESS;
  read(row, "first_ns", flow.first_ns);
  read(row, "last_ns", flow.last_ns);
  if (element process; row["process"].get(process) == simdjson::SUCCESS) read(process, "name", flow.process);
  return flow;
}

std::string endpoint(const std::string& address, std::uint64_t port) {
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                : fmt::format("[{}]:{}", address, port);
}

void read_interfaces(const element& document, Snapshot& look) {
  for_each(document, "interfaces", [&](const element& row) {
    InterfaceLook& one = look.interfaces.emplace_back();
    read(row, "name", one.name);
    read(row, "ingress", one.ingress);
    read(row, "egress", one.egress);
    read(row, "why", one.why);
    read(row, "in", one.in);
    read(row, "out", one.out);
  });
}

}  // namespace

std::string FlowLook::initiator() const {
  return has_ports() ? endpoint(src_ip, src_port) : src_ip;
}

std::string FlowLook::responder() const {
  return has_ports() ? endpoint(dst_ip, dst_port) : dst_ip;
}

std::string FlowLook::identity() const {
  return fmt::format("{} {} {} {} {} {} {} {} {}", protocol, vlans, tunnel, src_ip, src_port, dst_ip,
                     dst_port, interface_name, first_ns);
}

Result<Snapshot> read_snapshot(const Answers& answers) {
  Snapshot look;
  simdjson::dom::parser parser;
  element document;
  if (parser.parse(answers.stats).get(document) != simdjson::SUCCESS)
    return failed("/v1/stats", "the answer is not JSON");
  read_stats(document, look);
  read_applications(document, look);
  if (parser.parse(answers.interfaces).get(document) != simdjson::SUCCESS)
    return failed("/v1/interfaces", "the answer is not JSON");
  read_interfaces(document, look);
  if (parser.parse(answers.flows).get(document) != simdjson::SUCCESS)
    return failed("/v1/flows", "the answer is not JSON");
  read(document, "total", look.flows_matching);
  for_each(document, "flows", [&](const element& row) { look.flows.push_back(read_flow(row)); });
  return look;
}

}  // namespace vedette::top
