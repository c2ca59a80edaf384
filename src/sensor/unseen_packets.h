// Packets that came to an interface and that none of our programs saw: what its driver and the stack before
// the programs lost. Part of the sum: packets that arrived = packets seen + packets unseen.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/link_statistics.h"
#include "sensor/kernel_facts.h"
#include "sensor/status.h"

namespace vedette {

// Of one interface, since this was made. One thread at a time.
class UnseenPackets {
 public:
  UnseenPackets(int ifindex, const KernelFacts& facts);

  // What the interface said last, where it is gone. `native`: the program on it runs in the driver.
  [[nodiscard]] UnseenCounts counts(const KernelFacts& facts, bool native);

 private:
  // What an interface counts as dropped holds packets that our programs had seen: those of a protocol that
  // nobody takes, and for a program in the driver those that found a CPU's backlog full. The kernel's drop
  // reasons tell these apart; without them the sum tells nothing.
  struct Reading {
    ReceiveLosses losses;
    std::optional<std::uint64_t> without_taker;
    std::optional<std::uint64_t> backlog_full;
  };

  [[nodiscard]] std::optional<Reading> read(const KernelFacts& facts) const;

  int ifindex_;
  std::optional<Reading> before_;
  UnseenCounts counts_;
};

// What only one of both knows is what that one says.
void add(UnseenCounts& sum, const UnseenCounts& one);

}  // namespace vedette
