#include "tests/store/plain_answer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/address.h"
#include "base/prefix.h"
#include "flow/flow.h"
#include "packet/client_fingerprint.h"
#include "packet/names.h"
#include "packet/spoken.h"
#include "store/store.h"

namespace vedette::tests {

namespace {

using Row = std::vector<AnswerValue>;

AnswerValue text(std::string_view text) {
  if (text.empty()) return {};
  return std::string(text);
}

AnswerValue known(std::uint64_t number) {
  if (number == 0) return {};
  return number;
}

template <std::size_t N>
AnswerValue text(const std::array<char, N>& name) {
  return text(std::string_view(name.data(), strnlen(name.data(), N)));
}

// Of an address alone, or of a network alone.
AnswerValue address_of(const std::optional<Prefix>& prefix) {
  if (!prefix || prefix->length != Prefix::longest(prefix->ip_version)) return {};
  return address_text(prefix->address, prefix->ip_version);
}
AnswerValue network_of(const std::optional<Prefix>& prefix) {
  if (!prefix || prefix->length == Prefix::longest(prefix->ip_version)) return {};
  return prefix_text(*prefix);
}

PlainRow plain_row(const FlowRow& row) {
  static const FlowTexts kNone;
  const FlowTexts& texts = row.texts ? *row.texts : kNone;
  const Spoken& what = spoken(row.spoken);
  const auto port = [&](std::uint16_t number) {
    return row.has_ports ? AnswerValue(std::uint64_t{number}) : AnswerValue();
  };
  return {.time = row.time,
          .facts =
              {
                  {"sensor", text(sensor_of({}))},
                  {"fingerprint", text(client_fingerprint(row.fingerprint))},
                  {"src_ip", address_text(row.src, row.ip_version)},
                  {"dst_ip", address_text(row.dst, row.ip_version)},
                  {"src_port", port(row.src_port)},
                  {"dst_port", port(row.dst_port)},
                  {"protocol", protocol_text(row.protocol)},
                  {"ip_version", std::uint64_t{row.ip_version}},
                  {"interface", text(row.interface)},
                  {"vlan", known(row.vlan)},
                  {"tunnel", row.tunnel == 0 ? AnswerValue() : text(tunnel_name(row.tunnel))},
                  {"state", text(flow_state_name(static_cast<FlowState>(row.state)))},
                  {"verdict", row.verdict == 0 ? AnswerValue() : text(verdict_name(row.verdict))},
                  {"app", text(what.app)},
                  {"app_version", text(what.app_version)},
                  {"outdated", what.outdated_reason.empty() ? AnswerValue() : AnswerValue(true)},
                  {"process", text(texts.process)},
                  {"pid", known(row.pid)},
                  {"cgroup", text(texts.cgroup)},
                  {"src_name", text(texts.src_name)},
                  {"dst_name", text(texts.dst_name)},
                  {"src_country", text(row.src_country)},
                  {"dst_country", text(row.dst_country)},
                  {"src_asn", known(row.src_asn)},
                  {"dst_asn", known(row.dst_asn)},
                  {"handshake_rtt_us", known(row.handshake_rtt_us)},
                  {"rtt_us", known(row.rtt_us)},
              },
          .amounts = {
              {"flows", row.begins ? 1 : 0},
              {"bytes", row.bytes},
              {"packets", row.packets},
              {"reply_bytes", row.reply_bytes},
              {"reply_packets", row.reply_packets},
              {"retransmits", row.retransmits},
              {"reply_retransmits", row.reply_retransmits},
              {"out_of_order", row.out_of_order},
              {"zero_windows", row.zero_windows},
              {"resets", row.resets},
              {"dropped_packets", row.dropped_packets},
              {"dropped_bytes", row.dropped_bytes},
          }};
}

PlainRow plain_row(const InterfaceRow& row) {
  return {.time = row.time,
          .facts =
              {
                  {"sensor", text(sensor_of({}))},
                  {"interface", text(row.interface)},
                  {"direction", text(direction_name(row.direction))},
              },
          .amounts = {
              {"packets", row.packets},
              {"bytes", row.bytes},
              {"dropped_packets", row.dropped_packets},
              {"dropped_bytes", row.dropped_bytes},
              {"lost_packets", row.lost_packets},
          }};
}

PlainRow plain_row(const Finding& finding) {
  return {.time = finding.detected,
          .facts =
              {
                  {"sensor", text(sensor_of({}))},
                  {"id", finding_id(finding)},
                  {"kind", text(finding_kind_name(finding.kind))},
                  {"severity", text(severity_name(finding.severity))},
                  {"detector", text(finding.detector)},
                  {"src_ip", address_of(finding.source)},
                  {"src_prefix", network_of(finding.source)},
                  {"dst_ip", address_of(finding.target)},
                  {"dst_port", finding.port ? AnswerValue(std::uint64_t{*finding.port}) : AnswerValue()},
                  {"action", text(finding_action_name(finding.action))},
                  {"why", text(finding.why)},
                  {"score", finding.score},
              },
          .amounts = {{"findings", 1}, {"packets", finding.packets}, {"bytes", finding.bytes}}};
}

template <typename Source>
std::vector<PlainRow> all_plain(const std::vector<Source>& rows) {
  std::vector<PlainRow> plain;
  plain.reserve(rows.size());
  for (const Source& row : rows) plain.push_back(plain_row(row));
  return plain;
}

const AnswerValue& fact(const PlainRow& row, std::string_view name) {
  const auto found = row.facts.find(name);
  if (found == row.facts.end()) throw std::logic_error("unknown fact " + std::string(name));
  return found->second;
}

std::uint64_t amount(const PlainRow& row, std::string_view name) {
  const auto found = row.amounts.find(name);
  if (found == row.amounts.end()) throw std::logic_error("unknown amount " + std::string(name));
  return found->second;
}

bool in_range(std::string_view address, const AddressRange& range) {
  vdt_address bytes{};
  unsigned __int128 number = 0;
  const std::string copy(address);
  if (copy.find(':') == std::string::npos) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (std::sscanf(copy.c_str(), "%u.%u.%u.%u", &a, &b, &c, &d) != 4) throw std::logic_error(copy);
    number = (static_cast<unsigned __int128>(0xffff) << 32) | (a << 24) | (b << 16) | (c << 8) | d;
  } else {
    const auto prefix = parse_prefix(copy);
    bytes = prefix.value().address;
    for (const std::uint8_t byte : bytes.bytes) number = (number << 8) | byte;
  }
  return number >= range.first && number <= range.last;
}

bool equals(const AnswerValue& found, const Field& field, const FilterValue& wanted) {
  if (std::holds_alternative<std::monostate>(wanted)) return std::holds_alternative<std::monostate>(found);
  if (std::holds_alternative<std::monostate>(found)) return false;
  if (const auto* range = std::get_if<AddressRange>(&wanted))
    return in_range(std::get<std::string>(found), *range);
  if (const auto* name = std::get_if<std::string>(&wanted)) return std::get<std::string>(found) == *name;
  const std::uint64_t number = std::get<std::uint64_t>(wanted);
  if (field.kind == FieldKind::kNamed) return std::get<std::string>(found) == field.names.name(number);
  if (field.kind == FieldKind::kFlag) return std::get<bool>(found) == (number == 1);
  return std::get<std::uint64_t>(found) == number;
}

bool holds(const AnswerValue& found, const Filter& filter) {
  const auto any = [&] {
    return std::ranges::any_of(filter.values,
                               [&](const FilterValue& one) { return equals(found, *filter.field, one); });
  };
  if (filter.op == FilterOp::kEqual || filter.op == FilterOp::kIn) return any();
  if (filter.op == FilterOp::kNotEqual) return !any();
  if (std::holds_alternative<std::monostate>(found)) return false;
  // What has a name goes by its number.
  const auto* name = std::get_if<std::string>(&found);
  const std::uint64_t left =
      name ? number_of_name(*filter.field, *name).value() : std::get<std::uint64_t>(found);
  const std::uint64_t right = std::get<std::uint64_t>(filter.values[0]);
  if (filter.op == FilterOp::kLess) return left < right;
  if (filter.op == FilterOp::kAtMost) return left <= right;
  if (filter.op == FilterOp::kAbove) return left > right;
  return left >= right;
}

bool holds(const PlainRow& row, const Filter& filter) {
  if (filter.field->other.empty()) return holds(fact(row, filter.field->column), filter);
  const bool one = holds(fact(row, filter.field->column), filter);
  const bool other = holds(fact(row, filter.field->other), filter);
  return filter.op == FilterOp::kNotEqual ? one && other : one || other;
}

AnswerValue measured(const Measure& measure, const std::vector<const PlainRow*>& rows) {
  if (measure.kind == MeasureKind::kSum) {
    std::uint64_t sum = 0;
    for (const PlainRow* row : rows) sum += amount(*row, measure.field->name);
    return sum;
  }
  std::set<AnswerValue> values;
  double sum = 0;
  std::uint64_t count = 0;
  for (const PlainRow* row : rows) {
    const AnswerValue& value = fact(*row, measure.field->name);
    if (std::holds_alternative<std::monostate>(value)) continue;
    values.insert(value);
    if (measure.kind == MeasureKind::kDistinct) continue;
    const auto* real = std::get_if<double>(&value);
    sum += real ? *real : static_cast<double>(std::get<std::uint64_t>(value));
    count++;
  }
  if (measure.kind == MeasureKind::kDistinct) return std::uint64_t{values.size()};
  if (measure.kind == MeasureKind::kCount) return count;
  if (values.empty()) return {};
  if (measure.kind == MeasureKind::kMean) return sum / static_cast<double>(count);
  return measure.kind == MeasureKind::kMin ? *values.begin() : *values.rbegin();
}

}  // namespace

std::vector<PlainRow> plain_rows(const std::vector<FlowRow>& rows) {
  return all_plain(rows);
}

std::vector<PlainRow> plain_rows(const std::vector<InterfaceRow>& rows) {
  return all_plain(rows);
}

std::vector<PlainRow> plain_rows(const std::vector<Finding>& news) {
  std::map<std::string, PlainRow> latest;
  for (const Finding& finding : news) latest[finding_id(finding)] = plain_row(finding);
  std::vector<PlainRow> plain;
  for (auto& [id, row] : latest) plain.push_back(std::move(row));
  return plain;
}

std::vector<Row> plain_answer(const Query& query, const std::vector<FlowRow>& rows) {
  return plain_answer(query, plain_rows(rows));
}

std::vector<Row> plain_answer(const Query& query, const std::vector<PlainRow>& rows) {
  std::map<Row, std::vector<const PlainRow*>> by_key;
  std::vector<const PlainRow*> matching;
  for (const PlainRow& row : rows) {
    if (row.time < query.begin || row.time >= query.end) continue;
    if (!std::ranges::all_of(query.where, [&](const Filter& filter) { return holds(row, filter); })) continue;
    matching.push_back(&row);
    Row key;
    for (const Field* field : query.by) key.push_back(fact(row, field->name));
    by_key[key].push_back(&row);
  }
  // The keys of the top: of equal ones the set may be chosen either way, which random sums don't come to.
  std::set<Row> top;
  std::vector<std::pair<AnswerValue, Row>> ranked;
  for (const auto& [key, of] : by_key) ranked.emplace_back(measured(query.measures[0], of), key);
  std::ranges::sort(ranked, [](const auto& a, const auto& b) { return a.first > b.first; });
  const std::size_t most = query.top == 0 || query.by.empty() ? ranked.size() : query.top;
  for (std::size_t i = 0; i < std::min(most, ranked.size()); i++) top.insert(ranked[i].second);

  std::map<Row, std::vector<const PlainRow*>> groups;
  for (const PlainRow* row : matching) {
    Row key;
    if (query.bucket != Nanoseconds{})
      key.push_back(static_cast<std::uint64_t>((row->time - row->time % query.bucket).count()));
    Row dimensions;
    for (const Field* field : query.by) dimensions.push_back(fact(*row, field->name));
    const bool in_top = top.contains(dimensions);
    if (!in_top && !query.others) continue;
    for (const AnswerValue& value : dimensions) key.push_back(in_top ? value : AnswerValue());
    if (query.others) key.push_back(!in_top);
    groups[key].push_back(row);
  }
  std::vector<Row> answer;
  for (const auto& [key, of] : groups) {
    Row row(key.begin(), key.end() - (query.others ? 1 : 0));
    for (const Measure& measure : query.measures) row.push_back(measured(measure, of));
    if (query.others) row.push_back(key.back());
    answer.push_back(std::move(row));
  }
  return answer;
}

std::vector<Row> comparable(std::vector<Row> rows) {
  for (Row& row : rows)
    for (AnswerValue& value : row)
      if (auto* real = std::get_if<double>(&value)) *real = std::round(*real * 1000) / 1000;
  std::ranges::sort(rows);
  return rows;
}

}  // namespace vedette::tests
