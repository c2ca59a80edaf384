// What each column of the stored tables is of a row, in the order of raw_columns(): told to whoever encodes
// them for an engine, column by column.
//
// Columns has begin(rows), and a call a column with `of(i)`, the value of row i: values<T>(of); known<T>(of),
// absent where it is 0; values_if<T>(of, is), absent where not is(i); texts(of), absent where empty (a view,
// or a text that is gone behind the call); addresses(of) and addresses_if(of, is), of 128 bits.
#pragma once

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "packet/client_fingerprint.h"
#include "packet/spoken.h"
#include "store/row_batch.h"
#include "store/wide_address.h"

namespace vedette::row_columns {

using namespace std::chrono_literals;

inline const FlowTexts& texts_of(const FlowRow& row) {
  static const FlowTexts kNone;
  return row.texts ? *row.texts : kNone;
}

inline std::string_view text_of(const std::array<char, 16>& name) {
  return {name.data(), strnlen(name.data(), name.size())};
}

inline std::string_view text_of(const std::array<char, 2>& country) {
  return {country.data(), country[0] == 0 ? std::size_t{0} : country.size()};
}

// In the order of raw_columns(kFlows).
template <typename Columns>
void fill(Columns& to, std::span<const FlowRow* const> rows) {
  const auto row = [&](std::size_t i) -> const FlowRow& { return *rows[i]; };
  std::vector<const Spoken*> spoken_by;  // each look-up takes a lock
  spoken_by.reserve(rows.size());
  for (const FlowRow* one : rows) spoken_by.push_back(&spoken(one->spoken));
  const auto what = [&](std::size_t i) -> const Spoken& { return *spoken_by[i]; };
  const auto has_ports = [&](std::size_t i) { return row(i).has_ports; };
  const auto goes_on = [&](std::size_t i) { return !row(i).begins; };
  to.begin(rows.size());
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).time.count(); });
  to.template values<std::int64_t>([&](std::size_t i) { return (row(i).time - row(i).first) / 1us; });
  to.addresses([&](std::size_t i) { return wide_address(row(i).src, row(i).ip_version); });
  to.addresses([&](std::size_t i) { return wide_address(row(i).dst, row(i).ip_version); });
  to.template values_if<std::uint16_t>([&](std::size_t i) { return row(i).src_port; }, has_ports);
  to.template values_if<std::uint16_t>([&](std::size_t i) { return row(i).dst_port; }, has_ports);
  to.template values<std::uint8_t>([&](std::size_t i) { return row(i).protocol; });
  to.template values<std::uint8_t>([&](std::size_t i) { return row(i).ip_version; });
  to.texts([&](std::size_t i) { return text_of(row(i).interface); });
  to.template known<std::uint16_t>([&](std::size_t i) { return row(i).vlan; });
  to.template known<std::uint8_t>([&](std::size_t i) { return row(i).tunnel; });
  to.template values<std::uint8_t>([&](std::size_t i) { return row(i).state; });
  to.template known<std::uint8_t>([&](std::size_t i) { return row(i).verdict; });
  to.texts([&](std::size_t i) { return std::string_view(what(i).app); });
  to.texts([&](std::size_t i) { return std::string_view(what(i).app_version); });
  to.template values_if<bool>([](std::size_t) { return true; },
                              [&](std::size_t i) { return !what(i).outdated_reason.empty(); });
  to.texts([&](std::size_t i) { return std::string_view(texts_of(row(i)).process); });
  to.template known<std::uint32_t>([&](std::size_t i) { return row(i).pid; });
  to.texts([&](std::size_t i) { return std::string_view(texts_of(row(i)).cgroup); });
  to.texts([&](std::size_t i) { return std::string_view(texts_of(row(i)).src_name); });
  to.texts([&](std::size_t i) { return std::string_view(texts_of(row(i)).dst_name); });
  to.texts([&](std::size_t i) { return text_of(row(i).src_country); });
  to.texts([&](std::size_t i) { return text_of(row(i).dst_country); });
  to.template known<std::uint32_t>([&](std::size_t i) { return row(i).src_asn; });
  to.template known<std::uint32_t>([&](std::size_t i) { return row(i).dst_asn; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).begins ? 1 : 0; });
  to.template values<bool>([&](std::size_t i) { return row(i).ends; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).bytes; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).packets; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).reply_bytes; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).reply_packets; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).retransmits; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).reply_retransmits; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).out_of_order; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).zero_windows; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).resets; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).dropped_packets; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).dropped_bytes; });
  to.template values_if<std::int64_t>([&](std::size_t i) { return row(i).all_packets; }, goes_on);
  to.template values_if<std::int64_t>([&](std::size_t i) { return row(i).all_bytes; }, goes_on);
  to.template values_if<std::int64_t>([&](std::size_t i) { return row(i).all_reply_packets; }, goes_on);
  to.template values_if<std::int64_t>([&](std::size_t i) { return row(i).all_reply_bytes; }, goes_on);
  to.template known<std::int64_t>([&](std::size_t i) { return row(i).handshake_rtt_us; });
  to.template known<std::int64_t>([&](std::size_t i) { return row(i).rtt_us; });
  to.texts([&](std::size_t i) { return client_fingerprint(row(i).fingerprint); });
}

inline bool is_address(const std::optional<Prefix>& prefix) {
  return prefix && prefix->length == Prefix::longest(prefix->ip_version);
}

template <typename Columns>
void fill(Columns& to, std::span<const FindingRow* const> rows) {
  const auto one = [&](std::size_t i) -> const Finding& { return rows[i]->finding; };
  const auto address_of = [](const std::optional<Prefix>& prefix) {
    return wide_address(prefix->address, prefix->ip_version);
  };
  to.begin(rows.size());
  to.template values<std::int64_t>([&](std::size_t i) { return one(i).detected.count(); });
  to.template values<std::int64_t>([&](std::size_t i) { return rows[i]->told.count(); });
  std::vector<std::string> ids, sources;
  for (const FindingRow* row : rows) {
    ids.push_back(finding_id(row->finding));
    const auto& source = row->finding.source;
    sources.push_back(source && !is_address(source) ? prefix_text(*source) : "");
  }
  to.texts([&](std::size_t i) { return std::string_view(ids[i]); });
  to.template values<std::uint8_t>([&](std::size_t i) { return one(i).kind; });
  to.template values<std::uint8_t>([&](std::size_t i) { return one(i).severity; });
  to.texts([&](std::size_t i) { return one(i).detector; });
  to.addresses_if([&](std::size_t i) { return address_of(one(i).source); },
                  [&](std::size_t i) { return is_address(one(i).source); });
  to.texts([&](std::size_t i) { return std::string_view(sources[i]); });
  to.addresses_if([&](std::size_t i) { return address_of(one(i).target); },
                  [&](std::size_t i) { return is_address(one(i).target); });
  to.template values_if<std::uint16_t>([&](std::size_t i) { return *one(i).port; },
                                       [&](std::size_t i) { return one(i).port.has_value(); });
  to.template values<std::uint8_t>([&](std::size_t i) { return one(i).action; });
  to.texts([&](std::size_t i) { return std::string_view(one(i).why); });
  to.template values<std::int64_t>([&](std::size_t i) { return one(i).first.count(); });
  to.template values<std::int64_t>([&](std::size_t i) { return one(i).last.count(); });
  to.template values<std::int64_t>([](std::size_t) { return 1; });
  to.template values<std::int64_t>([&](std::size_t i) { return one(i).packets; });
  to.template values<std::int64_t>([&](std::size_t i) { return one(i).bytes; });
  to.template values<double>([&](std::size_t i) { return one(i).score; });
  to.template values<double>([&](std::size_t i) { return one(i).threshold; });
}

template <typename Columns>
void fill(Columns& to, std::span<const InterfaceRow* const> rows) {
  const auto row = [&](std::size_t i) -> const InterfaceRow& { return *rows[i]; };
  to.begin(rows.size());
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).time.count(); });
  to.texts([&](std::size_t i) { return text_of(row(i).interface); });
  to.template values<std::uint8_t>([&](std::size_t i) { return row(i).direction; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).packets; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).bytes; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).dropped_packets; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).dropped_bytes; });
  to.template values<std::int64_t>([&](std::size_t i) { return row(i).lost_packets; });
}

}  // namespace vedette::row_columns
