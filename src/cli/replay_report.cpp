#include "cli/replay_report.h"

#include <fmt/format.h>

#include <functional>

#include "base/address.h"
#include "base/human_text.h"
#include "base/json_writer.h"
#include "packet/names.h"

namespace vedette {

namespace {

constexpr Column kColumns[] = {
    {.member = "kind"},
    {.member = "name"},
    {.member = "line"},
    {.member = "verdict"},
    {.member = "observe"},
    {.member = "was"},
    {.member = "was_by"},
    {.member = "was_name"},
    {.member = "is"},
    {.member = "is_by"},
    {.member = "is_name"},
    {.member = "packets"},
    {.member = "bytes"},
    {.member = "passed_packets"},
    {.member = "passed_bytes"},
    {.member = "dropped_packets"},
    {.member = "dropped_bytes"},
    {.member = "spared_packets"},
    {.member = "spared_bytes"},
    {.member = "undecided_packets"},
    {.member = "undecided_bytes"},
    {.member = "flows"},
};

std::string_view verdict_name(RuleVerdict verdict) {
  constexpr std::string_view kNames[] = {"pass", "drop", "reject",   "limit",
                                         "mark", "dscp", "redirect", "sample"};
  return kNames[static_cast<std::size_t>(verdict)];
}

void write_count(JsonWriter& json, std::string_view prefix, const ReplayCount& count) {
  json.field(fmt::format("{}packets", prefix), count.packets);
  json.field(fmt::format("{}bytes", prefix), count.bytes);
}

void write_sources(JsonWriter& json, std::span<const BusySource> sources) {
  json.key("sources");
  json.begin_array();
  for (const BusySource& source : sources) {
    json.begin_object();
    json.field("src_ip", [&](auto& text) { append_address(text, source.address, source.ip_version); });
    write_count(json, "", source.all);
    write_count(json, "dropped_", source.dropped);
    json.end_object();
  }
  json.end_array();
}

void write_row(JsonWriter& json, const ReplayTally::Row& row) {
  write_count(json, "", row.taken);
  write_count(json, "dropped_", row.dropped);
  write_count(json, "spared_", row.spared);
}

void write_rule(JsonWriter& json, const Rule& rule, const ReplayTally::Row& row) {
  json.field("kind", "rule");
  json.field("name", std::string_view(rule.name));
  json.field("line", rule.line);
  json.field("verdict", verdict_name(rule.verdict));
  json.field("observe", rule.observe);
  write_row(json, row);
}

void write_source(JsonWriter& json, std::string_view kind, const PolicySource& source,
                  const ReplayTally::Row& row) {
  json.field("kind", kind);
  json.field("name", std::string_view(prefix_text(source.prefix)));
  json.field("line", source.line);
  json.field("observe", source.observe);
  write_row(json, row);
}

void write_protocol(JsonWriter& json, const ProtocolEntry& entry, const ProtocolCount& count,
                    const ReplayTally::Row& row) {
  json.field("kind", "protocol");
  json.field("name", std::string_view(entry.name));
  json.field("line", entry.line);
  json.field("observe", entry.observe);
  json.field("flows", count.flows);
  write_row(json, row);
}

// Entries that only observe are counted by the programs alone.
std::vector<ReplayTally::Row> block_rows(ReplayReport& report) {
  std::vector<ReplayTally::Row> rows = report.tally.blocks();
  const auto counts = report.run.block_counts();
  for (std::size_t at = 0; at < rows.size(); at++) {
    rows[at].taken = {.packets = counts[at].packets, .bytes = counts[at].bytes};
    if (report.run.policy().block[at].observe) rows[at].dropped = rows[at].taken;
  }
  return rows;
}

void write_fate(JsonWriter& json, std::string_view name, const Policy& policy, const Fate& fate) {
  json.field(name, fate.verdict);
  if (fate.by == DecidedBy::kNothing) return;
  json.field(fmt::format("{}_by", name), decided_by_name(fate.by));
  json.field(fmt::format("{}_name", name), std::string_view(fate_name(policy, fate)));
}

void write_flows(JsonWriter& json, const std::vector<BusyFlow>& flows) {
  json.key("flows");
  json.begin_array();
  for (const BusyFlow& flow : flows) {
    json.begin_object();
    json.field("src_ip", [&](auto& text) { append_address(text, flow.key.src, flow.key.ip_version); });
    if (flow.key.src_port != 0) json.field("src_port", flow.key.src_port);
    json.field("dst_ip", [&](auto& text) { append_address(text, flow.key.dst, flow.key.ip_version); });
    if (flow.key.dst_port != 0) json.field("dst_port", flow.key.dst_port);
    json.field("protocol", std::string_view(protocol_text(flow.key.protocol)));
    write_count(json, "", flow.count);
    json.end_object();
  }
  json.end_array();
}

void write_change(JsonWriter& json, ReplayReport& report, const ReplayChange& change) {
  json.field("kind", "change");
  write_fate(json, "was", report.before->policy(), change.was);
  write_fate(json, "is", report.run.policy(), change.is);
  write_count(json, "", change.count);
  write_sources(json, report.difference->sources(change, report.most));
  write_flows(json, report.difference->flows(change, report.most));
  json.key("examples");
  json.begin_array();
  for (const std::string& example : change.examples) json.raw(example);
  json.end_array();
}

template <typename Way>
void write_ways(JsonWriter& json, std::string_view name, std::string_view key, const ReplayTally& tally,
                std::string_view (*name_of)(Way)) {
  json.key(name);
  json.begin_array();
  for (int number = 0; number < static_cast<int>(Way::kCount); number++) {
    const auto way = static_cast<Way>(number);
    json.begin_object();
    json.field(key, name_of(way));
    write_count(json, "", tally.of(way));
    json.end_object();
  }
  json.end_array();
}

void write_summary(JsonWriter& json, ReplayReport& report) {
  const ReplayTally& tally = report.tally;
  json.field("kind", "summary");
  json.field("files", report.files);
  write_count(json, "", tally.seen());
  write_count(json, "passed_", tally.passed());
  write_count(json, "dropped_", tally.dropped());
  write_count(json, "undecided_", tally.undecided());
  write_ways(json, "passed", "by", tally, passed_by_name);
  write_ways(json, "dropped", "by", tally, dropped_by_name);
  write_ways(json, "undecided", "reason", tally, undecided_name);
  if (tally.seen().packets != 0) {
    json.field("first_ns", tally.first().count());
    json.field("last_ns", tally.last().count());
  }
  json.field("out_of_order_packets", report.clock.out_of_order());
  json.field("clock_went_back", report.clock.went_back());
  json.field("sources_given_up", tally.sources_given_up());
  if (!report.difference) return;
  write_count(json, "changed_", report.difference->changed());
  write_count(json, "unchanged_", report.difference->unchanged());
}

// Each record as one JSON object, the summary last.
void for_each_record(ReplayReport& report,
                     const std::function<void(const std::function<void(JsonWriter&)>&)>& take) {
  const Policy& policy = report.run.policy();
  ReplayTally& tally = report.tally;
  for (std::size_t at = 0; at < policy.allow.size(); at++)
    take([&](JsonWriter& json) {
      write_source(json, "allow", policy.allow[at], tally.allows()[at]);
      write_sources(json, tally.allow_sources(at, report.most));
    });
  const auto blocks = block_rows(report);
  for (std::size_t at = 0; at < policy.block.size(); at++)
    take([&](JsonWriter& json) {
      write_source(json, "block", policy.block[at], blocks[at]);
      write_sources(json, tally.block_sources(at, report.most));
    });
  for (std::size_t at = 0; at < policy.rules.size(); at++)
    take([&](JsonWriter& json) {
      write_rule(json, policy.rules[at], tally.rules()[at]);
      write_sources(json, tally.rule_sources(at, report.most));
    });
  const auto protocols = report.run.protocol_counts();
  for (std::size_t at = 0; at < policy.protocols.size(); at++)
    take([&](JsonWriter& json) {
      write_protocol(json, policy.protocols[at], protocols[at], tally.protocols()[at]);
      write_sources(json, tally.protocol_sources(at, report.most));
    });
  if (report.difference)
    for (const ReplayChange* change : report.difference->changes())
      take([&](JsonWriter& json) { write_change(json, report, *change); });
  take([&](JsonWriter& json) { write_summary(json, report); });
}

void add_row(std::string& out, std::string_view name, std::string_view verdict, const ReplayTally::Row& row) {
  out += fmt::format("{:<32} {:<14} {:>10} {:>9} {:>10} {:>9}", name, verdict, row.taken.packets,
                     bytes_text(row.taken.bytes), row.dropped.packets, bytes_text(row.dropped.bytes));
  if (row.spared.packets != 0)
    out += fmt::format("  {} spared: their sources are allowed", row.spared.packets);
  out += '\n';
}

void add_sources(std::string& out, std::span<const BusySource> sources) {
  for (const BusySource& source : sources)
    out +=
        fmt::format("  {:<45} {:>10} {:>9} {:>10} {:>9}\n", address_text(source.address, source.ip_version),
                    source.all.packets, bytes_text(source.all.bytes), source.dropped.packets,
                    bytes_text(source.dropped.bytes));
}

std::string flow_text(const vdt_flow_key& key) {
  const auto end = [&](const vdt_address& address, std::uint16_t port) {
    std::string text = address_text(address, key.ip_version);
    return port == 0 ? text : fmt::format("{} port {}", text, port);
  };
  return fmt::format("{} {} -> {}", protocol_text(key.protocol), end(key.src, key.src_port),
                     end(key.dst, key.dst_port));
}

// What a rule or block does, or would.
std::string verdict_text(std::string_view verdict, bool observe) {
  return observe ? fmt::format("would {}", verdict) : std::string(verdict);
}

void add_rows(std::string& out, ReplayReport& report) {
  const Policy& policy = report.run.policy();
  ReplayTally& tally = report.tally;
  out += fmt::format("{:<32} {:<14} {:>10} {:>9} {:>10} {:>9}\n", "RULE", "VERDICT", "PACKETS", "BYTES",
                     "DROPPED", "BYTES");
  std::size_t idle = 0;
  for (std::size_t at = 0; at < policy.allow.size(); at++) {
    if (tally.allows()[at].taken.packets == 0 && ++idle) continue;
    add_row(out, fmt::format("allow {}", prefix_text(policy.allow[at].prefix)), "pass", tally.allows()[at]);
    add_sources(out, tally.allow_sources(at, report.most));
  }
  const auto blocks = block_rows(report);
  for (std::size_t at = 0; at < policy.block.size(); at++) {
    if (blocks[at].taken.packets == 0 && ++idle) continue;
    add_row(out, fmt::format("block {}", prefix_text(policy.block[at].prefix)),
            verdict_text("drop", policy.block[at].observe), blocks[at]);
    add_sources(out, tally.block_sources(at, report.most));
  }
  for (std::size_t at = 0; at < policy.rules.size(); at++) {
    const Rule& rule = policy.rules[at];
    add_row(out, rule.name, verdict_text(verdict_name(rule.verdict), rule.observe), tally.rules()[at]);
    add_sources(out, tally.rule_sources(at, report.most));
  }
  const auto protocols = report.run.protocol_counts();
  for (std::size_t at = 0; at < policy.protocols.size(); at++) {
    const ProtocolEntry& entry = policy.protocols[at];
    add_row(out, entry.name,
            verdict_text(entry.verdict == RuleVerdict::kDrop ? "refuse" : verdict_name(entry.verdict),
                         entry.observe),
            tally.protocols()[at]);
    out += fmt::format("  {} connections showed it\n", protocols[at].flows);
    add_sources(out, tally.protocol_sources(at, report.most));
  }
  if (idle != 0) out += fmt::format("{} entries of the lists decided on no packet\n", idle);
}

std::string fate_text(const Policy& policy, const Fate& fate) {
  if (fate.by == DecidedBy::kNothing) return fmt::format("{} (nothing said)", fate.verdict);
  return fmt::format("{} ({} {})", fate.verdict, decided_by_name(fate.by), fate_name(policy, fate));
}

void add_changes(std::string& out, ReplayReport& report) {
  ReplayDifference& difference = *report.difference;
  out += fmt::format("\n{:<40} {:<40} {:>10} {:>9}\n", "WAS", "IS", "PACKETS", "BYTES");
  for (const ReplayChange* change : difference.changes()) {
    out += fmt::format("{:<40} {:<40} {:>10} {:>9}\n", fate_text(report.before->policy(), change->was),
                       fate_text(report.run.policy(), change->is), change->count.packets,
                       bytes_text(change->count.bytes));
    for (const BusySource& source : difference.sources(*change, report.most))
      out += fmt::format("  {:<79} {:>10} {:>9}\n", "from " + address_text(source.address, source.ip_version),
                         source.all.packets, bytes_text(source.all.bytes));
    for (const BusyFlow& flow : difference.flows(*change, report.most))
      out += fmt::format("  {:<79} {:>10} {:>9}\n", flow_text(flow.key), flow.count.packets,
                         bytes_text(flow.count.bytes));
  }
  out += fmt::format("{} packets change, {} don't\n", difference.changed().packets,
                     difference.unchanged().packets);
}

template <typename Way>
void add_ways(std::string& out, std::string_view name, const ReplayCount& sum, const ReplayTally& tally,
              std::string_view (*text_of)(Way)) {
  out += fmt::format("{:<12} {:>12} packets {:>9}\n", name, sum.packets, bytes_text(sum.bytes));
  for (int number = 0; number < static_cast<int>(Way::kCount); number++) {
    const ReplayCount& count = tally.of(static_cast<Way>(number));
    if (count.packets == 0) continue;
    out += fmt::format("  {:<10} {:>12}         {:>9}  {}\n", "", count.packets, bytes_text(count.bytes),
                       text_of(static_cast<Way>(number)));
  }
}

void add_sums(std::string& out, const ReplayReport& report) {
  const ReplayTally& tally = report.tally;
  out += fmt::format("\n{:<12} {:>12} packets {:>9}\n", "seen", tally.seen().packets,
                     bytes_text(tally.seen().bytes));
  add_ways(out, "passed", tally.passed(), tally, passed_by_meaning);
  add_ways(out, "dropped", tally.dropped(), tally, dropped_by_meaning);
  add_ways(out, "not decided", tally.undecided(), tally, undecided_meaning);
  if (report.clock.went_back() != 0)
    out += fmt::format("time went back {} times by more than a second, and was taken to go on from there\n",
                       report.clock.went_back());
  if (tally.sources_given_up() != 0)
    out += fmt::format("sources were too many: {} times one was forgotten for another\n",
                       tally.sources_given_up());
}

}  // namespace

std::string report_text(ReplayReport& report) {
  std::string out;
  add_rows(out, report);
  if (report.difference) add_changes(out, report);
  add_sums(out, report);
  return out;
}

Result<void> write_report(ReplayReport& report, OutputFormat format) {
  RecordOutput output(stdout, format, kColumns);
  fmt::memory_buffer line;
  for_each_record(report, [&](const auto& write) {
    line.clear();
    JsonWriter json(line);
    json.begin_object();
    write(json);
    json.end_object();
    output.add({line.data(), line.size()});
  });
  return output.flush();
}

}  // namespace vedette
