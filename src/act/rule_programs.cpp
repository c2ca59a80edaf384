#include "act/rule_programs.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "abi/lists.h"
#include "base/file_descriptor.h"

namespace vedette {

namespace {

constexpr const char* kRules = "rules";
constexpr const char* kRates = "rate_cells";
constexpr std::uint32_t kOnly = 0;

// As they are now.
std::vector<std::uint32_t> this_hosts_interfaces(const std::string& name) {
  const std::uint32_t ifindex = if_nametoindex(name.c_str());
  return ifindex == 0 ? std::vector<std::uint32_t>{} : std::vector{ifindex};
}

// An array that stands in `outer` as its only element.
Result<void> put_array(int outer, const char* name, std::uint32_t value_size, std::uint32_t entries,
                       const void* value) {
  const FileDescriptor made(
      bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(kOnly), value_size, entries, nullptr));
  if (!made) return failed(name, fmt::format("can't be made: {}", std::strerror(errno)));
  if (value != nullptr && bpf_map_update_elem(made.get(), &kOnly, value, BPF_ANY) != 0)
    return failed(name, fmt::format("can't be written: {}", std::strerror(errno)));
  const int fd = made.get();
  if (bpf_map_update_elem(outer, &kOnly, &fd, BPF_ANY) != 0)
    return failed(name, fmt::format("can't be put into force: {}", std::strerror(errno)));
  return {};
}

}  // namespace

Result<std::unique_ptr<RulePrograms>> RulePrograms::open(PacketPrograms& programs,
                                                         InterfacesNamed interfaces) {
  const auto fd = programs.map_fd("rule_counters");
  if (!fd) return std::unexpected(fd.error());
  auto counters = MappedArray::map(*fd, sizeof(vdt_rule_counter));
  if (!counters) return std::unexpected(counters.error());
  std::unique_ptr<RulePrograms> rules(new RulePrograms(
      programs, std::move(*counters), interfaces ? std::move(interfaces) : this_hosts_interfaces));
  if (auto taken = rules->take_over(); !taken) return std::unexpected(taken.error());
  // A dry run sends nothing.
  if (programs.config().replayed != 0) return rules;
  auto acts = ActPrograms::open(programs);
  if (acts)
    rules->acts_ = std::move(*acts);
  else
    rules->why_no_acts_ = acts.error();
  return rules;
}

Result<void> RulePrograms::take_over() {
  const auto outer = programs_.map_fd(kRules);
  if (!outer) return std::unexpected(outer.error());
  std::uint32_t id = 0;
  if (bpf_map_lookup_elem(*outer, &kOnly, &id) != 0) return {};
  const FileDescriptor table(bpf_map_get_fd_by_id(id));
  std::vector<std::byte> bytes(VDT_RULES_BYTES);
  if (!table || bpf_map_lookup_elem(table.get(), &kOnly, bytes.data()) != 0)
    return failed(kRules, fmt::format("of a dead daemon can't be read: {}", std::strerror(errno)));
  in_force_ = compiled_rules(bytes);
  generation_ = reinterpret_cast<const vdt_rules_head*>(bytes.data())->generation;
  return {};
}

Result<void> RulePrograms::can_act(const std::string& name, RuleVerdict verdict) const {
  const bool acts =
      verdict != RuleVerdict::kPass && verdict != RuleVerdict::kDrop && verdict != RuleVerdict::kLimit;
  if (acts_ || !acts || programs_.config().replayed != 0) return {};
  return unusable(fmt::format("rule '{}'", name),
                  "has a verdict that this kernel can't give: " + why_no_acts_.text(), "pass, drop or limit");
}

Result<void> RulePrograms::act_for(const std::vector<ProtocolEntry>& entries) {
  const std::lock_guard lock(mutex_);
  for (const ProtocolEntry& entry : entries)
    if (auto able = can_act(entry.name, entry.verdict); !entry.shadow && !able) return able;
  protocols_mark_ = std::ranges::any_of(entries, [](const ProtocolEntry& entry) {
    return entry.verdict == RuleVerdict::kMark && !entry.shadow;
  });
  return {};
}

Result<std::function<Result<void>()>> RulePrograms::prepare(const std::vector<Rule>& rules) {
  const std::lock_guard lock(mutex_);
  for (const Rule& rule : rules)
    if (auto able = can_act(rule.name, rule.verdict); !rule.shadow && !able)
      return std::unexpected(able.error());
  if (rules.empty()) return [this] { return put_none(); };
  const auto counters = counters_for(rules);
  auto table =
      compile_rules(rules, {.generation = generation_ + 1, .interfaces = interfaces_, .counters = counters});
  if (!table) return std::unexpected(table.error());
  if (auto kept = keep_rates(); !kept) return std::unexpected(kept.error());
  table->resize(VDT_RULES_BYTES);
  return [this, table = std::move(*table)] { return put(table); };
}

Result<void> RulePrograms::apply(const std::vector<Rule>& rules) {
  const auto put = prepare(rules);
  return put ? (*put)() : std::unexpected(put.error());
}

Result<void> RulePrograms::put_none() {
  const std::lock_guard lock(mutex_);
  const auto outer = programs_.map_fd(kRules);
  if (!outer) return std::unexpected(outer.error());
  programs_.set_lists(VDT_LISTS_RULES | VDT_LISTS_PAYLOAD, 0);
  bpf_map_delete_elem(*outer, &kOnly);
  in_force_.clear();
  return {};
}

Result<void> RulePrograms::put(const std::vector<std::byte>& table) {
  const std::lock_guard lock(mutex_);
  const auto outer = programs_.map_fd(kRules);
  if (!outer) return std::unexpected(outer.error());
  const auto compiled = compiled_rules(table);
  const bool payload =
      std::ranges::any_of(compiled, [](const CompiledRule& one) { return one.rule.patterns != 0; });
  if (payload) programs_.set_lists(VDT_LISTS_PAYLOAD, VDT_LISTS_PAYLOAD);
  // The kernel waits until no program looks at the former rules any more.
  if (auto put = put_array(*outer, kRules, VDT_RULES_BYTES, 1, table.data()); !put) return put;
  generation_++;
  in_force_ = compiled;
  if (!payload) programs_.set_lists(VDT_LISTS_PAYLOAD, 0);
  programs_.set_lists(VDT_LISTS_RULES, VDT_LISTS_RULES);
  programs_.decide_anew();
  return {};
}

// The sketch stays over all policies: a rate that goes on doesn't begin anew.
Result<void> RulePrograms::keep_rates() const {
  const auto outer = programs_.map_fd(kRates);
  if (!outer) return std::unexpected(outer.error());
  std::uint32_t id = 0;
  if (bpf_map_lookup_elem(*outer, &kOnly, &id) == 0) return {};
  return put_array(*outer, kRates, sizeof(std::uint64_t), VDT_RATE_CELLS, nullptr);
}

std::vector<std::uint32_t> RulePrograms::counters_for(const std::vector<Rule>& rules) {
  std::map<std::string_view, std::uint32_t> known;
  std::set<std::uint32_t> taken;
  for (const CompiledRule& one : in_force_) {
    known.emplace(one.name, one.rule.counter);
    taken.insert(one.rule.counter);
  }
  std::vector<std::uint32_t> counters;
  std::uint32_t free = 0;
  for (const Rule& rule : rules) {
    const auto same = known.find(rule.name);
    if (same != known.end()) {
      counters.push_back(same->second);
      continue;
    }
    // Where nearly all numbers are in force, a rule that goes shares its counters with one that comes.
    while (taken.contains(free % VDT_RULES_MAX) && free < VDT_RULES_MAX) free++;
    const std::uint32_t counter = free++ % VDT_RULES_MAX;
    for (std::uint32_t stripe = 0; stripe < VDT_RULE_STRIPES; stripe++)
      *counters_.at<vdt_rule_counter>(vdt_rule_counter_element(counter, stripe)) = {};
    counters.push_back(counter);
  }
  return counters;
}

RuleCount RulePrograms::sum_of(const vdt_rule& rule) const {
  RuleCount sum;
  std::uint64_t done = 0;
  for (std::uint32_t stripe = 0; stripe < VDT_RULE_STRIPES; stripe++) {
    const auto& one = *counters_.at<vdt_rule_counter>(vdt_rule_counter_element(rule.counter, stripe));
    const auto read = [](const __u64& value) { return __atomic_load_n(&value, __ATOMIC_RELAXED); };
    sum.packets += read(one.packets);
    sum.bytes += read(one.bytes);
    sum.dropped_packets += read(one.dropped_packets);
    sum.dropped_bytes += read(one.dropped_bytes);
    done += read(one.done_packets);
  }
  if (rule.verdict > VDT_RULE_LIMIT) sum.done_packets = done;
  return sum;
}

std::vector<RuleCount> RulePrograms::counts() {
  const std::lock_guard lock(mutex_);
  std::vector<RuleCount> counts;
  counts.reserve(in_force_.size());
  for (const CompiledRule& one : in_force_) {
    counts.push_back(sum_of(one.rule));
    counts.back().name = one.name;
  }
  return counts;
}

bool RulePrograms::has_policy() {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(in_force_, [](const CompiledRule& one) { return one.rule.until_ns == 0; });
}

Result<void> RulePrograms::follow_interfaces() {
  const std::lock_guard lock(mutex_);
  if (!acts_) return {};
  return acts_->set_marks(protocols_mark_ || std::ranges::any_of(in_force_, [](const CompiledRule& one) {
                            return one.rule.verdict == VDT_RULE_MARK && !(one.rule.flags & VDT_RULE_SHADOW);
                          }));
}

void RulePrograms::remove() {
  const std::lock_guard lock(mutex_);
  if (acts_) (void)acts_->set_marks(false);  // fails where its folder can't be opened: nothing is left by it
}

}  // namespace vedette
