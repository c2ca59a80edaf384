#include "policy/rule_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "policy/address_value.h"
#include "policy/rule_addresses.h"
#include "policy/rule_classes.h"
#include "policy/rule_merges.h"
#include "policy/rule_table_writer.h"
#include "policy/rule_verdict.h"

namespace vedette {

namespace {

constexpr std::array kValues{
#define VDT_VALUES(enumerator, values) std::uint32_t{values},
    VDT_RULE_FIELD_LIST(VDT_VALUES)
#undef VDT_VALUES
};

std::uint32_t add_row(RuleTableWriter& table, const RuleSet& set) {
  const std::uint32_t at = table.begin();
  vdt_rule_row row{};
  std::uint16_t words = 0;
  for (std::size_t word = 0; word < set.size(); word++) {
    if (word % 64 == 0) row.before[word / 64] = words;
    if (!set[word]) continue;
    row.summary[word / 64] |= std::uint64_t{1} << (word % 64);
    words++;
  }
  table.add(row);
  for (const std::uint64_t word : set)
    if (word) table.add(word);
  return at;
}

std::uint32_t add_rows(RuleTableWriter& table, const std::vector<RuleSet>& sets) {
  std::vector<std::uint32_t> rows;
  rows.reserve(sets.size());
  for (const RuleSet& set : sets) rows.push_back(add_row(table, set));
  const std::uint32_t at = table.begin();
  for (const std::uint32_t row : rows) table.add(row);
  return at;
}

// What each rule claims of one field.
class Claims {
 public:
  explicit Claims(std::size_t rules) : always_((rules + 63) / 64) {}

  void add(std::uint32_t rule, AddressValue first, AddressValue last) {
    claims_.push_back({first, last, rule});
  }
  // The rule says nothing of the field.
  void add_always(std::uint32_t rule) { always_[rule / 64] |= std::uint64_t{1} << (rule % 64); }
  // Some rule says something of it.
  bool asked = false;

  [[nodiscard]] std::vector<ClassRange<AddressValue>> parted(RuleClasses& classes) const {
    return part(claims_, always_, classes);
  }
  [[nodiscard]] const RuleSet& always() const { return always_; }

 private:
  std::vector<RuleClaim<AddressValue>> claims_;
  RuleSet always_;
};

class Compiler {
 public:
  Compiler(std::span<const Rule> rules, const RuleTableOptions& options)
      : rules_(rules), options_(options), claims_(VDT_RULE_FIELDS, Claims(rules.size())) {}

  Result<std::vector<std::byte>> compile() {
    if (rules_.size() > static_cast<std::size_t>(VDT_RULES_MAX))
      return unusable("rules",
                      fmt::format("are {}, and at most {} are searched", rules_.size(), VDT_RULES_MAX));
    for (std::uint32_t number = 0; number < rules_.size(); number++)
      if (auto wrong = claim(number)) return std::unexpected(*wrong);
    table_.head.generation = options_.generation;
    table_.head.rules = static_cast<std::uint32_t>(rules_.size());
    for (std::uint32_t field = 0; field < VDT_RULE_FIELDS; field++) {
      if (!claims_[field].asked) continue;
      table_.head.fields |= 1U << field;
      if (auto wrong = add_field(field)) return std::unexpected(*wrong);
    }
    find_each_packet();
    add_merges();
    // A search would meet each of the shadow's rules that take a packet, before it comes to those in force.
    const bool searched =
        std::ranges::any_of(table_.head.merges, [](const vdt_rule_merges& one) { return one.outcomes == 0; });
    if (searched && std::ranges::any_of(rules_, &Rule::shadow))
      return unusable("rules", "of both policies together are too many, or too diverse, to be told by tables",
                      "apply it with --confirm instead, or try fewer of its rules");
    if (auto wrong = add_rules()) return std::unexpected(*wrong);
    return table_.take();
  }

 private:
  void claim_ranges(std::uint32_t number, vdt_rule_field field, const std::vector<NumberRange>& ranges) {
    if (ranges.empty()) return claims_[field].add_always(number);
    claims_[field].asked = true;
    for (const NumberRange& range : ranges) claims_[field].add(number, range.first, range.last);
  }
  template <typename Values>
  void claim_values(std::uint32_t number, vdt_rule_field field, const Values& values) {
    if (values.empty()) return claims_[field].add_always(number);
    claims_[field].asked = true;
    for (const std::uint32_t value : values) claims_[field].add(number, value, value);
  }
  void claim_prefixes(std::uint32_t number, vdt_rule_field ipv4, vdt_rule_field ipv6,
                      const std::vector<Prefix>& prefixes) {
    for (const vdt_rule_field field : {ipv4, ipv6}) {
      if (prefixes.empty()) claims_[field].add_always(number);
      claims_[field].asked |= !prefixes.empty();
    }
    for (const Prefix& prefix : prefixes)
      claims_[prefix.ip_version == 4 ? ipv4 : ipv6].add(
          number, address_value(prefix.address, prefix.ip_version), last_value(prefix));
  }

  std::optional<Error> claim(std::uint32_t number) {
    const Rule& rule = rules_[number];
    const Match& match = rule.match;
    if (!match.country.empty() || !match.asn.empty() || !match.destination_country.empty() ||
        !match.destination_asn.empty())
      return refused(rule, "asks for a country or autonomous system, which isn't expanded into networks");
    if (match.payload.size() > VDT_RULE_PATTERNS)
      return refused(rule, fmt::format("asks for {} places of the payload, and at most {} are compared",
                                       match.payload.size(), VDT_RULE_PATTERNS));
    claim_prefixes(number, VDT_FIELD_SOURCE4, VDT_FIELD_SOURCE6, match.source);
    claim_prefixes(number, VDT_FIELD_DESTINATION4, VDT_FIELD_DESTINATION6, match.destination);
    claim_ranges(number, VDT_FIELD_SOURCE_PORT, match.source_port);
    claim_ranges(number, VDT_FIELD_DESTINATION_PORT, match.destination_port);
    claim_values(number, VDT_FIELD_PROTOCOL, match.protocol);
    claim_values(number, VDT_FIELD_VLAN, match.vlan);
    claim_ranges(number, VDT_FIELD_LENGTH, match.length);
    claim_ranges(number, VDT_FIELD_TTL, match.ttl);
    claim_interfaces(number);
    claim_flags(number);
    claim_icmp(number);
    if (!match.fragment) {
      claims_[VDT_FIELD_FRAGMENT].add_always(number);
    } else {
      claims_[VDT_FIELD_FRAGMENT].asked = true;
      claims_[VDT_FIELD_FRAGMENT].add(number, *match.fragment, *match.fragment);
    }
    return {};
  }

  void claim_interfaces(std::uint32_t number) {
    const Match& match = rules_[number].match;
    Claims& claims = claims_[VDT_FIELD_INTERFACE];
    if (match.interface.empty()) return claims.add_always(number);
    claims.asked = true;
    for (const std::string& name : match.interface)
      for (const std::uint32_t ifindex : options_.interfaces(name))
        claims.add(number, ifindex & 0xffff, ifindex & 0xffff);
  }

  void claim_flags(std::uint32_t number) {
    const Match& match = rules_[number].match;
    Claims& claims = claims_[VDT_FIELD_TCP_FLAGS];
    if (match.tcp_flags.empty()) return claims.add_always(number);
    claims.asked = true;
    for (std::uint32_t flags = 0; flags < 256; flags++)
      if (takes_flags(match, flags)) claims.add(number, flags, flags);
  }

  // What is done with one packet must be done with the flow's next one too. None comes after one that is
  // rejected: it has no record.
  static bool acts_on_each(const Rule& rule) {
    // Of a flow that was let in no packet begins it, and SYNs are asked in any case.
    if (rule.verdict == RuleVerdict::kLimit)
      return std::ranges::any_of(rule.rates, [](const Rate& rate) {
        return rate.unit != RateUnit::kFlows && rate.unit != RateUnit::kSyns;
      });
    return rule.verdict != RuleVerdict::kPass && rule.verdict != RuleVerdict::kDrop &&
           rule.verdict != RuleVerdict::kReject;
  }

  static bool takes_flags(const Match& match, std::uint32_t flags) {
    return match.tcp_flags.empty() || std::ranges::any_of(match.tcp_flags, [&](const FlagsMatch& one) {
             return (flags & one.mask) == one.value;
           });
  }

  void claim_icmp(std::uint32_t number) {
    Claims& claims = claims_[VDT_FIELD_ICMP];
    const auto& icmp = rules_[number].match.icmp;
    if (icmp.empty()) return claims.add_always(number);
    claims.asked = true;
    for (const IcmpMatch& one : icmp) {
      const std::uint32_t type = std::uint32_t{one.type} << 8;
      claims.add(number, type | one.code.value_or(0), type | one.code.value_or(255));
    }
  }

  std::optional<Error> add_field(std::uint32_t field) {
    RuleClasses classes;
    const auto ranges = claims_[field].parted(classes);
    const std::size_t most =
        field == VDT_FIELD_SOURCE6 || field == VDT_FIELD_DESTINATION6 ? VDT_RULES_LOWER : 0xffff;
    vdt_rule_field_place place{};
    if (field == VDT_FIELD_SOURCE4 || field == VDT_FIELD_DESTINATION4) {
      place.table = add_addresses4(table_, ranges);
    } else if (kValues[field] == 0) {
      if (auto wrong = add_addresses6(table_, ranges, place)) return wrong;
    } else {
      // What has no such value is one of what the rules say nothing of.
      const std::uint32_t none = classes.class_of(claims_[field].always());
      place.table = add_values(ranges, kValues[field], has_none(field) ? std::optional(none) : std::nullopt);
    }
    sets_[field] = classes.sets();
    table_.head.field[field] = place;
    if (classes.sets().size() <= most) return {};
    return Error{ErrorKind::kUnusable,
                 "rules",
                 fmt::format("tell {} kinds of one field's values apart, and at most {} are told",
                             classes.sets().size(), most),
                 {}};
  }

  // The last of its values stands for packets that don't have the field.
  static bool has_none(std::uint32_t field) { return kValues[field] % 2 == 1; }

  std::uint32_t add_values(const std::vector<ClassRange<AddressValue>>& ranges, std::uint32_t values,
                           std::optional<std::uint32_t> none) {
    const std::uint32_t at = table_.begin();
    auto range = ranges.begin();
    for (std::uint32_t value = 0; value < values; value++) {
      while (range + 1 != ranges.end() && (range + 1)->begin <= value) ++range;
      const bool is_none = none && value + 1 == values;
      table_.add(static_cast<std::uint16_t>(is_none ? *none : range->class_number));
    }
    return at;
  }

  void add_merges() {
    constexpr std::uint32_t kOfIpv4 = 1U << VDT_FIELD_SOURCE4 | 1U << VDT_FIELD_DESTINATION4;
    constexpr std::uint32_t kOfIpv6 = 1U << VDT_FIELD_SOURCE6 | 1U << VDT_FIELD_DESTINATION6;
    for (const bool ipv6 : {false, true}) {
      const std::uint32_t fields = table_.head.fields & ~(ipv6 ? kOfIpv4 : kOfIpv6);
      table_.head.merges[ipv6] =
          add_tables(merge_rules(rules_, sets_, fields, each_packet_, options_.most_pairs));
    }
    RuleSet all((rules_.size() + 63) / 64);
    for (std::uint32_t number = 0; number < rules_.size(); number++) all[number / 64] |= bit_of(number);
    table_.head.all = add_row(table_, all);
    table_.head.each_packet = add_row(table_, each_packet_);
  }

  vdt_rule_merges add_tables(const RuleMerges& merges) {
    vdt_rule_merges to{};
    add_list(merges.flow, to.flow);
    add_list(merges.packet, to.packet);
    if (merges.outcome_of.empty()) return to;
    std::vector<std::uint32_t> places;
    for (const RuleOutcome& outcome : merges.outcomes) {
      if (const std::uint32_t told = told_outcome(outcome); told != 0) {
        places.push_back(told);
        continue;
      }
      places.push_back(table_.begin());
      table_.add(vdt_rule_outcome{static_cast<std::uint16_t>(outcome.rules.size()), outcome.each_packet});
      table_.add_all(outcome.rules);
    }
    to.packet_classes = merges.packet_classes;
    to.outcomes = table_.begin();
    for (const std::uint32_t outcome : merges.outcome_of) table_.add(places[outcome]);
    return to;
  }

  // Enum vdt_told_outcome where that says all, else 0.
  [[nodiscard]] std::uint32_t told_outcome(const RuleOutcome& outcome) const {
    if (outcome.rules.size() > 1) return 0;
    std::uint32_t told = VDT_OUTCOME_TOLD;
    if (outcome.each_packet) told |= VDT_OUTCOME_EACH_PACKET;
    if (outcome.rules.empty()) return told;
    const Rule& rule = rules_[outcome.rules[0]];
    const bool drops = rule.verdict == RuleVerdict::kDrop;
    if (may_go_on(rule) || (!drops && rule.verdict != RuleVerdict::kPass)) return 0;
    if (drops) told |= VDT_OUTCOME_DROPS;
    told |= VDT_OUTCOME_RULE;
    return told | counter_of(outcome.rules[0]);
  }

  [[nodiscard]] std::uint32_t counter_of(std::uint32_t number) const {
    return options_.counters.empty() ? number : options_.counters[number];
  }

  void add_list(const std::vector<FieldMerge>& merges, std::span<vdt_rule_merge> to) {
    for (vdt_rule_merge& one : to) one.field = VDT_RULE_FIELDS;
    for (std::size_t number = 0; number < merges.size(); number++) {
      const FieldMerge& merge = merges[number];
      to[number].field = merge.field;
      to[number].width = merge.width;
      if (!merge.rows.empty()) to[number].rows = add_rows(table_, merge.rows);
      if (merge.table.empty()) continue;
      to[number].table = table_.begin();
      table_.add_all(merge.table);
    }
  }

  static std::uint64_t bit_of(std::uint32_t number) { return std::uint64_t{1} << (number % 64); }

  // Which rules may take one packet of a flow and not another of those that go the short way: no SYN, FIN or
  // RST, and no fragment (bpf/flow/tcp_health.h, bpf/parse/plain.h).
  void find_each_packet() {
    constexpr std::uint32_t kNotNext = 0x07;  // FIN, SYN, RST
    each_packet_.assign((rules_.size() + 63) / 64, 0);
    for (std::uint32_t number = 0; number < rules_.size(); number++) {
      const Rule& rule = rules_[number];
      int taken = 0;
      int next = 0;
      for (std::uint32_t flags = 0; flags < 256; flags++) {
        if (flags & kNotNext) continue;
        next++;
        taken += takes_flags(rule.match, flags) ? 1 : 0;
      }
      // A shadow's that lets pass decides on nothing: the flow's first packets are enough to count.
      const bool counts_each = may_miss(rule) || (rule.shadow && rule.verdict != RuleVerdict::kPass);
      const bool differs = counts_each || acts_on_each(rule) || !rule.match.length.empty() ||
                           !rule.match.ttl.empty() || (taken != 0 && taken != next);
      if (differs) each_packet_[number / 64] |= bit_of(number);
      if (!rule.match.tcp_flags.empty() || rule.match.fragment) table_.head.by_first_flags = 1;
    }
  }

  std::optional<Error> add_rules() {
    std::vector<vdt_rule> compiled;
    for (std::uint32_t number = 0; number < rules_.size(); number++) {
      const Rule& rule = rules_[number];
      vdt_rule one{};
      one.counter = counter_of(number);
      one.until_ns = static_cast<std::uint64_t>(rule.until.count());
      one.flags = static_cast<std::uint8_t>((rule.observe ? VDT_RULE_OBSERVE : 0) |
                                            (rule.shadow ? VDT_RULE_SHADOW : 0));
      add_patterns(rule, one);
      if (auto wrong = write_verdict(rule, options_.interfaces, one)) return wrong;
      compiled.push_back(one);
    }
    table_.head.rule = table_.begin();
    for (const vdt_rule& one : compiled) table_.add(one);
    std::vector<std::uint32_t> names;
    for (const Rule& rule : rules_) names.push_back(table_.add_text(rule.name));
    table_.head.names = table_.begin();
    for (const std::uint32_t name : names) table_.add(name);
    return {};
  }

  void add_patterns(const Rule& rule, vdt_rule& one) {
    if (rule.match.payload.empty()) return;
    one.patterns = static_cast<std::uint8_t>(rule.match.payload.size());
    one.pattern = table_.begin();
    for (const PayloadMatch& match : rule.match.payload) {
      vdt_pattern pattern{};
      std::array<std::uint8_t, sizeof(pattern.bytes)> bytes{}, mask{};
      std::ranges::copy(match.mask, mask.begin());
      for (std::size_t at = 0; at < match.bytes.size(); at++)
        bytes[at] = static_cast<std::uint8_t>(match.bytes[at] & mask[at]);
      std::memcpy(pattern.bytes, bytes.data(), bytes.size());
      std::memcpy(pattern.mask, mask.data(), mask.size());
      pattern.offset = match.offset;
      pattern.size = static_cast<std::uint16_t>(match.bytes.size());
      table_.add(pattern);
    }
  }

  std::span<const Rule> rules_;
  const RuleTableOptions& options_;
  std::vector<Claims> claims_;  // by enum vdt_rule_field
  FieldSets sets_;
  RuleSet each_packet_;
  RuleTableWriter table_;
};

}  // namespace

Result<std::vector<std::byte>> compile_rules(std::span<const Rule> rules, const RuleTableOptions& options) {
  RuleTableOptions smaller = options;
  for (;;) {
    auto table = Compiler(rules, smaller).compile();
    if (!table || table->size() <= VDT_RULES_BYTES) return table;
    if (smaller.most_pairs == 0)
      return unusable("rules",
                      fmt::format("take {} bytes, and there is room for {}", table->size(), VDT_RULES_BYTES),
                      "fewer rules, or prefixes that more of them share");
    smaller.most_pairs /= 8;
  }
}

std::vector<CompiledRule> compiled_rules(std::span<const std::byte> table) {
  std::vector<CompiledRule> rules;
  vdt_rules_head head{};
  if (table.size() < sizeof(head)) return rules;
  std::memcpy(&head, table.data(), sizeof(head));
  const auto holds = [&](std::size_t at, std::size_t size) { return at + size <= table.size(); };
  for (std::uint32_t number = 0; number < head.rules; number++) {
    CompiledRule one;
    const std::size_t rule = head.rule + std::size_t{number} * sizeof(vdt_rule);
    const std::size_t place = head.names + std::size_t{number} * 4;
    std::uint32_t name = 0;
    if (!holds(rule, sizeof(vdt_rule)) || !holds(place, sizeof(name))) break;
    std::memcpy(&one.rule, table.data() + rule, sizeof(vdt_rule));
    std::memcpy(&name, table.data() + place, sizeof(name));
    for (; holds(name, 1) && table[name] != std::byte{0}; name++)
      one.name.push_back(static_cast<char>(table[name]));
    rules.push_back(std::move(one));
  }
  return rules;
}

}  // namespace vedette
