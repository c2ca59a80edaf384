// A policy's rules in the kernel: compiled, put beside those in force, and switched to in one step, so that
// each packet is decided on by one policy or the other. They lie in pinned maps alone and decide while no
// daemon runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel/act_programs.h"
#include "kernel/mapped_array.h"
#include "kernel/packet_programs.h"
#include "policy/rule_table.h"

namespace vedette {

// What a rule decided on since it came into force; a rule of the same name goes on counting in the next
// policy.
struct RuleCount {
  std::string name;
  std::uint64_t packets = 0;  // on the wire; of flows that are decided on once, those first packets alone
  std::uint64_t bytes = 0;
  std::uint64_t dropped_packets = 0;  // or that it would have dropped, where it only observes
  std::uint64_t dropped_bytes = 0;
  // Answered, marked, written, sent on or told, where its verdict says so.
  std::optional<std::uint64_t> done_packets;
};

// Any thread.
class RulePrograms {
 public:
  // Takes over the rules that a dead daemon left. `programs` must outlive this. Interfaces are asked for with
  // each policy; by default they are this host's.
  [[nodiscard]] static Result<std::unique_ptr<RulePrograms>> open(PacketPrograms& programs,
                                                                  InterfacesNamed interfaces = {});

  // What puts these rules into force in place of all others, at once or not at all; none: no packet is asked
  // any more. To be called before the next ones are prepared, or never. Fails as compile_rules() does, or
  // where the kernel can't do what they say.
  [[nodiscard]] Result<std::function<Result<void>()>> prepare(const std::vector<Rule>& rules);
  // Both.
  [[nodiscard]] Result<void> apply(const std::vector<Rule>& rules);

  // Has what these do beyond letting pass and dropping done. Fails where the kernel can't.
  [[nodiscard]] Result<void> act_for(const std::vector<ProtocolEntry>& entries);

  // Of the rules in force, in their order.
  [[nodiscard]] std::vector<RuleCount> counts();
  // Whether any rule in force has no end of its own: those are a policy's.
  [[nodiscard]] bool has_policy();

  // Where rules or protocols mark and packets come in by XDP, tc sets the marks: also on interfaces that came
  // since. What was in vain is said. One thread at a time, as PacketPrograms says.
  [[nodiscard]] Result<void> follow_interfaces();
  // Takes that off all interfaces; what is in pinned maps goes with the packet programs'.
  void remove();

 private:
  RulePrograms(PacketPrograms& programs, MappedArray counters, InterfacesNamed interfaces)
      : programs_(programs), counters_(std::move(counters)), interfaces_(std::move(interfaces)) {}

  [[nodiscard]] Result<void> take_over();
  [[nodiscard]] Result<void> keep_rates() const;
  [[nodiscard]] Result<void> put(const std::vector<std::byte>& table);
  [[nodiscard]] Result<void> put_none();
  [[nodiscard]] Result<void> can_act(const std::string& name, RuleVerdict verdict) const;
  [[nodiscard]] std::vector<std::uint32_t> counters_for(const std::vector<Rule>& rules);
  [[nodiscard]] RuleCount sum_of(const vdt_rule& rule) const;

  std::mutex mutex_;
  PacketPrograms& programs_;
  MappedArray counters_;
  InterfacesNamed interfaces_;
  std::unique_ptr<ActPrograms> acts_;  // none where the kernel refused them
  Error why_no_acts_;
  bool protocols_mark_ = false;
  std::vector<CompiledRule> in_force_;
  std::uint64_t generation_ = 0;
};

}  // namespace vedette
