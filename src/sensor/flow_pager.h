// One question for flows: those that match its filter, in its order, from its cursor on. Prepared and
// written without the flow table; only add() needs that.
#pragma once

#include <functional>
#include <memory>

#include "base/error.h"
#include "flow/flow.h"
#include "flow/flow_ends.h"
#include "flow/flow_order.h"
#include "sensor/backend.h"

namespace vedette {

// One thread.
class FlowPager {
 public:
  // Unusable where the query's sort, filter, limit or cursor is.
  [[nodiscard]] static Result<FlowPager> prepare(const FlowQuery& query);

  FlowPager(FlowPager&&) noexcept;
  ~FlowPager();

  void add(const FlowView& flow);
  // The flows between the cursor and the limit, each after `complete` had its turn at it.
  [[nodiscard]] FlowPage page(const std::function<void(KeptFlow&)>& complete, const FlowEnds& ends);

 private:
  // libpcap's and the kernel's headers each define a struct bpf_insn: the filter's stays out of sight.
  struct Question;
  explicit FlowPager(std::unique_ptr<Question> question);

  std::unique_ptr<Question> question_;
};

}  // namespace vedette
