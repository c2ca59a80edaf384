// Which flows come first: a field's name ("-" before it: largest first), and how many are wanted. Commands
// and the API sort by it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flow/flow.h"

namespace vedette {

// Orders flows by one field of the contract; flows that are equal in it stay as they came.
class FlowOrder {
 public:
  // `key`: "bytes", "-bytes", …; one of sort_keys(). An unknown one is an Error of kind kUnusable that names
  // them all.
  [[nodiscard]] static Result<FlowOrder> parse(std::string_view key);

  // Fields that flows can be sorted by, "total_bytes", "total_packets" and "total_retransmits" (both
  // directions) and "duration_ns" among them.
  [[nodiscard]] static std::vector<std::string_view> sort_keys();

  [[nodiscard]] bool before(const Flow& a, const Flow& b) const;

 private:
  using Compare = int (*)(const Flow&, const Flow&);

  FlowOrder(Compare compare, bool descending) : compare_(compare), descending_(descending) {}

  Compare compare_;
  bool descending_;
};

// A flow kept after its table let it go.
struct KeptFlow {
  explicit KeptFlow(const FlowView& view);

  // Valid as long as this.
  [[nodiscard]] FlowView view() const;

  Flow flow;
  std::optional<FlowTunnel> tunnel;
  std::optional<FlowFacts> facts;
  std::string interface_name;
  FlowEnd end;
};

// The first `limit` flows of all that are added, in memory for `limit` of them (all of them where there is no
// limit). One thread.
class FlowTop {
 public:
  FlowTop(FlowOrder order, std::optional<std::size_t> limit) : order_(order), limit_(limit) {}

  void add(const FlowView& view);

  // All that were kept, in order; leaves none.
  [[nodiscard]] std::vector<KeptFlow> take();

 private:
  FlowOrder order_;
  std::optional<std::size_t> limit_;
  std::vector<KeptFlow> kept_;  // a heap with the last in order on top once it is full
};

}  // namespace vedette
