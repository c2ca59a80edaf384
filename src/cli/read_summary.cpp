#include "cli/read_summary.h"

#include <algorithm>
#include <vector>

#include "base/human_text.h"
#include "base/json_writer.h"
#include "packet/names.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// Of a packet without an IP header: what its EtherType says, or that it says nothing.
std::string not_ip_name(const vdt_packet_core& core) {
  if (core.facts & VDT_FACT_ARP || core.ether_type == VDT_ETHER_ARP) return "arp";
  if (core.ether_type > VDT_ETHER_LENGTH_MAX) return fmt::format("ether_type_{:#06x}", core.ether_type);
  return "other";
}

std::string ip_version_name(const vdt_packet_core& core) {
  if (!(core.facts & VDT_FACT_IP)) return "none";
  return core.key.ip_version == 4 ? "4" : "6";
}

}  // namespace

void ReadSummary::add(const FilePacket& packet) {
  const vdt_packet_core& core = packet.packet.facts->core;
  const std::uint64_t length = core.length;
  all_.add(length);
  captured_bytes_ += packet.packet.bytes.size();
  first_ = std::min(first_, packet.packet.time);
  last_ = std::max(last_, packet.packet.time);
  count(kLinkTypes, link_type_name(packet.link), length);
  count(kIpVersions, ip_version_name(core), length);
  count(kProtocols, core.facts & VDT_FACT_IP ? protocol_text(core.key.protocol) : not_ip_name(core), length);
  if (core.malformed != VDT_MALFORMED_NONE)
    count(kMalformed, std::string(malformed_name(core.malformed)), length);
  if (core.fragment != VDT_FRAGMENT_NONE)
    count(kFragments, std::string(fragment_name(core.fragment)), length);
  if (core.facts & VDT_FACT_TUNNEL) count(kTunnels, std::string(tunnel_name(core.key.tunnel_type)), length);
  if (core.vlan_count > 0) count(kVlans, fmt::format("{}", core.key.vlan[0]), length);
}

void ReadSummary::append_json(fmt::memory_buffer& out) const {
  JsonWriter json(out);
  json.begin_object();
  json.field("files", files_);
  json.field("packets", all_.packets);
  json.field("bytes", all_.bytes);
  json.field("captured_bytes", captured_bytes_);
  if (all_.packets > 0) {
    json.field("first_ns", first_.count());
    json.field("last_ns", last_.count());
  }
  json.field("flows", flows_);
  for (const Table& table : tables_) {
    json.key(table.name);
    json.begin_array();
    for (const auto& [key, counted] : table.rows) {
      json.begin_object();
      json.key(table.key);
      if (table.numeric)
        json.raw(key);
      else
        json.value(std::string_view(key));
      json.field("packets", counted.packets);
      json.field("bytes", counted.bytes);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  out.push_back('\n');
}

void ReadSummary::append_text(fmt::memory_buffer& out) const {
  auto line = [&](std::string_view name, std::string_view value) {
    fmt::format_to(fmt::appender(out), "{:<12} {}\n", name, value);
  };
  line("files", fmt::format("{}", files_));
  line("packets", fmt::format("{}", all_.packets));
  line("bytes", fmt::format("{} ({} captured)", all_.bytes, captured_bytes_));
  if (all_.packets > 0) {
    line("first", time_of_day_text(first_));
    line("last", time_of_day_text(last_));
    line("duration", duration_text(last_ - first_));
  }
  line("flows", fmt::format("{}", flows_));
  for (const Table& table : tables_) {
    if (table.rows.empty()) continue;
    std::vector<std::pair<std::string, Count>> rows(table.rows.begin(), table.rows.end());
    std::ranges::stable_sort(rows, std::ranges::greater(),
                             [](const auto& row) { return row.second.packets; });
    fmt::format_to(fmt::appender(out), "\n{:<24} {:>12} {:>14}\n", table.title, "packets", "bytes");
    for (const auto& [key, counted] : rows)
      fmt::format_to(fmt::appender(out), "  {:<22} {:>12} {:>14}\n", key, counted.packets, counted.bytes);
  }
}

void ReadSummary::append_csv(fmt::memory_buffer& out) const {
  fmt::format_to(fmt::appender(out), "table,key,packets,bytes\nall,,{},{}\n", all_.packets, all_.bytes);
  for (const Table& table : tables_)
    for (const auto& [key, counted] : table.rows)
      fmt::format_to(fmt::appender(out), "{},{},{},{}\n", table.name, key, counted.packets, counted.bytes);
}

}  // namespace vedette
