// What blocks, drops and answers: lists, feeds, the policy, SYN proxies, hooks.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "export/sensor_metrics.h"

namespace vedette {

namespace {

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;

double seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// The same member of each row, one sample a row.
template <typename Rows, typename Count>
void write_column(MetricWriter& metrics, std::string_view name, MetricType type, std::string_view help,
                  std::string_view label, const Rows& rows, Count&& count) {
  metrics.family(name, type, help);
  for (const auto& row : rows) metrics.sample({{label, row.name}}, count(row));
}

void write_lists(MetricWriter& metrics, Backend& backend) {
  std::uint64_t allowed = 0;
  std::array<std::uint64_t, 2> blocked{};  // enforced, observed
  for (const ListedSource& one : backend.listed_sources())
    (one.kind == ListKind::kAllow ? allowed : blocked[(one.entry.flags & VDT_LISTED_OBSERVE) != 0])++;
  metrics.family("vedette_listed_prefixes", kGauge,
                 "Entries of the block-list and the allow-list, by hand, by findings and by the policy.");
  metrics.sample({{"list", "allow"}, {"mode", "enforce"}}, allowed);
  metrics.sample({{"list", "block"}, {"mode", "enforce"}}, blocked[0]);
  metrics.sample({{"list", "block"}, {"mode", "observe"}}, blocked[1]);
  metrics.family("vedette_fed_prefixes", kGauge, "Networks that feeds block, each once.");
  metrics.sample(std::uint64_t{backend.fed_sources(0, 0).total});
}

void write_feed_entries(MetricWriter& metrics, const std::vector<FeedStatus>& feeds) {
  metrics.family("vedette_feed_entries", kGauge, "What a feed names, by sort.");
  for (const FeedStatus& feed : feeds)
    for (const auto& [sort, entries] :
         {std::pair{"network", feed.networks}, std::pair{"domain", feed.domains},
          std::pair{"url_host", feed.url_hosts}, std::pair{"ja3", feed.ja3}, std::pair{"ja4", feed.ja4}})
      metrics.sample({{"feed", feed.options.name}, {"sort", sort}}, std::uint64_t{entries});
}

void write_feeds(MetricWriter& metrics, const std::vector<FeedStatus>& feeds) {
  write_feed_entries(metrics, feeds);
  const auto write = [&](std::string_view name, MetricType type, std::string_view help, auto count) {
    metrics.family(name, type, help);
    for (const FeedStatus& feed : feeds) count(feed, MetricWriter::Labels{{"feed", feed.options.name}});
  };
  write("vedette_feed_bad_entries", kGauge, "Lines of a feed that could not be read.",
        [&](const FeedStatus& feed, MetricWriter::Labels labels) {
          metrics.sample(labels, std::uint64_t{feed.bad});
        });
  write("vedette_feed_up", kGauge, "1 where the last try at a feed succeeded, else 0.",
        [&](const FeedStatus& feed, MetricWriter::Labels labels) {
          metrics.sample(labels, std::uint64_t{feed.error.empty() ? 1U : 0U});
        });
  write("vedette_feed_last_try_timestamp_seconds", kGauge, "When a feed was last asked, since the epoch.",
        [&](const FeedStatus& feed, MetricWriter::Labels labels) {
          if (feed.last_try) metrics.sample(labels, seconds(*feed.last_try));
        });
  write("vedette_feed_last_success_timestamp_seconds", kGauge,
        "When a feed was last read whole, since the epoch.",
        [&](const FeedStatus& feed, MetricWriter::Labels labels) {
          if (feed.last_success) metrics.sample(labels, seconds(*feed.last_success));
        });
  write("vedette_feed_hit_packets_total", kCounter, "Packets of what a feed names, dropped or observed.",
        [&](const FeedStatus& feed, MetricWriter::Labels labels) {
          metrics.sample(labels, feed.hits.packets);
        });
}

// The first rows as they are, the others as one.
template <typename Row, typename Add>
std::vector<Row> bounded(std::vector<Row> rows, Add&& add) {
  if (rows.size() <= kMostRuleSeries) return rows;
  Row others{};
  others.name = kOtherSeries;
  for (std::size_t i = kMostRuleSeries; i < rows.size(); i++) add(others, rows[i]);
  rows.resize(kMostRuleSeries);
  rows.push_back(std::move(others));
  return rows;
}

void write_policy(MetricWriter& metrics, const PolicyStatus& policy) {
  const auto rules = bounded(policy.rules, [](RuleCount& sum, const RuleCount& one) {
    sum.packets += one.packets;
    sum.bytes += one.bytes;
    sum.dropped_packets += one.dropped_packets;
    sum.dropped_bytes += one.dropped_bytes;
  });
  write_column(metrics, "vedette_rule_packets_total", kCounter,
               "Packets that a rule of the policy decided on.", "rule", rules,
               [](const RuleCount& rule) { return rule.packets; });
  write_column(metrics, "vedette_rule_bytes_total", kCounter, "Bytes that a rule of the policy decided on.",
               "rule", rules, [](const RuleCount& rule) { return rule.bytes; });
  write_column(metrics, "vedette_rule_dropped_packets_total", kCounter,
               "Packets that a rule dropped, or would have dropped where it only observes.", "rule", rules,
               [](const RuleCount& rule) { return rule.dropped_packets; });
  write_column(metrics, "vedette_rule_dropped_bytes_total", kCounter,
               "Bytes that a rule dropped, or would have dropped where it only observes.", "rule", rules,
               [](const RuleCount& rule) { return rule.dropped_bytes; });
  const auto entries = bounded(policy.protocols, [](ProtocolCount& sum, const ProtocolCount& one) {
    sum.flows += one.flows;
    sum.dropped_packets += one.dropped_packets;
    sum.dropped_bytes += one.dropped_bytes;
  });
  write_column(metrics, "vedette_protocol_policy_flows_total", kCounter,
               "Flows that showed what an entry of the protocol policy refuses.", "entry", entries,
               [](const ProtocolCount& entry) { return entry.flows; });
  write_column(metrics, "vedette_protocol_policy_dropped_packets_total", kCounter,
               "Packets of such flows that were dropped.", "entry", entries,
               [](const ProtocolCount& entry) { return entry.dropped_packets; });
  metrics.family("vedette_policy_applied_timestamp_seconds", kGauge,
                 "When the policy in force was applied, since the epoch.");
  if (policy.state.running) metrics.sample(seconds(policy.state.applied));
}

void write_proxies(MetricWriter& metrics, const std::vector<ProxyStatus>& proxies) {
  struct Outcome {
    std::string_view name;
    __u64 vdt_proxy_counts::*count;
  };
  constexpr std::array kOutcomes{Outcome{"passed", &vdt_proxy_counts::passed},
                                 Outcome{"challenged", &vdt_proxy_counts::challenged},
                                 Outcome{"unanswerable", &vdt_proxy_counts::unanswerable}};
  metrics.family("vedette_syn_proxy_active", kGauge,
                 "1 while a port's SYNs are answered by the proxy, else 0.");
  for (const ProxyStatus& one : proxies)
    metrics.sample({{"port", fmt::to_string(one.request.port)}}, std::uint64_t{one.active ? 1U : 0U});
  metrics.family("vedette_syn_proxy_syns_total", kCounter,
                 "SYNs to a port with a proxy, by what became of them.");
  for (const ProxyStatus& one : proxies)
    for (const Outcome& outcome : kOutcomes)
      metrics.sample({{"port", fmt::to_string(one.request.port)}, {"outcome", outcome.name}},
                     std::uint64_t{one.counts.*outcome.count});
  metrics.family("vedette_syn_proxy_verified_total", kCounter,
                 "Handshakes with a port's proxy that ended in a right answer.");
  for (const ProxyStatus& one : proxies)
    metrics.sample({{"port", fmt::to_string(one.request.port)}}, std::uint64_t{one.counts.verified});
}

void write_hooks(MetricWriter& metrics, const std::vector<HookStatus>& hooks) {
  struct Sum {
    std::uint64_t told = 0, failed = 0, dropped = 0, waiting = 0;
  };
  std::map<std::string_view, Sum> by_kind;  // targets may hold secrets, and be many
  for (const HookStatus& hook : hooks) {
    Sum& sum = by_kind[hook.kind];
    sum.told += hook.told;
    sum.failed += hook.failed;
    sum.dropped += hook.dropped;
    sum.waiting += hook.waiting;
  }
  metrics.family("vedette_hook_findings_total", kCounter,
                 "Findings handed to hooks, by what became of them.");
  for (const auto& [kind, sum] : by_kind) {
    metrics.sample({{"kind", kind}, {"outcome", "told"}}, sum.told);
    metrics.sample({{"kind", kind}, {"outcome", "failed"}}, sum.failed);
    metrics.sample({{"kind", kind}, {"outcome", "dropped"}}, sum.dropped);
  }
  metrics.family("vedette_hook_waiting_findings", kGauge, "Findings that wait for hooks.");
  for (const auto& [kind, sum] : by_kind) metrics.sample({{"kind", kind}}, sum.waiting);
}

}  // namespace

void write_defence_metrics(MetricWriter& metrics, Backend& backend) {
  write_lists(metrics, backend);
  write_feeds(metrics, backend.feeds());
  write_policy(metrics, backend.policy());
  if (const auto proxies = backend.proxies()) write_proxies(metrics, *proxies);
  write_hooks(metrics, backend.hooks());
}

}  // namespace vedette
