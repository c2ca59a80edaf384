#include "tests/store/plain_answer.h"

#include <algorithm>
#include <cstring>
#include <map>
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

// A dimension of a row, as an answer tells it.
AnswerValue fact(const FlowRow& row, std::string_view name) {
  static const FlowTexts kNone;
  const FlowTexts& texts = row.texts ? *row.texts : kNone;
  const Spoken& what = spoken(row.spoken);
  if (name == "sensor") return text(sensor_of({}));
  if (name == "fingerprint") return text(client_fingerprint(row.fingerprint));
  if (name == "src_ip") return address_text(row.src, row.ip_version);
  if (name == "dst_ip") return address_text(row.dst, row.ip_version);
  if (name == "src_port") return row.has_ports ? AnswerValue(std::uint64_t{row.src_port}) : AnswerValue();
  if (name == "dst_port") return row.has_ports ? AnswerValue(std::uint64_t{row.dst_port}) : AnswerValue();
  if (name == "protocol") return protocol_text(row.protocol);
  if (name == "ip_version") return std::uint64_t{row.ip_version};
  if (name == "interface") return text(row.interface);
  if (name == "vlan") return known(row.vlan);
  if (name == "tunnel") return row.tunnel == 0 ? AnswerValue() : text(tunnel_name(row.tunnel));
  if (name == "state") return text(flow_state_name(static_cast<FlowState>(row.state)));
  if (name == "verdict") return row.verdict == 0 ? AnswerValue() : text(verdict_name(row.verdict));
  if (name == "app") return text(what.app);
  if (name == "app_version") return text(what.app_version);
  if (name == "outdated") return what.outdated_reason.empty() ? AnswerValue() : AnswerValue(true);
  if (name == "process") return text(texts.process);
  if (name == "pid") return known(row.pid);
  if (name == "cgroup") return text(texts.cgroup);
  if (name == "src_name") return text(texts.src_name);
  if (name == "dst_name") return text(texts.dst_name);
  if (name == "src_country") return text(row.src_country);
  if (name == "dst_country") return text(row.dst_country);
  if (name == "src_asn") return known(row.src_asn);
  if (name == "dst_asn") return known(row.dst_asn);
  if (name == "handshake_rtt_us") return known(row.handshake_rtt_us);
  if (name == "rtt_us") return known(row.rtt_us);
  throw std::logic_error("unknown dimension " + std::string(name));
}

std::uint64_t amount(const FlowRow& row, std::string_view name) {
  const std::map<std::string_view, std::uint64_t> all{
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
  };
  return all.at(name);
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
  const std::uint64_t left = std::get<std::uint64_t>(found),
                      right = std::get<std::uint64_t>(filter.values[0]);
  if (filter.op == FilterOp::kLess) return left < right;
  if (filter.op == FilterOp::kAtMost) return left <= right;
  if (filter.op == FilterOp::kAbove) return left > right;
  return left >= right;
}

bool holds(const FlowRow& row, const Filter& filter) {
  if (filter.field->other.empty()) return holds(fact(row, filter.field->column), filter);
  const bool one = holds(fact(row, filter.field->column), filter);
  const bool other = holds(fact(row, filter.field->other), filter);
  return filter.op == FilterOp::kNotEqual ? one && other : one || other;
}

AnswerValue measured(const Measure& measure, const std::vector<const FlowRow*>& rows) {
  if (measure.kind == MeasureKind::kSum) {
    std::uint64_t sum = 0;
    for (const FlowRow* row : rows) sum += amount(*row, measure.field->name);
    return sum;
  }
  std::set<AnswerValue> values;
  std::uint64_t sum = 0, count = 0;
  for (const FlowRow* row : rows) {
    const AnswerValue value = fact(*row, measure.field->name);
    if (std::holds_alternative<std::monostate>(value)) continue;
    values.insert(value);
    if (measure.kind == MeasureKind::kDistinct) continue;
    sum += std::get<std::uint64_t>(value);
    count++;
  }
  if (measure.kind == MeasureKind::kDistinct) return std::uint64_t{values.size()};
  if (measure.kind == MeasureKind::kCount) return count;
  if (values.empty()) return {};
  if (measure.kind == MeasureKind::kMean) return static_cast<double>(sum) / static_cast<double>(count);
  return measure.kind == MeasureKind::kMin ? *values.begin() : *values.rbegin();
}

}  // namespace

std::vector<Row> plain_answer(const Query& query, const std::vector<FlowRow>& rows) {
  std::map<Row, std::vector<const FlowRow*>> by_key;
  std::vector<const FlowRow*> matching;
  for (const FlowRow& row : rows) {
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

  std::map<Row, std::vector<const FlowRow*>> groups;
  for (const FlowRow* row : matching) {
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

}  // namespace vedette::tests
