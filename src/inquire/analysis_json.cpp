#include "inquire/analysis_json.h"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>
#include <optional>

#include "base/json_writer.h"
#include "inquire/question.h"

namespace vedette {

namespace {

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return "bytes";
    case Unit::kPackets:
      return "packets";
    case Unit::kFlows:
      return "flows";
    case Unit::kBitsPerSecond:
      return "bit/s";
    case Unit::kMicroseconds:
      return "us";
    case Unit::kShare:
      return "share";
    case Unit::kCount:
      break;
  }
  return "count";
}

// What is no number is an absent fact.
void amount(JsonWriter& json, std::string_view name, double value) {
  if (std::isfinite(value)) json.field(name, value);
}

void mark(JsonWriter& json, std::string_view name, bool set) {
  if (set) json.field(name, true);
}

void text(JsonWriter& json, std::string_view name, const std::string& value) {
  json.field(name, std::string_view(value));
}

void questions(JsonWriter& json, std::initializer_list<const QueryBehind*> all) {
  json.key("queries");
  json.begin_array();
  for (const QueryBehind* one : all) write_question(json, *one);
  json.end_array();
}

void write(JsonWriter& json, const Mover& mover) {
  json.begin_object();
  text(json, "name", mover.name);
  amount(json, "before", mover.before);
  amount(json, "after", mover.after);
  amount(json, "of_change", mover.of_change);
  mark(json, "new", mover.is_new);
  mark(json, "gone", mover.is_gone);
  text(json, "says", mover.says);
  json.end_object();
}

void time(JsonWriter& json, std::string_view name, Nanoseconds value) {
  json.field(name, value.count());
}

void time(JsonWriter& json, std::string_view name, const std::optional<Nanoseconds>& value) {
  if (value) time(json, name, *value);
}

void question(JsonWriter& json, const QueryBehind& query) {
  json.key("query");
  write_question(json, query);
}

void write(JsonWriter& json, const Anomaly& one) {
  json.begin_object();
  text(json, "series", one.series);
  json.field("unit", unit_name(one.unit));
  json.field("side", one.above ? "above" : "below");
  time(json, "first_ns", one.first);
  time(json, "detected_ns", one.detected);
  time(json, "last_ns", one.last);
  mark(json, "over", one.over);
  mark(json, "as_on_sunday", one.as_on_sunday);
  amount(json, "total", one.total);
  amount(json, "amount", one.amount);
  amount(json, "usual", one.usual);
  amount(json, "score", one.score);
  amount(json, "threshold", one.threshold);
  text(json, "says", one.says);
  question(json, one.query);
  json.end_object();
}

std::string_view filling_name(Filling filling) {
  switch (filling) {
    case Filling::kTooShort:
      return "too_short";
    case Filling::kFull:
      return "full";
    case Filling::kFills:
      return "fills";
    case Filling::kNotBefore:
      return "not_before";
    case Filling::kNever:
      break;
  }
  return "never";
}

void write(JsonWriter& json, const Forecast& one) {
  json.begin_object();
  text(json, "series", one.series);
  json.field("filling", filling_name(one.filling));
  amount(json, "capacity_bps", one.capacity);
  json.field("days", one.days);
  if (one.filling != Filling::kTooShort) {
    amount(json, "load_bps", one.load);
    amount(json, "a_day_bps", one.a_day);
    amount(json, "low_a_day_bps", one.low_a_day);
    amount(json, "high_a_day_bps", one.high_a_day);
    amount(json, "confidence", one.confidence);
  }
  time(json, "date_ns", one.date);
  time(json, "earliest_ns", one.earliest);
  time(json, "latest_ns", one.latest);
  text(json, "says", one.says);
  question(json, one.query);
  json.end_object();
}

void write_members(JsonWriter& json, const Sighting& one) {
  text(json, "value", one.value);
  amount(json, "amount", one.amount);
  time(json, "first_ns", one.first);
}

void write(JsonWriter& json, const Sighting& one) {
  json.begin_object();
  write_members(json, one);
  json.end_object();
}

void write_new(JsonWriter& json, const NewKind& kind, const Sighting& one) {
  json.begin_object();
  json.field("kind", kind.name);
  write_members(json, one);
  json.end_object();
}

// How the newcomers stand to what is usual.
void write_figures(JsonWriter& json, const Newcomers& found) {
  if (found.left_out > 0) json.field("left_out", found.left_out);
  amount(json, "usual", found.usual);
  amount(json, "by_chance", found.by_chance);
  json.field("days", found.days);
  mark(json, "short", found.is_short);
  questions(json, {&found.query_before, &found.query_now});
}

void write(JsonWriter& json, const NewOfKind& one) {
  json.begin_object();
  json.field("kind", one.kind->name);
  if (!one.why_not.empty()) {
    text(json, "why_not", one.why_not);
  } else {
    text(json, "says", one.found.says);
    write_figures(json, one.found);
  }
  json.end_object();
}

std::string_view period_kind_name(PeriodKind kind) {
  switch (kind) {
    case PeriodKind::kBeacon:
      return "beacon";
    case PeriodKind::kDailyTimer:
      return "daily_timer";
    case PeriodKind::kDailyRhythm:
      break;
  }
  return "daily_rhythm";
}

void write(JsonWriter& json, const Recurrence& one) {
  json.begin_object();
  text(json, "name", one.name);
  json.field("kind", period_kind_name(one.period.kind));
  time(json, "period_ns", one.period.period);
  amount(json, "jitter", one.period.jitter);
  json.field("times", one.period.times);
  amount(json, "followed", one.period.followed);
  amount(json, "by_chance", one.period.by_chance);
  time(json, "first_ns", one.period.first);
  time(json, "last_ns", one.period.last);
  text(json, "says", one.period.says);
  question(json, one.query);
  json.end_object();
}

void write(JsonWriter& json, const BottleneckPart& one) {
  json.begin_object();
  text(json, "name", one.name);
  amount(json, "before", one.before);
  amount(json, "after", one.after);
  amount(json, "weight_before", one.weight_before);
  amount(json, "weight_after", one.weight_after);
  amount(json, "within", one.within);
  amount(json, "moved", one.moved);
  amount(json, "by_chance", one.by_chance);
  mark(json, "worse", one.is_worse);
  text(json, "says", one.says);
  json.end_object();
}

void write(JsonWriter& json, const SteppedSeries& one) {
  json.begin_object();
  text(json, "series", one.series);
  json.field("unit", unit_name(one.unit));
  time(json, "bucket_ns", one.bucket);
  time(json, "at_ns", one.step.at);
  amount(json, "before", one.step.before);
  amount(json, "after", one.step.after);
  amount(json, "ratio", one.step.ratio);
  amount(json, "by_chance", one.step.by_chance);
  text(json, "says", one.step.says);
  question(json, one.query);
  json.end_object();
}

void write(JsonWriter& json, const std::string& one) {
  json.value(std::string_view(one));
}

// Of an object that `members` writes.
template <typename Members>
std::string object_of(const Members& members) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  members(json);
  json.end_object();
  return fmt::to_string(out);
}

template <typename Items>
void list(JsonWriter& json, std::string_view name, const Items& items) {
  json.key(name);
  json.begin_array();
  for (const auto& one : items) write(json, one);
  json.end_array();
}

}  // namespace

std::string anomalies_json(const Unusual& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    json.field("series", found.series);
    if (found.judged_from < found.judged_to) time(json, "judged_from_ns", found.judged_from);
    time(json, "judged_to_ns", found.judged_to);
    list(json, "anomalies", found.anomalies);
    if (found.left_out > 0) json.field("left_out", found.left_out);
  });
}

std::string forecast_json(const Fillings& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    list(json, "links", found.links);
    if (!found.unknown.empty()) list(json, "unknown", found.unknown);
  });
}

std::string newcomers_json(const Newcomers& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    text(json, "what", found.what);
    if (!found.query_now.measures.empty())
      json.field("unit", unit_name(unit_of(found.query_now.measures.front())));
    list(json, "values", found.values);
    write_figures(json, found);
  });
}

std::string since_yesterday_json(const SinceYesterday& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    for (const NewOfKind& one : found.kinds) {
      if (one.found.query_now.measures.empty()) continue;
      json.field("unit", unit_name(unit_of(one.found.query_now.measures.front())));
      break;
    }
    json.key("values");
    json.begin_array();
    for (const NewOfKind& one : found.kinds)
      for (const Sighting& value : one.found.values) write_new(json, *one.kind, value);
    json.end_array();
    list(json, "kinds", found.kinds);
  });
}

std::string periodicity_json(const Recurrences& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    json.field("looked_at", found.looked_at);
    if (found.left_out > 0) json.field("left_out", found.left_out);
    if (found.omitted > 0) json.field("omitted", found.omitted);
    time(json, "resolution_ns", found.resolution);
    list(json, "periods", found.found);
  });
}

std::string bottlenecks_json(const Bottleneck& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    text(json, "measure", found.measure);
    text(json, "dimension", found.dimension);
    json.field("unit", unit_name(found.unit));
    amount(json, "before", found.before);
    amount(json, "after", found.after);
    amount(json, "within", found.within);
    amount(json, "moved", found.moved);
    list(json, "parts", found.parts);
    if (found.left_out > 0) json.field("left_out", found.left_out);
    questions(json, {&found.query_before, &found.query_after});
  });
}

std::string steps_json(const Stepped& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    json.field("series", found.series);
    json.field("days", found.days);
    mark(json, "short", found.is_short);
    list(json, "steps", found.steps);
    if (found.left_out > 0) json.field("left_out", found.left_out);
  });
}

std::string movers_json(const Movers& found) {
  return object_of([&](JsonWriter& json) {
    text(json, "says", found.says);
    json.field("unit", unit_name(found.unit));
    amount(json, "before", found.before);
    amount(json, "after", found.after);
    list(json, "movers", found.movers);
    if (found.other_count > 0) {
      json.field("other_count", found.other_count);
      json.key("others");
      write(json, found.others);
    }
    questions(json, {&found.query_before, &found.query_after});
  });
}

}  // namespace vedette
