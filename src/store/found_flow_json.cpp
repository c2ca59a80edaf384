#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "store/flow_search.h"

namespace vedette {

namespace {

// Facts of TCP alone.
constexpr std::array<std::string_view, 7> kTcp{
    "retransmits", "reply_retransmits", "out_of_order", "zero_windows",
    "resets",      "handshake_rtt_us",  "rtt_us"};

struct Write {
  JsonWriter& json;
  std::string_view name;

  void operator()(std::monostate) const {}
  void operator()(const std::string& text) const { json.field(name, std::string_view(text)); }
  // A flag that isn't set is an absent fact.
  void operator()(bool flag) const {
    if (flag) json.field(name, true);
  }
  void operator()(const auto& number) const { json.field(name, number); }
};

class Row {
 public:
  explicit Row(std::span<const AnswerValue> values) : values_(values) {}

  [[nodiscard]] const AnswerValue& operator[](std::string_view name) const {
    const auto columns = found_columns();
    return values_[static_cast<std::size_t>(std::ranges::find(columns, name, &FoundColumn::name) -
                                            columns.begin())];
  }
  [[nodiscard]] bool has(std::string_view name) const {
    return !std::holds_alternative<std::monostate>((*this)[name]);
  }
  [[nodiscard]] std::uint64_t number(std::string_view name) const {
    const auto* one = std::get_if<std::uint64_t>(&(*this)[name]);
    return one ? *one : 0;
  }

 private:
  std::span<const AnswerValue> values_;
};

void write_process(JsonWriter& json, const Row& row) {
  if (!row.has("process")) return;
  json.key("process");
  json.begin_object();
  std::visit(Write{json, "pid"}, row["pid"]);
  std::visit(Write{json, "name"}, row["process"]);
  std::visit(Write{json, "cgroup"}, row["cgroup"]);
  json.end_object();
}

void write_tunnel(JsonWriter& json, const Row& row) {
  if (!row.has("tunnel")) return;
  json.key("tunnel");
  json.begin_object();
  std::visit(Write{json, "type"}, row["tunnel"]);
  json.end_object();
}

void write_vlan(JsonWriter& json, const Row& row) {
  if (!row.has("vlan")) return;
  json.key("vlan");
  json.begin_array();
  json.value(row.number("vlan"));
  json.end_array();
}

// Whether a member says something of this flow.
bool is_told(std::string_view name, const Row& row) {
  if (name.starts_with("dropped_")) return row.number("dropped_packets") != 0;
  const auto* protocol = std::get_if<std::string>(&row["protocol"]);
  return std::ranges::find(kTcp, name) == kTcp.end() || (protocol && *protocol == "tcp");
}

}  // namespace

std::string found_flow_json(std::span<const AnswerValue> values) {
  const Row row(values);
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  for (const FoundColumn& column : found_columns()) {
    if (column.name == "process")
      write_process(json, row);
    else if (column.name == "tunnel")
      write_tunnel(json, row);
    else if (column.name == "vlan")
      write_vlan(json, row);
    else if (column.name != "pid" && column.name != "cgroup" && is_told(column.name, row))
      std::visit(Write{json, column.name}, row[column.name]);
  }
  json.end_object();
  return fmt::to_string(out);
}

}  // namespace vedette
