#include "store/flow_search_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "flow/flow_filter.h"
#include "flow/flow_order.h"

namespace vedette {

namespace {

// Rows of one flow say within a microsecond when it began, and a flow of several rows lasts longer than this.
constexpr std::int64_t kSameBegin = 10'000'000'000;

constexpr std::array kColumns{
    FoundColumn{"first_ns", FoundMerge::kBegin},
    FoundColumn{"last_ns", FoundMerge::kEnd},
    FoundColumn{"src_ip", FoundMerge::kKey},
    FoundColumn{"src_port", FoundMerge::kKey},
    FoundColumn{"dst_ip", FoundMerge::kKey},
    FoundColumn{"dst_port", FoundMerge::kKey},
    FoundColumn{"protocol", FoundMerge::kKey},
    FoundColumn{"ip_version", FoundMerge::kKey},
    FoundColumn{"vlan", FoundMerge::kKey},
    FoundColumn{"tunnel", FoundMerge::kKey},
    FoundColumn{"interface", FoundMerge::kKey},
    FoundColumn{kSensorColumn, FoundMerge::kKey},
    FoundColumn{"packets", FoundMerge::kSum},
    FoundColumn{"bytes", FoundMerge::kSum},
    FoundColumn{"reply_packets", FoundMerge::kSum},
    FoundColumn{"reply_bytes", FoundMerge::kSum},
    FoundColumn{"state", FoundMerge::kLatest},
    FoundColumn{"handshake_rtt_us", FoundMerge::kMost},
    FoundColumn{"rtt_us", FoundMerge::kMost},
    FoundColumn{"retransmits", FoundMerge::kSum},
    FoundColumn{"reply_retransmits", FoundMerge::kSum},
    FoundColumn{"out_of_order", FoundMerge::kSum},
    FoundColumn{"zero_windows", FoundMerge::kSum},
    FoundColumn{"resets", FoundMerge::kSum},
    FoundColumn{"app", FoundMerge::kLatest},
    FoundColumn{"app_version", FoundMerge::kLatest},
    FoundColumn{"outdated", FoundMerge::kLatest},
    FoundColumn{"fingerprint", FoundMerge::kLatest},
    FoundColumn{"verdict", FoundMerge::kLatest},
    FoundColumn{"pid", FoundMerge::kLatest},
    FoundColumn{"process", FoundMerge::kLatest},
    FoundColumn{"cgroup", FoundMerge::kLatest},
    FoundColumn{"dropped_packets", FoundMerge::kSum},
    FoundColumn{"dropped_bytes", FoundMerge::kSum},
    FoundColumn{"src_name", FoundMerge::kLatest},
    FoundColumn{"dst_name", FoundMerge::kLatest},
    FoundColumn{"src_country", FoundMerge::kLatest},
    FoundColumn{"dst_country", FoundMerge::kLatest},
    FoundColumn{"src_asn", FoundMerge::kLatest},
    FoundColumn{"dst_asn", FoundMerge::kLatest},
};

// What a sort key is made of, where it isn't a column alone.
struct SortTerms {
  std::string_view key, terms;  // a comma between terms
};
constexpr std::array kSortTerms{
    SortTerms{"duration_ns", "last_ns - first_ns"},
    SortTerms{"src_ip", "ip_version,src_ip"},
    SortTerms{"dst_ip", "ip_version,dst_ip"},
    SortTerms{"total_packets", "packets + reply_packets"},
    SortTerms{"total_bytes", "bytes + reply_bytes"},
    SortTerms{"total_retransmits", "retransmits + reply_retransmits"},
};
constexpr std::string_view kTieTerms = "first_ns,src_ip,dst_ip,src_port,dst_port";

std::size_t number_of(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(kColumns, name, &FoundColumn::name) - kColumns.begin());
}

bool is_address(const FoundColumn& column) {
  return column.name.ends_with("_ip");
}

class Statement {
 public:
  Statement(const FlowSearch& search, std::span<const std::string> tables, const std::string& counted,
            const FlowSearchLanguage& language)
      : search_(search), tables_(tables), counted_(counted), language_(language) {}

  [[nodiscard]] Result<FlowSearchStatements> both() {
    const auto filter = FlowFilter::compile(search_.filter);
    if (!filter) return std::unexpected(filter.error());
    auto condition = flow_condition(*filter, language_.condition);
    if (!condition) return std::unexpected(condition.error());
    condition_ = fmt::format("time_ns >= {} AND time_ns < {}{} AND {}", search_.begin.count(),
                             search_.end.count(), counted_.empty() ? "" : " AND " + counted_, *condition);
    const auto order = order_by();
    if (!order) return std::unexpected(order.error());
    return FlowSearchStatements{.rows = rows(*order), .total = total()};
  }

 private:
  // "c2" of the statement's columns; of an address that is stored in two, both.
  [[nodiscard]] std::vector<std::string> aliases(std::size_t number) const {
    if (!is_address(kColumns[number])) return {fmt::format("c{}", number)};
    std::vector<std::string> all;
    for (std::size_t i = 0; i < language_.address_columns(kColumns[number].name).size(); i++)
      all.push_back(fmt::format("c{}_{}", number, i));
    return all;
  }

  [[nodiscard]] std::string begin_of_row() const { return "time_ns - span_us * 1000"; }

  [[nodiscard]] std::string same_begin() const {
    return fmt::format(fmt::runtime(language_.condition.quotient), "(" + begin_of_row() + ")", kSameBegin);
  }

  [[nodiscard]] std::string value(const FoundColumn& column, bool merged) const {
    const std::string name(column.name);
    std::string text = name;
    if (column.merge == FoundMerge::kBegin)
      text = merged ? "min(" + begin_of_row() + ")" : begin_of_row();
    else if (column.merge == FoundMerge::kEnd)
      text = merged ? "max(time_ns)" : "time_ns";
    else if (merged && column.merge == FoundMerge::kSum)
      text = "sum(" + name + ")";
    else if (merged && column.merge == FoundMerge::kMost)
      text = "max(" + name + ")";
    else if (merged && column.merge == FoundMerge::kLatest)
      text = fmt::format(fmt::runtime(language_.latest), name);
    return language_.typed(column, text, merged);
  }

  [[nodiscard]] std::string values(bool merged) const {
    std::string text;
    for (std::size_t i = 0; i < kColumns.size(); i++) {
      const std::vector<std::string> names = aliases(i);
      const std::vector<std::string> stored = is_address(kColumns[i])
                                                  ? language_.address_columns(kColumns[i].name)
                                                  : std::vector{value(kColumns[i], merged)};
      for (std::size_t part = 0; part < names.size(); part++)
        text += fmt::format("{}{} AS {}", text.empty() ? "" : ", ", stored[part], names[part]);
    }
    return text;
  }

  [[nodiscard]] std::string key() const {
    std::string text = same_begin();
    for (const FoundColumn& column : kColumns)
      if (is_address(column))
        for (const std::string& part : language_.address_columns(column.name)) text += ", " + part;
      else if (column.merge == FoundMerge::kKey)
        text += fmt::format(", {}", column.name);
    return text;
  }

  // Of each table: most flows have one row, and needn't be grouped. `within`: around each table's rows.
  [[nodiscard]] std::string of_tables(const std::string& what, std::string_view which,
                                      const char* within = "{}") const {
    std::string text;
    for (const std::string& table : tables_)
      text += (text.empty() ? "" : " UNION ALL ") +
              fmt::format(fmt::runtime(within),
                          fmt::format("SELECT {} FROM {} WHERE {} AND {}", what, table, condition_, which));
    return text;
  }
  [[nodiscard]] std::string single_rows(const std::string& what) const {
    return of_tables(what, "flows = 1 AND ends");
  }

  // What the columns of rows that belong together are made of.
  [[nodiscard]] std::string other_rows() const {
    std::string columns = "time_ns, span_us";
    for (const FoundColumn& column : kColumns) {
      if (column.merge == FoundMerge::kBegin || column.merge == FoundMerge::kEnd) continue;
      if (is_address(column))
        for (const std::string& part : language_.address_columns(column.name)) columns += ", " + part;
      else
        columns += fmt::format(", {}", column.name);
    }
    return of_tables(columns, "NOT (flows = 1 AND ends)");
  }

  // No more of each table than the page may show: an engine reads all columns of those alone.
  [[nodiscard]] std::string first_single_rows(const std::string& order) const {
    const std::string within = fmt::format("SELECT * FROM ({{}}) AS single ORDER BY {} LIMIT {}", order,
                                           search_.skip + search_.limit);
    return "SELECT * FROM (" +
           of_tables(values(false), "flows = 1 AND ends",
                     ("SELECT * FROM (" + within + ") AS first").c_str()) +
           ") AS singles";
  }

  [[nodiscard]] std::string rows(const std::string& order) const {
    std::string columns;
    for (std::size_t i = 0; i < kColumns.size(); i++)
      columns += fmt::format("{}{}", i == 0 ? "" : ", ",
                             is_address(kColumns[i]) ? language_.address(aliases(i)) : aliases(i).front());
    return fmt::format(
        "SELECT {} FROM ({} UNION ALL SELECT {} FROM ({}) AS several GROUP BY {}) AS found ORDER BY {} {}",
        columns, first_single_rows(order), values(true), other_rows(), key(), order,
        fmt::format(fmt::runtime(language_.page), search_.limit, search_.skip));
  }

  [[nodiscard]] std::string total() const {
    constexpr FoundColumn kCount{"flows", FoundMerge::kSum};
    return fmt::format(
        "SELECT {} FROM ({} UNION ALL SELECT count(*) AS c FROM (SELECT 1 AS one FROM ({}) AS several "
        "GROUP BY {}) AS found) AS counts",
        language_.typed(kCount, "sum(c)", true), single_rows("count(*) AS c"), other_rows(), key());
  }

  // Each term's columns by their names here, and the direction behind each.
  [[nodiscard]] std::string ordered(std::string_view terms, bool descending) const {
    std::string text;
    for (std::size_t begin = 0; begin <= terms.size();) {
      const std::size_t end = std::min(terms.find(',', begin), terms.size());
      const std::string_view term = terms.substr(begin, end - begin);
      begin = end + 1;
      const char* direction = descending ? "DESC NULLS LAST" : "ASC NULLS FIRST";
      if (const std::size_t number = number_of(term);
          number < kColumns.size() && is_address(kColumns[number]))
        for (const std::string& part : aliases(number)) text += fmt::format(", {} {}", part, direction);
      else
        text += fmt::format(", {} {}", by_alias(term), direction);
    }
    return text.substr(2);
  }

  [[nodiscard]] std::string by_alias(std::string_view term) const {
    std::string text;
    for (std::size_t at = 0; at < term.size();) {
      std::size_t end = at;
      while (end < term.size() && (std::islower(term[end]) != 0 || term[end] == '_')) end++;
      text += end == at ? std::string(1, term[end++]) : aliases(number_of(term.substr(at, end - at))).front();
      at = end;
    }
    return text;
  }

  [[nodiscard]] Result<std::string> order_by() const {
    if (const auto known = FlowOrder::parse(search_.sort); !known) return std::unexpected(known.error());
    const bool descending = search_.sort.starts_with('-');
    const std::string_view key = std::string_view(search_.sort).substr(descending ? 1 : 0);
    const auto* terms = std::ranges::find(kSortTerms, key, &SortTerms::key);
    if (terms == kSortTerms.end() && number_of(key) == kColumns.size())
      return unusable("sort", fmt::format("{} isn't stored: history can't be sorted by it", key));
    return fmt::format("{}, {}", ordered(terms == kSortTerms.end() ? key : terms->terms, descending),
                       ordered(kTieTerms, false));
  }

  const FlowSearch& search_;
  std::span<const std::string> tables_;
  const std::string& counted_;
  const FlowSearchLanguage& language_;
  std::string condition_;
};

}  // namespace

std::span<const FoundColumn> found_columns() {
  return kColumns;
}

Result<FlowSearchStatements> flow_search_sql(const FlowSearch& search, std::span<const std::string> tables,
                                             const std::string& counted, const FlowSearchLanguage& language) {
  return Statement(search, tables, counted, language).both();
}

Query rows_of(const FlowSearch& search) {
  Query query;
  query.by = {field_named(QuerySource::kFlows, "src_port")};
  query.begin = search.begin;
  query.end = search.end;
  return query;
}

}  // namespace vedette
