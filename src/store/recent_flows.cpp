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

unsigned __int128 address_in(const Value& value) {
  const auto* one = std::get_if<unsigned __int128>(&value.is);
  return one ? *one : 0;
}

StoredFlow flow_in(std::span<const Value> row) {
  StoredFlow flow;
  flow.ip_version = static_cast<std::uint8_t>(number_in(row[2]));
  flow.src = narrow_address(address_in(row[0]), flow.ip_version);
  flow.dst = narrow_address(address_in(row[1]), flow.ip_version);
  flow.src_port = static_cast<std::uint16_t>(number_in(row[3]));
  flow.dst_port = static_cast<std::uint16_t>(number_in(row[4]));
  flow.protocol = static_cast<std::uint8_t>(number_in(row[5]));
  if (const auto* name = std::get_if<std::string_view>(&row[6].is))
    std::memcpy(flow.interface.data(), name->data(), std::min(name->size(), flow.interface.size() - 1));
  flow.vlan = static_cast<std::uint16_t>(number_in(row[7]));
  flow.first = Nanoseconds(static_cast<std::int64_t>(number_in(row[8])));
  const auto* ended = std::get_if<bool>(&row[9].is);
  flow.ended = ended && *ended;
  flow.packets = number_in(row[10]);
  flow.bytes = number_in(row[11]);
  flow.reply_packets = number_in(row[12]);
  flow.reply_bytes = number_in(row[13]);
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
    auto rows =
        connection.query(fmt::format("SELECT src_ip, dst_ip, ip_version, src_port, dst_port, protocol, "
                                     "interface, vlan, first_ns, bool_or(ends), "
                                     "max(coalesce(all_packets, packets)), max(coalesce(all_bytes, bytes)), "
                                     "max(coalesce(all_reply_packets, "
                                     "reply_packets)), max(coalesce(all_reply_bytes, reply_bytes)) FROM "
                                     "{}.flows WHERE time_ns >= {} GROUP BY ALL",
                                     file.schema(), recent.since.count()));
    if (!rows) return std::unexpected(rows.error());
    rows->for_each([&](std::span<const Value> row) { recent.flows.push_back(flow_in(row)); });
  }
  return recent;
}

}  // namespace vedette
