#include "store/duckdb_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "store/answer_shape.h"
#include "store/query_plan.h"
#include "store/query_sql.h"

namespace vedette {

namespace {

using Clock = std::chrono::steady_clock;

// A statement's result, turned into the contract's values.
void read_rows(const Query& query, DuckdbResult& result, QueryAnswer& answer) {
  const std::vector<const Field*> fields_of = answer_fields(query);
  result.for_each([&](std::span<const DuckdbResult::Value> row) {
    std::vector<AnswerValue>& values = answer.rows.emplace_back();
    values.reserve(row.size());
    for (std::size_t i = 0; i < row.size(); i++)
      values.push_back(std::visit(AnswerValueOf{fields_of[i]}, row[i].is));
  });
}

bool names_sensor(const Query& query) {
  const auto is = [](const Field* field) { return field->column == kSensorColumn; };
  return std::ranges::any_of(query.by, is) || std::ranges::any_of(query.where, is, &Filter::field) ||
         std::ranges::any_of(query.measures, is, &Measure::field);
}

// One attempt: pins what it needs, and asks.
class Asking {
 public:
  Asking(DuckdbFiles& files, DuckdbConnection& connection, const Query& query, const std::string& sensor)
      : files_(files), connection_(connection), query_(query), sensor_(sensor) {}

  [[nodiscard]] Result<QueryAnswer> ask() {
    auto there = day_files(files_.folder());
    if (!there) return std::unexpected(there.error());
    // Before the transaction, which doesn't see what is attached later.
    if (auto pinned = pin_all(*there); !pinned) return std::unexpected(pinned.error());
    if (auto begun = connection_.run("BEGIN TRANSACTION"); !begun) return std::unexpected(begun.error());
    auto answer = ask_within(*there);
    const DuckdbFailure why = connection_.failure();
    if (!answer) failure_ = why;
    if (auto ended = connection_.run(answer ? "COMMIT" : "ROLLBACK"); !ended && answer)
      return std::unexpected(ended.error());
    return answer;
  }

  [[nodiscard]] const DuckdbFailure& failure() const { return failure_; }

  [[nodiscard]] std::vector<DayFile> pinned() const {
    std::vector<DayFile> files;
    for (const auto& [file, pin] : pins_) files.push_back(file);
    return files;
  }

  void unpin() { pins_.clear(); }

 private:
  [[nodiscard]] Result<QueryAnswer> ask_within(const std::vector<DayFile>& there) {
    QueryAnswer answer;
    answer.begin = query_.begin;
    answer.end = query_.end;
    answer.bucket = query_.bucket;
    answer.columns = answer_columns(query_);
    if (query_.from == QuerySource::kFindings)
      plan_findings(there);
    else if (auto planned = plan(there, answer); !planned)
      return std::unexpected(planned.error());
    if (pieces_.empty()) return answer;
    if (names_sensor(query_)) add_sensor();
    auto result = connection_.query(query_sql(query_, pieces_));
    if (!result) return std::unexpected(result.error());
    read_rows(query_, *result, answer);
    leave_out_sums_of_nothing(query_, answer);
    return answer;
  }

  // All rows here are one sensor's, whose name they don't have.
  void add_sensor() {
    for (QueryPiece& piece : pieces_)
      piece.table = fmt::format("(SELECT *{}, {} AS {} FROM {})", piece.from_row ? ", rowid" : "",
                                sql_text(sensor_), kSensorColumn, piece.table);
  }

  [[nodiscard]] Result<void> pin_all(const std::vector<DayFile>& there) {
    std::vector<DayFile> wanted;
    const auto want = [&](FileLevel level, std::span<const TimeSpan> spans) {
      std::ranges::copy(files_of(there, level, spans), std::back_inserter(wanted));
    };
    const TimeSpan whole{query_.begin, query_.end};
    if (query_.from == QuerySource::kFindings) {
      want(FileLevel::kFinding, {&whole, 1});
    } else {
      const LevelPlan levels = plan_levels(query_, there);
      want(FileLevel::kHour, levels.hours);
      want(FileLevel::kMinute, levels.minutes);
      for (const auto* spans : {&levels.hours, &levels.minutes, &levels.raw}) want(FileLevel::kRaw, *spans);
    }
    for (const DayFile& file : wanted) {
      if (pins_.contains(file)) continue;
      auto pinned = files_.pin(file, false);
      if (!pinned) return std::unexpected(pinned.error());
      if (*pinned) pins_.emplace(file, std::move(**pinned));
    }
    return {};
  }

  void plan_findings(const std::vector<DayFile>& there) {
    const TimeSpan whole{query_.begin, query_.end};
    for (const DayFile& file : files_of(there, FileLevel::kFinding, {&whole, 1})) {
      if (!pins_.contains(file)) continue;
      pieces_.push_back({.table = fmt::format("(SELECT * FROM {}.findings QUALIFY row_number() OVER "
                                              "(PARTITION BY id ORDER BY told DESC) = 1)",
                                              file.schema()),
                         .rolled = false,
                         .begin = whole.begin,
                         .end = whole.end,
                         .from_row = {}});
    }
  }

  [[nodiscard]] Result<void> plan(const std::vector<DayFile>& there, QueryAnswer& answer) {
    const LevelPlan levels = plan_levels(query_, there);
    answer.begin = levels.begin;
    answer.end = levels.end;
    if (auto added = add_rolled(there, levels, FileLevel::kHour, levels.hours); !added) return added;
    if (auto added = add_rolled(there, levels, FileLevel::kMinute, levels.minutes); !added) return added;
    for (const DayFile& file : files_of(there, FileLevel::kRaw, levels.raw))
      if (pins_.contains(file)) add_raw(file, levels.raw, {});
    if (!levels.hours.empty())
      answer.level = StoreLevel::kHour;
    else if (!levels.minutes.empty())
      answer.level = StoreLevel::kMinute;
    return {};
  }

  void add_raw(const DayFile& file, std::span<const TimeSpan> spans, std::optional<std::uint64_t> from_row) {
    for (const TimeSpan& span : spans)
      if (file.begin() < span.end && span.begin < file.end())
        pieces_.push_back({.table = fmt::format("{}.{}", file.schema(), raw_table(query_.from)),
                           .rolled = false,
                           .begin = span.begin,
                           .end = span.end,
                           .from_row = from_row});
  }

  // Roll-ups of these spans, and the rows that they don't hold yet.
  [[nodiscard]] Result<void> add_rolled(const std::vector<DayFile>& there, const LevelPlan& levels,
                                        FileLevel level, std::span<const TimeSpan> spans) {
    if (spans.empty()) return {};
    for (const DayFile& file : files_of(there, level, spans)) {
      if (!pins_.contains(file)) continue;
      for (const TimeSpan& span : spans)
        pieces_.push_back({.table = fmt::format("{}.{}", file.schema(), levels.cube->table),
                           .rolled = true,
                           .begin = span.begin,
                           .end = span.end,
                           .from_row = {}});
    }
    for (const DayFile& raw : files_of(there, FileLevel::kRaw, spans)) {
      if (!pins_.contains(raw)) continue;
      const DayFile into = day_file(level, raw.begin());
      std::uint64_t done = 0;
      if (pins_.contains(into)) {
        // This reading fixes which state of the roll-up the transaction sees; the rows' state is that or
        // later.
        const auto known = rolled_up(connection_, into, raw, query_.from);
        if (!known) return std::unexpected(known.error());
        done = *known;
      }
      const auto rows =
          connection_.number(fmt::format("SELECT count(*) FROM {}.{}", raw.schema(), raw_table(query_.from)));
      if (!rows) return std::unexpected(rows.error());
      if (rows->value_or(0) > done) add_raw(raw, spans, done);
    }
    return {};
  }

  DuckdbFiles& files_;
  DuckdbConnection& connection_;
  const Query& query_;
  const std::string& sensor_;
  std::map<DayFile, DuckdbFiles::Pin> pins_;
  std::vector<QueryPiece> pieces_;
  DuckdbFailure failure_;
};

}  // namespace

std::vector<DayFile> damaged_files(DuckdbFiles& files, DuckdbConnection& connection,
                                   const std::vector<DayFile>& of) {
  std::vector<DayFile> found;
  for (const DayFile& file : of) {
    const auto pin = files.pin(file, false);
    if (!pin || !*pin) continue;
    auto tables = connection.query(
        fmt::format("SELECT table_name FROM duckdb_tables() WHERE database_name = '{}'", file.schema()));
    if (!tables) continue;
    std::vector<std::string> names;
    tables->for_each([&](std::span<const DuckdbResult::Value> row) {
      if (const auto* name = std::get_if<std::string_view>(&row[0].is)) names.emplace_back(*name);
    });
    for (const std::string& name : names)
      if (!connection.run(fmt::format("SELECT max(hash(t)) FROM {}.{} t", file.schema(), name)) &&
          connection.failure().damaged) {
        found.push_back(file);
        break;
      }
  }
  return found;
}

Result<std::uint64_t> rolled_up(DuckdbConnection& connection, const DayFile& into, const DayFile& raw,
                                QuerySource source) {
  const auto done =
      connection.number(fmt::format("SELECT done FROM {}.progress WHERE file = '{}' AND source = '{}'",
                                    into.schema(), raw.schema(), raw_table(source)));
  if (!done) return std::unexpected(done.error());
  return done->value_or(0);
}

Result<QueryAnswer> answer_query(DuckdbFiles& files, DuckdbConnection& connection, const Query& query,
                                 const std::string& sensor) {
  const auto began = Clock::now();
  for (;;) {
    Asking asking(files, connection, query, sensor);
    auto answer = asking.ask();
    if (answer) {
      answer->took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
      return answer;
    }
    if (!asking.failure().damaged || asking.failure().fatal) return answer;
    const std::string why = asking.failure().what;
    const std::vector<DayFile> damaged = damaged_files(files, connection, asking.pinned());
    asking.unpin();
    if (damaged.empty()) return answer;
    for (const DayFile& file : damaged) files.set_aside(file, why);
  }
}

}  // namespace vedette
