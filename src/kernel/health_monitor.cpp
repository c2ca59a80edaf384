#include "kernel/health_monitor.h"

#include <netinet/in.h>

#include <array>

#include "kernel/kernel_btf.h"
#include "kernel/net_namespace.h"

namespace vedette {

namespace {

constexpr Nanoseconds kForgettingInterval = std::chrono::seconds(5);  // it reads the whole table

}  // namespace

Result<HealthMonitor> HealthMonitor::start(const HealthOptions& options) {
  std::uint64_t netns = 0;
  if (options.netns) {
    netns = *options.netns;
  } else {
    const Result<std::uint64_t> own = own_netns_cookie();
    if (!own) return std::unexpected(own.error());
    netns = *own;
  }
  HealthMonitor monitor(options, netns);

  const Result<KernelBtf> btf = KernelBtf::load();
  if (!btf) {
    monitor.why_no_types_ = btf.error().text();
    return monitor;
  }
  if (options.tcp) {
    Result<TcpHealth> tcp = TcpHealth::start(
        *btf,
        {.netns = netns, .sample_interval = options.sample_interval, .connections = options.connections});
    if (tcp)
      monitor.tcp_.emplace(std::move(*tcp));
    else
      monitor.why_no_tcp_ = tcp.error().text();
  }
  if (options.drops) {
    Result<DropReasons> drops = DropReasons::start(*btf, netns);
    if (drops)
      monitor.drops_.emplace(std::move(*drops));
    else
      monitor.why_no_drops_ = drops.error().text();
  }
  if (options.owners) {
    OwnersOptions of_owners;
    of_owners.netns = netns;
    of_owners.connections = options.connections;
    monitor.owners_.emplace(Owners::start(of_owners));
  }
  return monitor;
}

std::optional<KernelTcpTotals> HealthMonitor::tcp_totals() const {
  if (!tcp_) return std::nullopt;
  const Result<KernelTcpTotals> totals = tcp_->totals();
  return totals ? std::optional(*totals) : std::nullopt;
}

std::vector<FlowHealth> HealthMonitor::connection_health(const vdt_flow_key& flow) const {
  std::vector<FlowHealth> ends;
  if (!tcp_ || flow.protocol != IPPROTO_TCP) return ends;
  for (const SocketEnd end : {SocketEnd::kSource, SocketEnd::kDestination})
    if (const auto health = tcp_->of(connection_key(flow, end, netns_))) ends.push_back({end, *health});
  return ends;
}

std::vector<KernelDrop> HealthMonitor::drops() const {
  return drops_ ? drops_->counts().value_or(std::vector<KernelDrop>{}) : std::vector<KernelDrop>{};
}

std::optional<KernelDropTotals> HealthMonitor::drop_totals() const {
  if (!drops_) return std::nullopt;
  const Result<KernelDropTotals> totals = drops_->totals();
  return totals ? std::optional(*totals) : std::nullopt;
}

std::optional<vdt_owner_totals> HealthMonitor::owner_totals() const {
  return owners_ ? owners_->totals() : std::nullopt;
}

std::optional<Owner> HealthMonitor::owner_of(const vdt_flow_key& flow, Nanoseconds first) {
  return owners_ ? owners_->owner_of(flow, first) : std::nullopt;
}

void HealthMonitor::tick(Nanoseconds now) {
  if (!tcp_ || now < next_forgetting_) return;
  tcp_->forget_closed(now, options_.closed_linger);
  next_forgetting_ = now + kForgettingInterval;
}

std::vector<std::string> HealthMonitor::why_off() const {
  std::vector<std::string> all;
  if (!why_no_types_.empty()) all.push_back("TCP health, drop reasons and owners are off: " + why_no_types_);
  if (!why_no_tcp_.empty()) all.push_back("TCP health is off: " + why_no_tcp_);
  if (!why_no_drops_.empty()) all.push_back("drop reasons are off: " + why_no_drops_);
  if (tcp_) all.insert(all.end(), tcp_->why_off().begin(), tcp_->why_off().end());
  if (drops_) all.insert(all.end(), drops_->why_off().begin(), drops_->why_off().end());
  if (owners_) all.insert(all.end(), owners_->why_off().begin(), owners_->why_off().end());
  return all;
}

std::vector<HealthPart> HealthMonitor::parts() const {
  const auto part = [this](std::string_view name, const auto& running, const std::string& why_not) {
    if (running) return HealthPart{name, true, running->why_off()};
    for (const std::string& why : {why_not, why_no_types_})
      if (!why.empty()) return HealthPart{name, false, {why}};
    return HealthPart{name, false, {"not asked for"}};
  };
  return {part("tcp health", tcp_, why_no_tcp_), part("drop reasons", drops_, why_no_drops_),
          part("owners", owners_, {})};
}

}  // namespace vedette
