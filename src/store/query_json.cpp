#include "store/query_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/prefix.h"
#include "store/wide_address.h"

namespace vedette {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr std::size_t kMostFields = 32;      // measures, dimensions, filters: each
constexpr std::size_t kMostValues = 10'000;  // of one "in"
constexpr std::size_t kMostTop = 100'000;
constexpr std::int64_t kMostBuckets = 100'000;
constexpr auto kUsualSpan = std::chrono::hours(1);

std::string_view type_name(element value) {
  switch (value.type()) {
    case element_type::ARRAY:
      return "an array";
    case element_type::OBJECT:
      return "an object";
    case element_type::INT64:
    case element_type::UINT64:
      return "an integer";
    case element_type::DOUBLE:
      return "a fraction";
    case element_type::STRING:
      return "a text";
    case element_type::BOOL:
      return "true or false";
    case element_type::NULL_VALUE:
      return "null";
  }
  return "something else";
}

std::unexpected<Error> expected(const std::string& place, std::string_view what, element found) {
  return unusable(place, fmt::format("expected {}, found {}", what, type_name(found)));
}

Result<std::string_view> text_in(const std::string& place, element value, std::string_view what = "a text") {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return expected(place, what, value);
  return text;
}

Result<std::uint64_t> number_in(const std::string& place, element value, std::uint64_t most) {
  std::uint64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS)
    return expected(place, fmt::format("a whole number from 0 to {}", most), value);
  if (number > most)
    return unusable(place, fmt::format("expected a whole number from 0 to {}, found {}", most, number));
  return number;
}

Result<array> list_in(const std::string& place, element value, std::size_t most) {
  array list;
  if (value.get(list) != simdjson::SUCCESS) return expected(place, "an array", value);
  if (list.size() > most)
    return unusable(place, fmt::format("expected {} at most, found {}", most, list.size()));
  return list;
}

std::string names_of(QuerySource source, std::uint8_t use) {
  std::string names;
  for (const Field& field : fields(source))
    if (field.use & use) names += fmt::format("{}{}", names.empty() ? "" : ", ", field.name);
  return names;
}

Result<const Field*> field_in(const std::string& place, QuerySource source, std::string_view name,
                              std::uint8_t use, std::string_view what) {
  const Field* field = field_named(source, name);
  if (field && (field->use & use)) return field;
  return unusable(place, fmt::format("\"{}\" is no {} of {}", name, what, query_source_name(source)),
                  fmt::format("these are: {}", names_of(source, use)));
}

Result<Measure> measure_in(const std::string& place, QuerySource source, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, MeasureKind>, 5> kPrefixes{{
      {"distinct:", MeasureKind::kDistinct},
      {"mean:", MeasureKind::kMean},
      {"min:", MeasureKind::kMin},
      {"max:", MeasureKind::kMax},
      {"count:", MeasureKind::kCount},
  }};
  for (const auto& [prefix, kind] : kPrefixes) {
    if (!name.starts_with(prefix)) continue;
    const bool distinct = kind == MeasureKind::kDistinct;
    const auto field = field_in(place, source, name.substr(prefix.size()), distinct ? kBy : kSampled,
                                distinct ? "dimension" : "gauge");
    if (!field) return std::unexpected(field.error());
    return Measure{kind, *field};
  }
  const auto field = field_in(place, source, name, kSum, "measure");
  if (!field) return std::unexpected(field.error());
  return Measure{MeasureKind::kSum, *field};
}

Result<FilterValue> address_in(const std::string& place, element value) {
  const auto text = text_in(place, value, "an address or a prefix as text");
  if (!text) return std::unexpected(text.error());
  const auto prefix = parse_prefix(*text);
  if (!prefix) return unusable(place, prefix.error().text());
  const unsigned __int128 first = wide_address(prefix->address, prefix->ip_version);
  const unsigned bits = Prefix::longest(prefix->ip_version) - prefix->length;
  const unsigned __int128 behind =
      bits == 128 ? ~static_cast<unsigned __int128>(0) : (static_cast<unsigned __int128>(1) << bits) - 1;
  return AddressRange{first, first | behind};
}

Result<FilterValue> value_in(const std::string& place, const Field& field, element value) {
  if (value.is_null()) return FilterValue();
  switch (field.kind) {
    case FieldKind::kAddress:
      return address_in(place, value);
    case FieldKind::kText: {
      const auto text = text_in(place, value);
      if (!text) return std::unexpected(text.error());
      return std::string(*text);
    }
    case FieldKind::kNamed: {
      const auto text = text_in(place, value, "a name");
      if (!text) return std::unexpected(text.error());
      const auto number = number_of_name(field, *text);
      if (!number) return unusable(place, fmt::format("there is no {} called \"{}\"", field.name, *text));
      return *number;
    }
    case FieldKind::kFlag: {
      bool flag = false;
      if (value.get(flag) != simdjson::SUCCESS) return expected(place, "true or false", value);
      // False is the absence of the fact.
      if (!flag) return FilterValue();
      return std::uint64_t{1};
    }
    default:
      break;
  }
  const auto number =
      number_in(place, value, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (!number) return std::unexpected(number.error());
  return *number;
}

bool compares(const Field& field) {
  return field.kind == FieldKind::kNumber || (field.kind == FieldKind::kNamed && field.name == "severity");
}

Result<void> read_op(const std::string& place, element value, Filter& filter) {
  const auto text = text_in(place, value);
  if (!text) return std::unexpected(text.error());
  const auto op = filter_op_of(*text);
  if (!op) return unusable(place, fmt::format("expected =, !=, <, <=, >, >= or in, found \"{}\"", *text));
  const bool by_order = *op != FilterOp::kEqual && *op != FilterOp::kNotEqual && *op != FilterOp::kIn;
  if (by_order && !compares(*filter.field))
    return unusable(place, fmt::format("{} has no order: it takes =, != and in, found \"{}\"",
                                       filter.field->name, *text));
  filter.op = *op;
  return {};
}

Result<void> read_values(const std::string& place, element value, Filter& filter) {
  if (filter.op != FilterOp::kIn) {
    auto one = value_in(place, *filter.field, value);
    if (!one) return std::unexpected(one.error());
    const bool by_order = filter.op != FilterOp::kEqual && filter.op != FilterOp::kNotEqual;
    if (by_order && std::holds_alternative<std::monostate>(*one)) return expected(place, "a value", value);
    filter.values.push_back(std::move(*one));
    return {};
  }
  const auto list = list_in(place, value, kMostValues);
  if (!list) return std::unexpected(list.error());
  if (list->size() == 0) return unusable(place, "expected at least one value, found none");
  std::size_t number = 0;
  for (const element one : *list) {
    auto read = value_in(fmt::format("{}/{}", place, number++), *filter.field, one);
    if (!read) return std::unexpected(read.error());
    filter.values.push_back(std::move(*read));
  }
  return {};
}

Result<void> only_members(const std::string& place, const object& members,
                          std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : members) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string names;
    for (const std::string_view one : known) names += fmt::format("{}{}", names.empty() ? "" : ", ", one);
    return unusable(fmt::format("{}/{}", place, name), "is not known here", "these are: " + names);
  }
  return {};
}

Result<Filter> filter_in(const std::string& place, QuerySource source, element value) {
  object members;
  if (value.get(members) != simdjson::SUCCESS) return expected(place, "an object", value);
  if (auto known = only_members(place, members, {"field", "op", "value"}); !known)
    return std::unexpected(known.error());
  element name, op, of;
  if (members["field"].get(name) != simdjson::SUCCESS) return unusable(place, "\"field\" is missing");
  if (members["value"].get(of) != simdjson::SUCCESS) return unusable(place, "\"value\" is missing");
  const auto text = text_in(place + "/field", name);
  if (!text) return std::unexpected(text.error());
  const auto field = field_in(place + "/field", source, *text, kWhere, "filter");
  if (!field) return std::unexpected(field.error());
  Filter filter{.field = *field, .op = FilterOp::kEqual, .values = {}};
  if (members["op"].get(op) == simdjson::SUCCESS)
    if (auto read = read_op(place + "/op", op, filter); !read) return std::unexpected(read.error());
  if (auto read = read_values(place + "/value", of, filter); !read) return std::unexpected(read.error());
  return filter;
}

class Reading {
 public:
  Reading(const object& members, Nanoseconds now) : members_(members), now_(now) {}

  [[nodiscard]] Result<Query> read() {
    const auto steps = {&Reading::read_source, &Reading::read_measures, &Reading::read_by,
                        &Reading::read_where,  &Reading::read_times,    &Reading::read_bucket,
                        &Reading::read_top};
    if (auto known = only_members(
            "", members_,
            {"from", "measures", "by", "where", "from_ns", "to_ns", "last", "bucket", "top", "others"});
        !known)
      return std::unexpected(known.error());
    for (const auto step : steps)
      if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
    return std::move(query_);
  }

 private:
  [[nodiscard]] std::optional<element> member(std::string_view name) const {
    element value;
    if (members_[name].get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
  }

  Result<void> read_source() {
    const auto value = member("from");
    if (!value) return {};
    const auto text = text_in("/from", *value);
    if (!text) return std::unexpected(text.error());
    const auto source = query_source_named(*text);
    if (!source)
      return unusable("/from", fmt::format("expected flows, findings or interfaces, found \"{}\"", *text));
    query_.from = *source;
    return {};
  }

  Result<void> read_measures() {
    const auto value = member("measures");
    if (!value) {
      query_.measures.push_back(
          {MeasureKind::kSum,
           field_named(query_.from, query_.from == QuerySource::kFindings ? "findings" : "bytes")});
      if (query_.from != QuerySource::kFindings)
        query_.measures.push_back({MeasureKind::kSum, field_named(query_.from, "packets")});
      return {};
    }
    const auto list = list_in("/measures", *value, kMostFields);
    if (!list) return std::unexpected(list.error());
    if (list->size() == 0) return unusable("/measures", "expected at least one, found none");
    for (const element one : *list) {
      const std::string place = fmt::format("/measures/{}", query_.measures.size());
      const auto name = text_in(place, one);
      if (!name) return std::unexpected(name.error());
      const auto measure = measure_in(place, query_.from, *name);
      if (!measure) return std::unexpected(measure.error());
      query_.measures.push_back(*measure);
    }
    return {};
  }

  Result<void> read_by() {
    const auto value = member("by");
    if (!value) return {};
    const auto list = list_in("/by", *value, kMostFields);
    if (!list) return std::unexpected(list.error());
    for (const element one : *list) {
      const std::string place = fmt::format("/by/{}", query_.by.size());
      const auto name = text_in(place, one);
      if (!name) return std::unexpected(name.error());
      const auto field = field_in(place, query_.from, *name, kBy, "dimension");
      if (!field) return std::unexpected(field.error());
      if (std::ranges::find(query_.by, *field) != query_.by.end())
        return unusable(place, fmt::format("\"{}\" stands there twice", *name));
      query_.by.push_back(*field);
    }
    return {};
  }

  Result<void> read_where() {
    const auto value = member("where");
    if (!value) return {};
    const auto list = list_in("/where", *value, kMostFields);
    if (!list) return std::unexpected(list.error());
    for (const element one : *list) {
      auto filter = filter_in(fmt::format("/where/{}", query_.where.size()), query_.from, one);
      if (!filter) return std::unexpected(filter.error());
      query_.where.push_back(std::move(*filter));
    }
    return {};
  }

  Result<void> read_time(std::string_view name, Nanoseconds& time) {
    const auto value = member(name);
    if (!value) return {};
    const auto number = number_in("/" + std::string(name), *value,
                                  static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    if (!number) return std::unexpected(number.error());
    time = Nanoseconds(static_cast<std::int64_t>(*number));
    return {};
  }

  Result<Nanoseconds> read_span(const std::string& place, element value) {
    const auto text = text_in(place, value);
    if (!text) return std::unexpected(text.error());
    const auto span = span_of(*text);
    if (!span)
      return unusable(place, fmt::format("expected a number and s, m, h, d or w, found \"{}\"", *text),
                      "such as 90s, 5m, 1h, 7d");
    return *span;
  }

  Result<void> read_times() {
    query_.end = now_;
    if (auto read = read_time("to_ns", query_.end); !read) return read;
    query_.begin = query_.end - Nanoseconds(kUsualSpan);
    if (const auto last = member("last")) {
      if (member("from_ns")) return unusable("/last", "stands beside from_ns: expected one of both");
      const auto span = read_span("/last", *last);
      if (!span) return std::unexpected(span.error());
      query_.begin = query_.end - *span;
    }
    if (auto read = read_time("from_ns", query_.begin); !read) return read;
    query_.begin = std::max(query_.begin, Nanoseconds{});
    if (query_.begin >= query_.end)
      return unusable(
          member("from_ns") ? "/from_ns" : "/to_ns",
          fmt::format("the span ends ({}) before it begins ({})", query_.end.count(), query_.begin.count()));
    return {};
  }

  Result<void> read_bucket() {
    const auto value = member("bucket");
    if (!value) return {};
    const auto span = read_span("/bucket", *value);
    if (!span) return std::unexpected(span.error());
    const std::int64_t buckets = (query_.end - query_.begin) / *span;
    if (buckets > kMostBuckets)
      return unusable("/bucket", fmt::format("expected {} buckets at most, found {}", kMostBuckets, buckets));
    query_.bucket = *span;
    return {};
  }

  Result<void> read_top() {
    if (const auto value = member("top")) {
      const auto number = number_in("/top", *value, kMostTop);
      if (!number) return std::unexpected(number.error());
      if (*number == 0) return unusable("/top", "expected 1 or more, found 0");
      query_.top = *number;
    }
    if (const auto value = member("others"))
      if (value->get(query_.others) != simdjson::SUCCESS) return expected("/others", "true or false", *value);
    if (query_.others && (query_.top == 0 || query_.by.empty()))
      return unusable("/others", "goes with \"top\" and \"by\" alone");
    return {};
  }

  const object& members_;
  Nanoseconds now_;
  Query query_;
};

}  // namespace

Result<Query> parse_query(std::string_view json, Nanoseconds now) {
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root); error != simdjson::SUCCESS)
    return unusable("", fmt::format("expected a JSON object: {}", simdjson::error_message(error)));
  object members;
  if (root.get(members) != simdjson::SUCCESS) return expected("", "an object", root);
  return Reading(members, now).read();
}

std::optional<Nanoseconds> span_of(std::string_view text) {
  constexpr std::array<std::pair<char, std::int64_t>, 5> kUnits{
      {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 7 * 86'400}}};
  if (text.empty()) return std::nullopt;
  const auto* unit = std::ranges::find(kUnits, text.back(), &std::pair<char, std::int64_t>::first);
  if (unit == kUnits.end()) return std::nullopt;
  text.remove_suffix(1);
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr std::int64_t kMostSeconds = std::int64_t{200} * 366 * 86'400;
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number <= 0 ||
      number > kMostSeconds / unit->second)
    return std::nullopt;
  return std::chrono::seconds(number * unit->second);
}

}  // namespace vedette
