#include "store/recent_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "store/wide_address.h"

namespace vedette {

namespace {

using Value = DuckdbResult::Value;

std::uint64_t number_in(const Value& value) {
  if (const auto* one = std::get_if<std::uint64_t>(&value.is)) return *one;
  if (const auto* one = std::get_if<std::int64_t>(&value.is)) return static_cast<std::uint64_t>(*one);
  return 0;
}

unsigned __int128 address_in(const Value& upper, const Value& lower) {
  return (static_cast<unsigned __int128>(number_in(upper)) << 64) | number_in(lower);
}

StoredFlow flow_in(std::span<const Value> row) {
  StoredFlow flow;
  flow.ip_version = static_cast<std::uint8_t>(number_in(row[4]));
  flow.src = narrow_address(address_in(row[0], row[1]), flow.ip_version);
  flow.dst = narrow_address(address_in(row[2], row[3]), flow.ip_version);
  flow.src_port = static_cast<std::uint16_t>(number_in(row[5]));
  flow.dst_port = static_cast<std::uint16_t>(number_in(row[6]));
  flow.protocol = static_cast<std::uint8_t>(number_in(row[7]));
  if (const auto* name = std::get_if<std::string_view>(&row[8].is))
    std::memcpy(flow.interface.data(), name->data(), std::min(name->size(), flow.interface.size() - 1));
  flow.vlan = static_cast<std::uint16_t>(number_in(row[9]));
  flow.first = Nanoseconds(static_cast<std::int64_t>(number_in(row[10])));
  const auto* ended = std::get_if<bool>(&row[11].is);
  flow.ended = ended && *ended;
  flow.packets = number_in(row[12]);
  flow.bytes = number_in(row[13]);
  flow.reply_packets = number_in(row[14]);
  flow.reply_bytes = number_in(row[15]);
  return flow;
}

}  // namespace

Result<Store::RecentFlows> read_recent_flows(DuckdbFiles& files, DuckdbConnection& connection,
                                             Nanoseconds span) {
  Store::RecentFlows recent;
  auto there = day_files(files.folder());
  if (!there) return std::unexpected(there.error());
  std::erase_if(*there, [](const DayFile& file) { return file.level != FileLevel::kRaw; });
  Nanoseconds latest{};
  std::ranges::reverse(*there);
  for (const DayFile& file : *there) {
    if (latest != Nanoseconds{} && file.end() <= recent.since) break;
    const auto pinned = files.pin(file, false);
    if (!pinned) return std::unexpected(pinned.error());
    if (!*pinned) continue;
    const auto newest = connection.number(fmt::format("SELECT max(time_ns) FROM {}.flows", file.schema()));
    if (!newest) return std::unexpected(newest.error());
    if (!*newest) continue;
    latest = std::max(latest, Nanoseconds(static_cast<std::int64_t>(**newest)));
    recent.since = latest - span;
    auto rows = connection.query(fmt::format(
        "SELECT src_hi, src_lo, dst_hi, dst_lo, ip_version, src_port, dst_port, protocol, interface, vlan, "
        "time_ns - span_us * 1000 AS first_ns, bool_or(ends), max(coalesce(all_packets, packets)), "
        "max(coalesce(all_bytes, bytes)), max(coalesce(all_reply_packets, reply_packets)), "
        "max(coalesce(all_reply_bytes, reply_bytes)) FROM {}.flows WHERE time_ns >= {} GROUP BY ALL",
        file.schema(), recent.since.count()));
    if (!rows) return std::unexpected(rows.error());
    rows->for_each([&](std::span<const Value> row) { recent.flows.push_back(flow_in(row)); });
  }
  return recent;
}

}  // namespace vedette
