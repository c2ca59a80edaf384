#include "sensor/unseen_packets.h"

namespace vedette {

namespace {

// The kernel counts in its own time: a later reading of one counter must not wrap a difference.
std::uint64_t above(std::uint64_t value, std::uint64_t base) {
  return value > base ? value - base : 0;
}

void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& one) {
  if (one) sum = sum.value_or(0) + *one;
}

}  // namespace

UnseenPackets::UnseenPackets(int ifindex, const KernelFacts& facts)
    : ifindex_(ifindex), before_(read(facts)) {}

std::optional<UnseenPackets::Reading> UnseenPackets::read(const KernelFacts& facts) const {
  const Result<ReceiveLosses> losses = receive_losses(ifindex_);
  if (!losses) return std::nullopt;
  const auto ifindex = static_cast<std::uint32_t>(ifindex_);
  // Two names of the same reason: before Linux 5.19, and since.
  return Reading{*losses, facts.dropped(ifindex, {"PTYPE_ABSENT", "UNHANDLED_PROTO"}),
                 facts.dropped(ifindex, {"CPU_BACKLOG"})};
}

UnseenCounts UnseenPackets::counts(const KernelFacts& facts, bool native) {
  const std::optional<Reading> now = read(facts);
  if (!now || !before_) return counts_;
  counts_.missed = above(now->losses.missed, before_->losses.missed);
  counts_.errors = above(now->losses.errors, before_->losses.errors);
  if (!now->without_taker || !before_->without_taker) return counts_;
  std::uint64_t behind = *now->without_taker - *before_->without_taker;
  if (native) behind += *now->backlog_full - *before_->backlog_full;
  counts_.dropped = above(now->losses.dropped - before_->losses.dropped, behind);
  return counts_;
}

void add(UnseenCounts& sum, const UnseenCounts& one) {
  add(sum.missed, one.missed);
  add(sum.errors, one.errors);
  add(sum.dropped, one.dropped);
}

}  // namespace vedette
