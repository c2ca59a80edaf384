// TCP health by the kernel's own TCP: loads bpf/health.bpf.c and reads what it keeps, per connection and in
// all. Beside the packet's way: the sensor puts these figures next to what the packets told.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "abi/health.h"
#include "base/error.h"
#include "base/units.h"
#include "kernel/bpf_object.h"
#include "kernel/kernel_btf.h"

namespace vedette {

struct TcpHealthOptions {
  std::uint64_t netns = 0;                                       // cookie of the namespace to tell; 0 = all
  Nanoseconds sample_interval = std::chrono::milliseconds(100);  // a connection's figures are at most so old
  std::uint32_t connections = 65536;  // that the kernel keeps at once: 200 bytes each
};

// Over all CPUs, since start; what each means stands in abi/health.h.
struct KernelTcpTotals : vdt_tcp_totals {
  // Events that the kernel withheld because a program was at work on the CPU that they came up on;
  // retransmissions among them are made up later. 0 in quiet times.
  std::uint64_t missed = 0;
};

// One thread at a time.
class TcpHealth {
 public:
  // Fails where the kernel refuses the programs. A tracepoint that this kernel lacks is left out and told by
  // why_off().
  [[nodiscard]] static Result<TcpHealth> start(const KernelBtf& btf, const TcpHealthOptions& options);

  [[nodiscard]] Result<KernelTcpTotals> totals() const;
  // Nothing where the kernel keeps no such connection.
  [[nodiscard]] std::optional<vdt_connection_health> of(const vdt_connection_key& key) const;
  // Makes room: forgets connections that closed before `now` − `linger` (CLOCK_MONOTONIC). How many it
  // forgot.
  std::size_t forget_closed(Nanoseconds now, Nanoseconds linger);

  // What is missing, one sentence each; empty where all is on.
  [[nodiscard]] const std::vector<std::string>& why_off() const { return why_off_; }
  [[nodiscard]] const BpfObject& object() const { return object_; }

 private:
  explicit TcpHealth(BpfObject object) : object_(std::move(object)) {}

  BpfObject object_;
  std::vector<BpfLink> links_;
  std::vector<std::string> programs_;  // attached ones whose events are counted
  std::vector<std::string> why_off_;
  int connections_fd_ = -1;  // owned by object_
  int totals_fd_ = -1;       // owned by object_
  std::uint32_t capacity_ = 0;
};

}  // namespace vedette
