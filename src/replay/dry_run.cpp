#include "replay/dry_run.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vedette {

namespace {

constexpr const char* kProgram = "vdt_ingress_xdp";
constexpr const char* kToldMap = ".data.replay";
constexpr std::uint32_t kSwitches =
    VDT_LISTS_BLOCK | VDT_LISTS_SHORT_IPV6 | VDT_LISTS_WIDE_IPV6 | VDT_LISTS_BY_HAND | VDT_LISTS_ALLOW;

vdt_listed entry_of(const PolicySource& source, std::uint64_t begin_ns) {
  vdt_listed entry{};
  if (source.ttl) entry.own_until_ns = begin_ns + static_cast<std::uint64_t>(source.ttl->count());
  entry.until_ns = entry.own_until_ns;
  entry.flags = VDT_LISTED_POLICY | (source.observe ? VDT_LISTED_OBSERVE : 0);
  return entry;
}

// Of the packet, then of each tunnel around it, until `take` says true.
template <typename Take>
void for_each_source(const vdt_packet& facts, Take&& take) {
  if (facts.core.key.ip_version == 0 || take(facts.core.key.src, facts.core.key.ip_version)) return;
  if (!(facts.core.facts & VDT_FACT_TUNNEL) || take(facts.outer.src, facts.outer.ip_version)) return;
  for (std::size_t at = 0; at < VDT_TUNNELS_OPENED - 1 && facts.farther.ip_version[at] != 0; at++)
    if (take(facts.farther.src[at], facts.farther.ip_version[at])) return;
}

// After so long a silence nothing that was spent of any rate is left.
std::uint64_t longest_recovery_ns(const Policy& policy) {
  constexpr std::uint64_t kLongestFrame = 65'536, kSecondNs = 1'000'000'000;
  std::uint64_t seconds = 0;
  for (const Rule& rule : policy.rules)
    for (const Rate& rate : rule.rates)
      seconds = std::max(seconds, (rate.burst + kLongestFrame) / rate.a_second + 1);
  return seconds * kSecondNs;
}

TakenBy taken_by(std::uint32_t told) {
  // Rules that are the first of their programs' have their own numbers as counters.
  return {.rule = told >> 1, .drops = (told & 1) != 0};
}

}  // namespace

Result<std::unique_ptr<DryRun>> DryRun::open(Policy policy, std::string_view file,
                                             InterfaceNumbers& interfaces, std::uint64_t begin_ns) {
  auto programs = PacketPrograms::load_replayed();
  if (!programs) return std::unexpected(programs.error());
  std::unique_ptr<DryRun> dry_run(new DryRun(std::move(policy), std::move(*programs)));
  if (auto put = dry_run->put(interfaces, begin_ns); !put) {
    Error error = put.error();
    if (error.kind == ErrorKind::kUnusable) error.where = fmt::format("{}: {}", file, error.where);
    return std::unexpected(std::move(error));
  }
  return dry_run;
}

Result<void> DryRun::put(InterfaceNumbers& interfaces, std::uint64_t begin_ns) {
  const auto told = programs_.map_fd(kToldMap);
  if (!told) return std::unexpected(told.error());
  auto mapped = MappedArray::map(*told, sizeof(vdt_replay));
  if (!mapped) return std::unexpected(mapped.error());
  told_ = std::move(*mapped);
  told_.at<vdt_replay>(0)->now_ns = begin_ns;
  told_.at<vdt_replay>(0)->rate_ns = begin_ns;
  recovered_ns_ = longest_recovery_ns(policy_);
  const auto program = programs_.object().program_fd(kProgram);
  if (!program) return std::unexpected(program.error());
  program_ = *program;
  auto rules = RulePrograms::open(
      programs_, [&interfaces](const std::string& name) { return std::vector{interfaces.of(name)}; });
  if (!rules) return std::unexpected(rules.error());
  rules_ = std::move(*rules);
  if (auto applied = rules_->apply(policy_.rules); !applied) return applied;
  if (!policy_.protocols.empty()) {
    auto protocols = ReplayedProtocols::open(programs_, policy_.protocols);
    if (!protocols) return std::unexpected(protocols.error());
    protocols_ = std::move(*protocols);
    protocols_->at(begin_ns);
  }
  auto block = put_list(policy_.block, "block4", "block6", begin_ns);
  if (!block) return std::unexpected(block.error());
  block_ = std::move(*block);
  auto allow = put_list(policy_.allow, "allow4", "allow6", begin_ns);
  if (!allow) return std::unexpected(allow.error());
  allow_ = std::move(*allow);
  return put_bits();
}

Result<DryRun::List> DryRun::put_list(const std::vector<PolicySource>& sources, const char* ipv4,
                                      const char* ipv6, std::uint64_t begin_ns) const {
  const auto trie4 = programs_.map_fd(ipv4), trie6 = programs_.map_fd(ipv6);
  if (!trie4) return std::unexpected(trie4.error());
  if (!trie6) return std::unexpected(trie6.error());
  auto kernel = PrefixList::open(*trie4, *trie6);
  if (!kernel) return std::unexpected(kernel.error());
  List list{.kernel = std::move(*kernel), .numbers = {}, .lengths = {}};
  for (std::uint32_t number = 0; number < sources.size(); number++) {
    const Prefix& prefix = sources[number].prefix;
    if (auto put = list.kernel.put(prefix, vedette::entry_of(sources[number], begin_ns)); !put)
      return std::unexpected(put.error());
    list.numbers[prefix] = number;
    list.lengths.insert(prefix.length);
  }
  return list;
}

Result<void> DryRun::put_bits() {
  const auto ipv4 = programs_.map_fd("block_bits4"), ipv6 = programs_.map_fd("block_bits6");
  if (!ipv4) return std::unexpected(ipv4.error());
  if (!ipv6) return std::unexpected(ipv6.error());
  auto bits = BlockBits::map(*ipv4, *ipv6);
  if (!bits) return std::unexpected(bits.error());
  bits->set_all(BitWords(), block_->kernel.entries());
  std::uint32_t lists = BlockBits::switches(block_->kernel.entries());
  if (!policy_.allow.empty()) lists |= VDT_LISTS_ALLOW;
  programs_.set_lists(kSwitches, lists);
  return {};
}

void DryRun::keep_decisions() {
  told_.at<vdt_replay>(0)->at_once = 1;
}

Result<std::uint32_t> DryRun::run_program(std::span<const std::uint8_t> frame) const {
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<__u32>(frame.size());
  options.repeat = 1;
  while (bpf_prog_test_run_opts(program_, &options) != 0)
    if (errno != EINTR && errno != EAGAIN)
      return failed("BPF_PROG_TEST_RUN",
                    fmt::format("a frame of {} bytes is refused: {}", frame.size(), std::strerror(errno)));
  return options.retval;
}

Result<DryRunOutcome> DryRun::run(const ReplayFrame& frame) {
  auto& told = *told_.at<vdt_replay>(0);
  told.rate_ns += std::min<std::uint64_t>(frame.now_ns - told.now_ns, recovered_ns_);
  told.now_ns = frame.now_ns;
  told.ifindex = frame.interface;
  told.length = frame.facts->core.length;
  told.spared = 0;
  told.rules = 0;
  told.protocol = 0;
  if (protocols_) protocols_->at(frame.now_ns);
  const auto action = run_program(frame.bytes);
  if (!action) return std::unexpected(action.error());
  const bool dropped = *action != XDP_PASS && *action != XDP_REDIRECT;
  if (protocols_ && (!dropped || told.protocol != 0)) protocols_->take(frame.bytes, *frame.facts);
  return outcome(dropped, *frame.facts);
}

void DryRun::see(const Packet& packet, std::uint64_t now_ns) {
  if (!protocols_) return;
  protocols_->at(now_ns);
  protocols_->take(packet.bytes, *packet.facts);
}

DryRunOutcome DryRun::outcome(bool dropped, const vdt_packet& facts) {
  const auto& told = *told_.at<const vdt_replay>(0);
  DryRunOutcome outcome{.dropped = dropped};
  taken_.clear();
  for (std::uint32_t at = 0; at < std::min<std::uint32_t>(told.rules, VDT_REPLAY_RULES); at++)
    taken_.push_back(taken_by(told.rule[at]));
  if (told.rules > VDT_REPLAY_RULES) taken_.back() = taken_by(told.last);
  outcome.taken = taken_;
  if (told.protocol != 0) {
    outcome.by = DecidedBy::kProtocol;
    outcome.number = told.protocol - 1;
  } else if (dropped && taken_.empty()) {
    outcome.by = DecidedBy::kBlock;
    outcome.number = entry_that_drops(facts, told.now_ns);
  } else if (!dropped && told.spared != 0) {
    outcome.by = DecidedBy::kAllow;
    outcome.spared_from_rule = (told.spared & VDT_SPARED_RULE) != 0;
    outcome.number = entry_that_spares(facts, told.now_ns);
  } else if (!taken_.empty() && !policy_.rules[taken_.back().rule].observe) {
    outcome.by = DecidedBy::kRule;
    outcome.number = taken_.back().rule;
  }
  return outcome;
}

// As the programs look: the longest prefix that holds the source, while that lasts.
const DryRun::Entry* DryRun::List::find(const vdt_address& source, std::uint8_t ip_version,
                                        std::uint64_t now_ns) const {
  for (const std::uint8_t length : lengths) {
    if (length > Prefix::longest(ip_version)) continue;
    const auto found = kernel.entries().find(prefix_of(source, ip_version, length));
    if (found == kernel.entries().end()) continue;
    return found->second.until_ns == 0 || found->second.until_ns > now_ns ? &*found : nullptr;
  }
  return nullptr;
}

std::uint32_t DryRun::entry_that_drops(const vdt_packet& facts, std::uint64_t now_ns) const {
  std::uint32_t number = 0;
  for_each_source(facts, [&](const vdt_address& source, std::uint8_t ip_version) {
    const Entry* entry = block_->find(source, ip_version, now_ns);
    if (!entry || allow_->find(source, ip_version, now_ns)) return false;
    const std::uint64_t until = entry->second.drops_until_ns;
    if (until != 0 && until <= now_ns) return false;
    number = block_->numbers.at(entry->first);
    return true;
  });
  return number;
}

std::uint32_t DryRun::entry_that_spares(const vdt_packet& facts, std::uint64_t now_ns) const {
  std::uint32_t number = 0;
  for_each_source(facts, [&](const vdt_address& source, std::uint8_t ip_version) {
    const Entry* entry = allow_->find(source, ip_version, now_ns);
    if (entry) number = allow_->numbers.at(entry->first);
    return entry != nullptr;
  });
  return number;
}

std::vector<ProtocolCount> DryRun::protocol_counts() const {
  return protocols_ ? protocols_->counts() : std::vector<ProtocolCount>{};
}

std::vector<RuleCount> DryRun::block_counts() {
  block_->kernel.count();
  std::vector<RuleCount> counts(policy_.block.size());
  for (const auto& [prefix, entry] : block_->kernel.entries()) {
    RuleCount& count = counts[block_->numbers.at(prefix)];
    count.name = prefix_text(prefix);
    count.packets = entry.packets;
    count.bytes = entry.bytes;
  }
  return counts;
}

}  // namespace vedette
