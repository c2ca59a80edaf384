#include "flow/flow_order.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "packet/spoken.h"

namespace vedette {

namespace {

template <typename T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

template <auto Value>
int by(const Flow& a, const Flow& b) {
  return three_way(Value(a), Value(b));
}

int by_address(const Flow& a, const Flow& b, const vdt_address& address_a, const vdt_address& address_b) {
  if (const int versions = three_way(a.key.ip_version, b.key.ip_version)) return versions;
  return std::memcmp(&address_a, &address_b, sizeof address_a);
}

struct SortKey {
  std::string_view name;
  int (*compare)(const Flow&, const Flow&);
};

constexpr SortKey kSortKeys[] = {
    {"first_ns", by<[](const Flow& f) { return f.first; }>},
    {"last_ns", by<[](const Flow& f) { return f.last; }>},
    {"duration_ns", by<[](const Flow& f) { return f.last - f.first; }>},
    {"src_ip", [](const Flow& a, const Flow& b) { return by_address(a, b, a.key.src, b.key.src); }},
    {"src_port", by<[](const Flow& f) { return f.key.src_port; }>},
    {"dst_ip", [](const Flow& a, const Flow& b) { return by_address(a, b, a.key.dst, b.key.dst); }},
    {"dst_port", by<[](const Flow& f) { return f.key.dst_port; }>},
    {"protocol", by<[](const Flow& f) { return f.key.protocol; }>},
    {"ip_version", by<[](const Flow& f) { return f.key.ip_version; }>},
    {"app", [](const Flow& a, const Flow& b) { return spoken(a.spoken).app.compare(spoken(b.spoken).app); }},
    {"packets", by<[](const Flow& f) { return f.sent[kInitiator].packets; }>},
    {"bytes", by<[](const Flow& f) { return f.sent[kInitiator].bytes; }>},
    {"reply_packets", by<[](const Flow& f) { return f.sent[kResponder].packets; }>},
    {"reply_bytes", by<[](const Flow& f) { return f.sent[kResponder].bytes; }>},
    {"total_packets",
     by<[](const Flow& f) { return f.sent[kInitiator].packets + f.sent[kResponder].packets; }>},
    {"total_bytes", by<[](const Flow& f) { return f.sent[kInitiator].bytes + f.sent[kResponder].bytes; }>},
    {"min_length", by<[](const Flow& f) { return f.min_length; }>},
    {"max_length", by<[](const Flow& f) { return f.max_length; }>},
    {"state", by<[](const Flow& f) { return flow_state(f); }>},
    {"handshake_rtt_us", by<[](const Flow& f) { return f.handshake_rtt_us; }>},
    {"rtt_us", by<[](const Flow& f) { return f.rtt_us; }>},
    {"retransmits", by<[](const Flow& f) { return f.retransmits[kInitiator]; }>},
    {"reply_retransmits", by<[](const Flow& f) { return f.retransmits[kResponder]; }>},
    {"total_retransmits",
     by<[](const Flow& f) { return f.retransmits[kInitiator] + f.retransmits[kResponder]; }>},
    {"out_of_order", by<[](const Flow& f) { return f.out_of_order; }>},
    {"zero_windows", by<[](const Flow& f) { return f.zero_windows; }>},
    {"resets", by<[](const Flow& f) { return f.resets; }>},
};

}  // namespace

Result<FlowOrder> FlowOrder::parse(std::string_view key) {
  const bool descending = key.starts_with('-');
  const std::string_view name = key.substr(descending ? 1 : 0);
  for (const SortKey& known : kSortKeys)
    if (known.name == name) return FlowOrder(known.compare, descending);
  return unusable(
      "sort", fmt::format("expected a flow's field, found \"{}\"", name),
      fmt::format("one of {}, \"-\" before it for the largest first", fmt::join(sort_keys(), ", ")));
}

std::vector<std::string_view> FlowOrder::sort_keys() {
  std::vector<std::string_view> names;
  for (const SortKey& known : kSortKeys) names.push_back(known.name);
  return names;
}

bool FlowOrder::before(const Flow& a, const Flow& b) const {
  if (const int order = compare_(a, b)) return descending_ ? order > 0 : order < 0;
  // Pages of an answer fit together only where the order is total.
  if (a.first != b.first) return a.first < b.first;
  return std::memcmp(&a.key, &b.key, sizeof a.key) < 0;
}

KeptFlow::KeptFlow(const FlowView& view)
    : flow(view.flow), interface_name(view.interface_name), end(view.end) {
  if (view.tunnel != nullptr) tunnel = *view.tunnel;
  if (view.facts != nullptr) facts = *view.facts;
}

FlowView KeptFlow::view() const {
  return {flow, tunnel ? &*tunnel : nullptr, facts ? &*facts : nullptr, interface_name, end};
}

void FlowTop::add(const FlowView& view) {
  const auto before = [this](const KeptFlow& a, const KeptFlow& b) { return order_.before(a.flow, b.flow); };
  if (limit_ == 0U) return;
  if (limit_ && kept_.size() == *limit_) {
    if (!order_.before(view.flow, kept_.front().flow)) return;
    std::ranges::pop_heap(kept_, before);
    kept_.pop_back();
  }
  kept_.emplace_back(view);
  if (limit_) std::ranges::push_heap(kept_, before);
}

std::vector<KeptFlow> FlowTop::take() {
  std::ranges::stable_sort(
      kept_, [this](const KeptFlow& a, const KeptFlow& b) { return order_.before(a.flow, b.flow); });
  return std::exchange(kept_, {});
}

}  // namespace vedette
