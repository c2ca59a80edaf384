#include "sensor/flow_pager.h"

#include <fmt/format.h>

#include <charconv>

#include "flow/flow_filter.h"
#include "flow/flow_json.h"

namespace vedette {

namespace {

constexpr std::size_t kFlowsInAnAnswer = 10'000;

// A cursor is how many flows stood before: the table changes between questions, and what a client can rely
// on is the order at the moment of each.
Result<std::size_t> skipped_by(const std::string& cursor) {
  std::size_t skipped = 0;
  if (cursor.empty()) return skipped;
  const char* end = cursor.data() + cursor.size();
  const auto read = std::from_chars(cursor.data(), end, skipped);
  if (read.ec != std::errc() || read.ptr != end)
    return unusable("cursor", fmt::format("\"{}\" did not come from an answer", cursor));
  return skipped;
}

}  // namespace

struct FlowPager::Question {
  FlowFilter filter;
  FlowTop top;
  std::size_t skipped;
  std::size_t limit;
  std::size_t matched = 0;
};

FlowPager::FlowPager(std::unique_ptr<Question> question) : question_(std::move(question)) {}
FlowPager::FlowPager(FlowPager&&) noexcept = default;
FlowPager::~FlowPager() = default;

Result<FlowPager> FlowPager::prepare(const FlowQuery& query) {
  auto order = FlowOrder::parse(query.sort);
  if (!order) return std::unexpected(order.error());
  auto filter = FlowFilter::compile(query.filter);
  if (!filter) return std::unexpected(filter.error());
  auto skipped = skipped_by(query.cursor);
  if (!skipped) return std::unexpected(skipped.error());
  if (query.limit == 0 || query.limit > kFlowsInAnAnswer)
    return unusable("limit", fmt::format("expected 1 to {}, found {}", kFlowsInAnAnswer, query.limit));
  return FlowPager(std::make_unique<Question>(
      Question{std::move(*filter), FlowTop(*order, *skipped + query.limit), *skipped, query.limit}));
}

void FlowPager::add(const FlowView& flow) {
  if (!question_->filter.matches(flow.flow)) return;
  question_->matched++;
  question_->top.add(flow);
}

FlowPage FlowPager::page(const std::function<void(KeptFlow&)>& complete, const FlowEnds& ends) {
  FlowPage page;
  page.total = question_->matched;
  std::vector<KeptFlow> kept = question_->top.take();
  for (std::size_t i = question_->skipped; i < kept.size(); i++) {
    complete(kept[i]);
    fmt::memory_buffer text;
    JsonWriter json(text);
    write_flow(json, kept[i].view(), ends);
    page.flows.push_back(fmt::to_string(text));
  }
  const std::size_t end = question_->skipped + question_->limit;
  if (end < page.total) page.next_cursor = fmt::format("{}", end);
  return page;
}

}  // namespace vedette
