// What the kernel knows of its connections beyond their packets: TCP health, drop reasons and owning
// processes, each by itself, so that what one host refuses doesn't take the rest along. The sensor's engine
// asks it beside its sweeps of the flow cache.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "kernel/connection_key.h"
#include "kernel/drop_reasons.h"
#include "kernel/owners.h"
#include "kernel/tcp_health.h"

namespace vedette {

struct HealthOptions {
  // Cookie of the network namespace that is told; nothing = the calling thread's own.
  std::optional<std::uint64_t> netns;
  bool tcp = true;
  bool drops = true;
  bool owners = true;
  std::uint32_t connections = 65536;  // that the kernel keeps at once, for health and for owners each
  Nanoseconds sample_interval = std::chrono::milliseconds(100);
  Nanoseconds closed_linger =
      std::chrono::seconds(90);  // a closed connection's figures can be asked for so long
};

// The kernel's figures of one end of a flow.
struct FlowHealth {
  SocketEnd end;  // which end's: the local one's
  vdt_connection_health health;
};

// One of the parts, and what of it is off: all of it where it isn't on.
struct HealthPart {
  std::string_view name;
  bool on = false;
  std::vector<std::string> why_off;
};

// One thread at a time: the engine's, in the network namespace that is told.
class HealthMonitor {
 public:
  // Fails only where the namespace can't be told; parts that are refused stand in why_off().
  [[nodiscard]] static Result<HealthMonitor> start(const HealthOptions& options);

  // Nothing where TCP health is off.
  [[nodiscard]] std::optional<KernelTcpTotals> tcp_totals() const;
  // The local ends of a TCP flow, source's first: none, one, or on loopback both.
  [[nodiscard]] std::vector<FlowHealth> connection_health(const vdt_flow_key& flow) const;
  // Most frequent first; empty where drop reasons are off.
  [[nodiscard]] std::vector<KernelDrop> drops() const;
  // Nothing where drop reasons are off.
  [[nodiscard]] std::optional<KernelDropTotals> drop_totals() const;
  // Nothing where the owners' programs are off.
  [[nodiscard]] std::optional<vdt_owner_totals> owner_totals() const;
  [[nodiscard]] bool tells_drop_reasons() const { return drops_ && drops_->has_reasons(); }
  // The local process of a flow; see Owners::owner_of().
  [[nodiscard]] std::optional<Owner> owner_of(const vdt_flow_key& flow, Nanoseconds first = Nanoseconds(0));

  // Makes room in the kernel's table; to be called about once a second with CLOCK_MONOTONIC's time.
  void tick(Nanoseconds now);

  // What is off and why, one sentence each; empty where all is on.
  [[nodiscard]] std::vector<std::string> why_off() const;
  // "tcp health", "drop reasons", "owners".
  [[nodiscard]] std::vector<HealthPart> parts() const;

 private:
  HealthMonitor(const HealthOptions& options, std::uint64_t netns) : options_(options), netns_(netns) {}

  HealthOptions options_;
  std::uint64_t netns_;
  std::string why_no_types_;  // the kernel's, without which all of it is off
  std::string why_no_tcp_, why_no_drops_;
  std::optional<TcpHealth> tcp_;
  std::optional<DropReasons> drops_;
  std::optional<Owners> owners_;
  Nanoseconds next_forgetting_{0};
};

}  // namespace vedette
