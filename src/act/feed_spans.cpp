#include "act/feed_spans.h"

#include <arpa/inet.h>

#include <algorithm>

namespace vedette {

namespace {

constexpr std::uint64_t kIndexed = 1ULL << 14;  // addresses that an element of the index stands for

// Takes disjoint ranges of addresses in their order.
class Spans {
 public:
  Spans() { all_.index.resize((1ULL << 32) / kIndexed); }

  void add(std::uint64_t first, std::uint64_t last, std::uint32_t entry) {
    while (first <= last) {
      if (first % kIndexed == 0 && last - first >= kIndexed - 1) {
        all_.index[first / kIndexed].whole = entry + 1;
        first += kIndexed;
        continue;
      }
      if (first >> 8 != network_) finish_network();
      network_ = first >> 8;
      const std::uint64_t end = std::min(last, first | 255);
      of_network_.push_back({.entry = entry,
                             .first = static_cast<std::uint8_t>(first),
                             .last = static_cast<std::uint8_t>(end),
                             .more = 0});
      first = end + 1;
    }
  }

  FeedSpans finish() {
    finish_network();
    const auto behind = static_cast<std::uint32_t>(all_.spans.size());
    for (vdt_feed_span& span : all_.spans)
      if (span.more != 0) span.entry += behind;
    all_.spans.insert(all_.spans.end(), further_.begin(), further_.end());
    return std::move(all_);
  }

 private:
  void finish_network() {
    if (of_network_.empty()) return;
    vdt_feed_index4& index = all_.index[network_ >> 6];
    if (index.bits == 0) index.first = static_cast<std::uint32_t>(all_.spans.size());
    index.bits |= 1ULL << (network_ & 63);
    if (of_network_.size() == 1) {
      all_.spans.push_back(of_network_.front());
    } else {
      all_.spans.push_back({.entry = static_cast<std::uint32_t>(further_.size()),
                            .first = 0,
                            .last = 0,
                            .more = static_cast<std::uint16_t>(of_network_.size())});
      further_.insert(further_.end(), of_network_.begin(), of_network_.end());
    }
    of_network_.clear();
  }

  FeedSpans all_;
  std::vector<vdt_feed_span> further_;
  std::uint64_t network_ = 0;  // at hand: its addresses >> 8
  std::vector<vdt_feed_span> of_network_;
};

struct Open {
  std::uint64_t last;
  std::uint32_t entry;
};

}  // namespace

FeedSpans feed_spans(const std::vector<FedPrefix>& prefixes) {
  Spans spans;
  std::vector<Open> open;                           // entries within one another
  std::uint64_t next = 0;                           // the first address that isn't told yet
  const auto tell_until = [&](std::uint64_t end) {  // exclusive
    if (!open.empty() && next < end) spans.add(next, end - 1, open.back().entry);
    next = end;
  };
  const auto close = [&](std::uint64_t before) {
    for (; !open.empty() && open.back().last < before; open.pop_back()) tell_until(open.back().last + 1);
  };
  for (std::uint32_t entry = 0; entry < prefixes.size(); entry++) {
    const Prefix& prefix = prefixes[entry].prefix;
    const std::uint64_t first = ntohl(prefix.address.words[0]);
    close(first);
    tell_until(first);
    open.push_back({first + (1ULL << (32 - prefix.length)) - 1, entry});
  }
  close(1ULL << 32);
  return spans.finish();
}

}  // namespace vedette
