#include "kernel/tcp_health.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <span>
#include <string_view>

#include "health.bpf.h"
#include "kernel/per_cpu_map.h"

namespace vedette {

namespace {

struct Tracepoint {
  const char* name;
  const char* program;
  const char* without;  // what isn't told where the tracepoint is missing
};

constexpr std::string_view kSampler = "tcp_segment";  // counts nothing: a missed run is only a later sample

constexpr std::array kTracepoints = {
    Tracepoint{"inet_sock_set_state", "tcp_state_changed", "connections opened, accepted and closed"},
    Tracepoint{"tcp_retransmit_skb", "tcp_retransmitted", "retransmitted segments"},
    Tracepoint{"tcp_retransmit_synack", "tcp_synack_retransmitted", "retransmitted SYN-ACKs"},
    Tracepoint{"tcp_send_reset", "tcp_reset_sent", "resets sent"},
    Tracepoint{"tcp_receive_reset", "tcp_reset_received", "resets received"},
    Tracepoint{"tcp_probe", "tcp_segment", "round trips and windows of open connections"},
};

constexpr int kResetWithReasonArguments =
    3;  // since 6.10, with which resets without a socket came to be told
constexpr std::uint32_t kBatch = 1024;

void add(KernelTcpTotals& sum, const vdt_tcp_totals& part) {
  sum.retransmits += part.retransmits;
  sum.resets_sent += part.resets_sent;
  sum.resets_received += part.resets_received;
  sum.connections_attempted += part.connections_attempted;
  sum.connections_opened += part.connections_opened;
  sum.connections_accepted += part.connections_accepted;
  sum.connections_refused += part.connections_refused;
  sum.connections_closed += part.connections_closed;
  sum.samples += part.samples;
  sum.map_full += part.map_full;
}

}  // namespace

Result<TcpHealth> TcpHealth::start(const KernelBtf& btf, const TcpHealthOptions& options) {
  Result<BpfObject> object = BpfObject::open("health", objects::health());
  if (!object) return std::unexpected(object.error());
  TcpHealth health(std::move(*object));

  const vdt_health_config config{
      .netns = options.netns,
      .sample_interval_ns = static_cast<std::uint64_t>(options.sample_interval.count())};
  if (auto done = health.object_.set_read_only_data(std::as_bytes(std::span(&config, 1))); !done)
    return std::unexpected(done.error());
  if (auto done = health.object_.set_max_entries("connections", options.connections); !done)
    return std::unexpected(done.error());
  health.capacity_ = options.connections;

  std::vector<const char*> wanted;
  for (const Tracepoint& point : kTracepoints) {
    if (btf.tracepoint_arguments(point.name)) {
      wanted.push_back(point.program);
      continue;
    }
    health.why_off_.push_back(
        fmt::format("this kernel has no tracepoint {}: {} are not told", point.name, point.without));
    if (auto done = health.object_.set_autoload(point.program, false); !done)
      return std::unexpected(done.error());
  }
  if (btf.tracepoint_arguments("tcp_send_reset").value_or(kResetWithReasonArguments) <
      kResetWithReasonArguments)
    health.why_off_.emplace_back("kernels before 6.10 don't tell resets sent for closed ports");

  if (auto done = health.object_.load(); !done) return std::unexpected(done.error());
  for (const char* program : wanted) {
    Result<BpfLink> link = health.object_.attach(program);
    if (!link) {
      health.why_off_.push_back(link.error().text());
      continue;
    }
    health.links_.push_back(std::move(*link));
    if (program != kSampler) health.programs_.emplace_back(program);
  }
  if (health.links_.empty())
    return failed("TCP health", "no tracepoint could be attached: " + health.why_off_.front());

  const Result<int> connections = health.object_.map_fd("connections");
  const Result<int> totals = health.object_.map_fd("totals");
  if (!connections) return std::unexpected(connections.error());
  if (!totals) return std::unexpected(totals.error());
  health.connections_fd_ = *connections;
  health.totals_fd_ = *totals;
  return health;
}

Result<KernelTcpTotals> TcpHealth::totals() const {
  const auto parts = per_cpu_values<vdt_tcp_totals>(totals_fd_, std::uint32_t{0});
  if (!parts) return std::unexpected(parts.error());
  KernelTcpTotals sum{};
  for (const vdt_tcp_totals& part : *parts) add(sum, part);
  for (const std::string& program : programs_) sum.missed += object_.missed_runs(program).value_or(0);
  return sum;
}

std::optional<vdt_connection_health> TcpHealth::of(const vdt_connection_key& key) const {
  vdt_connection_health health{};
  if (bpf_map_lookup_elem(connections_fd_, &key, &health) != 0) return std::nullopt;
  return health;
}

std::size_t TcpHealth::forget_closed(Nanoseconds now, Nanoseconds linger) {
  const std::uint64_t before = now > linger ? static_cast<std::uint64_t>((now - linger).count()) : 0;
  std::vector<vdt_connection_key> keys(kBatch);
  std::vector<vdt_connection_health> values(kBatch);
  std::vector<vdt_connection_key> gone;
  std::uint64_t position = 0;
  void* from = nullptr;
  // A batch is whole hash buckets, so a map that changes meanwhile can make it longer than its capacity.
  for (std::uint32_t rounds = 0; rounds <= capacity_ / kBatch + 1; ++rounds) {
    std::uint32_t count = kBatch;
    const int error =
        bpf_map_lookup_batch(connections_fd_, from, &position, keys.data(), values.data(), &count, nullptr);
    if (error != 0 && errno != ENOENT) break;
    for (std::uint32_t i = 0; i < count; ++i)
      if (values[i].closed_ns != 0 && values[i].closed_ns < before) gone.push_back(keys[i]);
    if (error != 0) break;
    from = &position;
  }
  for (const vdt_connection_key& key : gone) bpf_map_delete_elem(connections_fd_, &key);
  return gone.size();
}

}  // namespace vedette
