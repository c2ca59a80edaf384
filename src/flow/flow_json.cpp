#include "flow/flow_json.h"

#include "base/address.h"
#include "packet/client_fingerprint.h"
#include "packet/names.h"
#include "packet/spoken.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

void write_address(JsonWriter& json, std::string_view name, const vdt_address& address,
                   std::uint8_t ip_version) {
  json.field(name, [&](fmt::memory_buffer& text) { append_address(text, address, ip_version); });
}

void write_vlans(JsonWriter& json, const vdt_flow_key& key) {
  if (key.vlan[0] == 0 && key.vlan[1] == 0) return;
  json.key("vlan");
  json.begin_array();
  json.value(key.vlan[0]);
  if (key.vlan[1] != 0) json.value(key.vlan[1]);
  json.end_array();
}

void write_tunnel(JsonWriter& json, const vdt_flow_key& key, const FlowTunnel* tunnel) {
  if (key.tunnel_type == VDT_TUNNEL_NONE) return;
  json.key("tunnel");
  json.begin_object();
  json.field("type", tunnel_name(key.tunnel_type));
  const std::uint32_t id = tunnel != nullptr ? tunnel->id : key.tunnel_id;
  if (tunnel_has_id(key.tunnel_type, id)) json.field("id", id);
  if (tunnel != nullptr && tunnel->outer) {
    write_address(json, "src_ip", tunnel->outer->src, tunnel->outer->ip_version);
    write_address(json, "dst_ip", tunnel->outer->dst, tunnel->outer->ip_version);
  }
  json.end_object();
}

void write_tcp(JsonWriter& json, const Flow& flow) {
  if (flow.sent[kInitiator].packets > 0) json.field("tcp_flags", tcp_flags_text(flow.tcp_flags[kInitiator]));
  if (flow.sent[kResponder].packets > 0)
    json.field("reply_tcp_flags", tcp_flags_text(flow.tcp_flags[kResponder]));
  json.field("state", flow_state_name(flow_state(flow)));
  if (flow.handshake_rtt_us != 0) json.field("handshake_rtt_us", flow.handshake_rtt_us);
  if (flow.rtt_us != 0) json.field("rtt_us", flow.rtt_us);
  json.field("retransmits", flow.retransmits[kInitiator]);
  json.field("reply_retransmits", flow.retransmits[kResponder]);
  json.field("out_of_order", flow.out_of_order);
  json.field("zero_windows", flow.zero_windows);
  json.field("resets", flow.resets);
}

void write_if_known(JsonWriter& json, std::string_view name, const std::string& text) {
  if (!text.empty()) json.field(name, std::string_view(text));
}

void write_process(JsonWriter& json, const FlowFacts::Process& process) {
  json.key("process");
  json.begin_object();
  json.field("pid", process.pid);
  write_if_known(json, "name", process.name);
  write_if_known(json, "cgroup", process.cgroup);
  json.end_object();
}

void write_spoken(JsonWriter& json, const Spoken& what) {
  write_if_known(json, "app", what.app);
  write_if_known(json, "app_version", what.app_version);
  if (what.outdated_reason.empty()) return;
  json.field("outdated", true);
  json.field("outdated_reason", std::string_view(what.outdated_reason));
}

void write_facts(JsonWriter& json, const FlowFacts& facts) {
  if (facts.process) write_process(json, *facts.process);
  if (facts.dropped_packets == 0) return;
  json.field("dropped_packets", facts.dropped_packets);
  json.field("dropped_bytes", facts.dropped_bytes);
}

}  // namespace

std::string_view flow_end_name(FlowEnd end) {
  constexpr std::string_view kNames[] = {"closed", "idle", "evicted", "finished", "report"};
  return kNames[static_cast<std::size_t>(end)];
}

void write_ends(JsonWriter& json, const Flow& flow) {
  const vdt_flow_key& key = flow.key;
  write_address(json, "src_ip", key.src, key.ip_version);
  if (has_ports(flow)) json.field("src_port", key.src_port);
  write_address(json, "dst_ip", key.dst, key.ip_version);
  if (has_ports(flow)) json.field("dst_port", key.dst_port);
  json.field("protocol", std::string_view(protocol_text(key.protocol)));
}

void write_flow_members(JsonWriter& json, const FlowView& view, const FlowEnds& ends) {
  const Flow& flow = view.flow;
  const vdt_flow_key& key = flow.key;
  json.field("first_ns", flow.first.count());
  json.field("last_ns", flow.last.count());
  write_ends(json, flow);
  json.field("ip_version", key.ip_version);
  write_vlans(json, key);
  write_tunnel(json, key, view.tunnel);
  if (!view.interface_name.empty()) json.field("interface", view.interface_name);
  json.field("packets", flow.sent[kInitiator].packets);
  json.field("bytes", flow.sent[kInitiator].bytes);
  json.field("reply_packets", flow.sent[kResponder].packets);
  json.field("reply_bytes", flow.sent[kResponder].bytes);
  if (flow.max_length != 0) {
    json.field("min_length", flow.min_length);
    json.field("max_length", flow.max_length);
  }
  if (key.protocol == VDT_IP_TCP)
    write_tcp(json, flow);
  else
    json.field("state", flow_state_name(flow_state(flow)));
  if (flow.spoken != kNothingSpoken) write_spoken(json, spoken(flow.spoken));
  write_if_known(json, "fingerprint", client_fingerprint(flow.fingerprint));
  if (const auto verdict = verdict_name(flow.verdict); !verdict.empty()) json.field("verdict", verdict);
  if (view.facts != nullptr) write_facts(json, *view.facts);
  write_known_ends(json, flow, ends);
  if (view.end != FlowEnd::kReport) json.field("end", flow_end_name(view.end));
}

void write_flow(JsonWriter& json, const FlowView& view, const FlowEnds& ends) {
  json.begin_object();
  write_flow_members(json, view, ends);
  json.end_object();
}

void append_flow_line(fmt::memory_buffer& out, const FlowView& view) {
  JsonWriter json(out);
  write_flow(json, view);
  out.push_back('\n');
}

}  // namespace vedette
