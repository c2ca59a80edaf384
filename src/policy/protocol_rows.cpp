#include "policy/protocol_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "abi/verdict.h"
#include "policy/cover.h"

namespace vedette {

namespace {

std::vector<Prefix> of_version(const std::vector<Prefix>& networks, std::uint8_t ip_version) {
  if (networks.empty()) return {Prefix{.address = {}, .ip_version = 0, .length = 0}};
  std::vector<Prefix> some;
  std::ranges::copy_if(networks, std::back_inserter(some),
                       [&](const Prefix& one) { return one.ip_version == ip_version; });
  return some;
}

void set_network(const Prefix& prefix, vdt_address& address, vdt_address& mask) {
  if (prefix.ip_version == 0) return;
  address = prefix.address;
  for (std::uint32_t bit = 0; bit < prefix.length; bit++)
    mask.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
}

// What the kernel must leave to the decoders, as an entry before this one may let it pass.
std::uint64_t left_by(std::span<const ProtocolEntry> before, const ProtocolEntry& entry) {
  std::uint64_t classes = 0;
  for (const ProtocolEntry& one : before)
    if (one.shadow == entry.shadow && !one.refuses() && may_meet(one.where, entry.where))
      classes |= classes_left_by(one);
  return classes;
}

}  // namespace

std::uint8_t verdict_of(const ProtocolEntry& entry) {
  switch (entry.verdict) {
    case RuleVerdict::kReject:
      return VDT_VERDICT_REJECT;
    case RuleVerdict::kMark:
      return VDT_VERDICT_MARK;
    case RuleVerdict::kDscp:
      return VDT_VERDICT_DSCP;
    case RuleVerdict::kSample:
      return VDT_VERDICT_SAMPLE;
    case RuleVerdict::kPass:
      return VDT_VERDICT_NONE;
    default:
      return VDT_VERDICT_DROP;
  }
}

namespace {

// The rows of one IP version; 0: of both, where no network is named.
void add_rows(const ProtocolEntry& entry, std::uint8_t ip_version, vdt_protocol_row row,
              vdt_protocols& table) {
  const Match& where = entry.where;
  const std::vector<NumberRange> ports =
      where.destination_port.empty() ? std::vector{NumberRange()} : where.destination_port;
  row.ip_version = ip_version;
  for (const Prefix& source : of_version(where.source, ip_version))
    for (const Prefix& destination : of_version(where.destination, ip_version))
      for (const NumberRange& range : ports) {
        row.src = row.src_mask = row.dst = row.dst_mask = {};
        set_network(source, row.src, row.src_mask);
        set_network(destination, row.dst, row.dst_mask);
        row.port_first = range.first;
        row.port_last = range.last;
        table.row[table.rows++] = row;
      }
}

}  // namespace

Result<std::unique_ptr<vdt_protocols>> compile_protocols(std::span<const ProtocolEntry> entries,
                                                         std::span<const std::uint32_t> counters) {
  std::size_t rows = 0;
  for (const ProtocolEntry& entry : entries) rows += rows_of(entry);
  if (entries.size() > VDT_PROTOCOL_ENTRIES || rows > VDT_PROTOCOL_ROWS)
    return unusable("protocols", fmt::format("expected {} entries and {} combinations of networks and ports "
                                             "at most, found {} and {}",
                                             VDT_PROTOCOL_ENTRIES, VDT_PROTOCOL_ROWS, entries.size(), rows));
  auto table = std::make_unique<vdt_protocols>();
  for (std::size_t at = 0; at < entries.size(); at++) {
    const ProtocolEntry& entry = entries[at];
    const std::size_t size = std::min<std::size_t>(entry.name.size(), VDT_PROTOCOL_NAME - 1);
    std::copy_n(entry.name.begin(), size, table->name[counters[at]]);
    vdt_protocol_row row{};
    row.classes = classes_of(entry) & ~left_by(entries.first(at), entry);
    if (row.classes == 0) continue;
    table->classes |= row.classes;
    row.entry = static_cast<std::uint16_t>(counters[at]);
    row.flags = static_cast<std::uint8_t>((entry.observe ? VDT_PROTOCOL_OBSERVE : 0) |
                                          (entry.shadow ? VDT_PROTOCOL_SHADOW : 0));
    row.verdict = verdict_of(entry);
    row.value = entry.value;
    if (entry.where.source.empty() && entry.where.destination.empty()) {
      add_rows(entry, 0, row, *table);
      continue;
    }
    add_rows(entry, 4, row, *table);
    add_rows(entry, 6, row, *table);
  }
  return table;
}

}  // namespace vedette
