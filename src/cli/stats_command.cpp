#include "cli/stats_command.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/human_text.h"
#include "cli/api_client.h"
#include "cli/json_members.h"

namespace vedette {

namespace {

std::uint64_t number(std::string_view object, std::string_view member) {
  const std::string_view text = json_member(object, member);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// What the guard did, where it did something.
std::string guarded(std::string_view counts) {
  std::string text;
  for (const auto& [member, name] : {std::pair{"answered_packets", "answered"},
                                     {"refused_packets", "refused"},
                                     {"unsolicited_packets", "unsolicited"},
                                     {"protocol_dropped_packets", "by protocol"}})
    if (const std::uint64_t count = number(counts, member)) text += fmt::format(", {} {}", name, count);
  return text;
}

void append_direction(fmt::memory_buffer& out, std::string_view stats, std::string_view direction) {
  const std::string_view counts = json_member(stats, direction);
  fmt::format_to(fmt::appender(out),
                 "{:<12}{:>14} packets {:>10}   not IP {}, lost {}, blocked {}, by rules {}{}\n", direction,
                 number(counts, "packets"), bytes_text(number(counts, "bytes")),
                 number(counts, "not_ip_packets"), number(counts, "lost_packets"),
                 number(counts, "blocked_packets"), number(counts, "rule_dropped_packets"), guarded(counts));
}

// Rows of an array that counted something; says so where none did.
void append_reasons(fmt::memory_buffer& out, std::string_view title, std::string_view rows) {
  fmt::format_to(fmt::appender(out), "\n{}\n", title);
  bool any = false;
  for_each_element(rows, [&](std::string_view row) {
    for (const std::string_view unit : {"packets", "events"}) {
      const std::uint64_t count = number(row, unit);
      if (count == 0) continue;
      any = true;
      fmt::format_to(fmt::appender(out), "  {:<28}{:>14} {:<8} {}\n", json_member_text(row, "reason"), count,
                     unit, json_member_text(row, "meaning"));
    }
  });
  if (!any) out.append(std::string_view("  none\n"));
}

void append_protocols(fmt::memory_buffer& out, std::string_view stats) {
  out.append(std::string_view("\nprotocols\n"));
  for_each_element(json_member(stats, "protocols"), [&](std::string_view row) {
    fmt::format_to(fmt::appender(out), "  {:<10} IPv{} {:<4}{:>20} packets {:>10}\n",
                   json_member_text(row, "protocol"), json_member_text(row, "ip_version"),
                   json_member_text(row, "direction"), number(row, "packets"),
                   bytes_text(number(row, "bytes")));
  });
}

void append_malformed(fmt::memory_buffer& out, std::string_view stats) {
  out.append(std::string_view("\nmalformed\n"));
  bool any = false;
  for_each_member(json_member(stats, "malformed"), [&](std::string_view name, std::string_view count) {
    any = true;
    fmt::format_to(fmt::appender(out), "  {:<28}{:>14}\n", name, count);
  });
  if (!any) out.append(std::string_view("  none\n"));
}

// Where there are any.
void append_exports(fmt::memory_buffer& out, std::string_view exports) {
  bool any = false;
  for_each_element(exports, [&](std::string_view row) {
    if (!std::exchange(any, true)) out.append(std::string_view("\nexports\n"));
    fmt::format_to(fmt::appender(out), "  {:<9} {:<13} told {}, failed {}, dropped {}, waiting {}   {}",
                   json_member_text(row, "exported"), json_member_text(row, "protocol"), number(row, "told"),
                   number(row, "failed"), number(row, "dropped"), number(row, "waiting"),
                   json_member_text(row, "target"));
    if (const std::string error = json_member_text(row, "error"); !error.empty())
      fmt::format_to(fmt::appender(out), ": {}", error);
    out.push_back('\n');
  });
}

void append_table(fmt::memory_buffer& out, std::string_view stats) {
  fmt::format_to(fmt::appender(out), "{:<12}{}\n", "up",
                 duration_text(Nanoseconds(static_cast<std::int64_t>(number(stats, "uptime_ns")))));
  append_direction(out, stats, "in");
  append_direction(out, stats, "out");
  fmt::format_to(fmt::appender(out), "{:<12}{:>14} live    {:>10} in the kernel, {} here\n", "flows",
                 number(stats, "flows.live"), bytes_text(number(stats, "flows.kernel_bytes")),
                 bytes_text(number(stats, "flows.user_bytes")));
  if (const std::string_view tcp = json_member(stats, "tcp"); !tcp.empty())
    fmt::format_to(fmt::appender(out), "{:<12}{:>14} retransmitted, resets {} sent and {} received\n", "tcp",
                   number(tcp, "retransmits"), number(tcp, "resets_sent"), number(tcp, "resets_received"));
  append_protocols(out, stats);
  append_malformed(out, stats);
  append_reasons(out, "losses", json_member(stats, "losses"));
  append_reasons(out, "dropped by the kernel", json_member(stats, "kernel_drops"));
  append_exports(out, json_member(stats, "exports"));
}

// A row a counter: its dotted name and its value; an array's rows are named by their texts.
void append_counters(fmt::memory_buffer& out, const std::string& name, std::string_view json) {
  if (json.starts_with('{')) {
    for_each_member(json, [&](std::string_view member, std::string_view value) {
      if (!value.starts_with('"')) append_counters(out, name + "." + std::string(member), value);
    });
  } else if (json.starts_with('[')) {
    for_each_element(json, [&](std::string_view row) {
      std::string row_name = name;
      for (const std::string_view part : {"reason", "protocol", "ip_version", "direction"})
        if (const std::string text = json_member_text(row, part); !text.empty()) row_name += "." + text;
      for (const std::string_view counter : {"packets", "bytes", "events"})
        if (const std::string_view value = json_member(row, counter); !value.empty())
          append_counters(out, row_name + "." + std::string(counter), value);
    });
  } else {
    fmt::format_to(fmt::appender(out), "{},{}\n", name.substr(1), json);
  }
}

}  // namespace

int run_stats(const StatsRequest& request) {
  const auto stats = ApiClient(request.answer.socket).get("/v1/stats");
  if (!stats) return complain(stats.error());
  if (request.answer.quiet) return 0;
  fmt::memory_buffer out;
  if (request.answer.format == "json") {
    fmt::format_to(fmt::appender(out), "{}\n", *stats);
  } else if (request.answer.format == "csv") {
    out.append(std::string_view("counter,value\n"));
    append_counters(out, "", *stats);
  } else {
    append_table(out, *stats);
  }
  return print({out.data(), out.size()});
}

void add_stats_command(CLI::App& app, StatsRequest& request, int& status) {
  CLI::App* command = app.add_subcommand("stats", "Tell the sensor's counters, every loss among them");
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_stats(request); });
}

}  // namespace vedette
