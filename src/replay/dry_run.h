// A policy in the packet programs that a sensor would have, over packets that are on no wire: private
// programs and maps, which nothing but this reaches, run by BPF_PROG_TEST_RUN a packet at a time.
//
// Each packet is asked about anew, where a sensor keeps what it decided on a flow (docs/decisions/replay.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "abi/replay.h"
#include "act/block_bits.h"
#include "act/prefix_list.h"
#include "act/rule_programs.h"
#include "kernel/packet_programs.h"
#include "policy/evaluate.h"
#include "policy/policy.h"
#include "replay/interface_numbers.h"
#include "replay/replay_frame.h"
#include "replay/replayed_protocols.h"

namespace vedette {

// A rule that took the packet. Not more than VDT_REPLAY_RULES - 1 and the last one are told of one packet.
struct TakenBy {
  std::uint32_t rule = 0;  // index in the policy's rules
  bool drops = false;      // or would, where it only observes
};

struct DryRunOutcome {
  bool dropped = false;
  DecidedBy by = DecidedBy::kNothing;  // kAllow: the allow-list kept it from being dropped
  std::uint32_t number = 0;  // index in the policy's rules, protocols, or of kBlock and kAllow in its list
  std::span<const TakenBy> taken{};  // in their order; valid until the next packet
  bool spared_from_rule = false;     // of kAllow: the last of these would have dropped it
};

// One thread.
class DryRun {
 public:
  // Loads programs and puts the policy into force in them. Entries with a time to live end so long after
  // `begin_ns`, a moment of the clock that frames' times are of and not before now. `interfaces` outlives
  // this, `file` is what errors call the policy. Unusable where the policy asks for what the kernel can't do.
  [[nodiscard]] static Result<std::unique_ptr<DryRun>> open(Policy policy, std::string_view file,
                                                            InterfaceNumbers& interfaces,
                                                            std::uint64_t begin_ns);

  [[nodiscard]] Result<DryRunOutcome> run(const ReplayFrame& frame);

  // A packet that isn't decided on, as it goes out: it may show what its connection speaks. `now_ns` as in
  // frames.
  void see(const Packet& packet, std::uint64_t now_ns);

  // Known flows' packets are from now on decided on as a sensor does, without being asked about; then
  // outcomes don't tell which rule did.
  void keep_decisions();

  [[nodiscard]] const Policy& policy() const { return policy_; }
  // As the programs counted them, in the policy's order.
  [[nodiscard]] std::vector<RuleCount> rule_counts() { return rules_->counts(); }
  // Likewise of the protocol policy.
  [[nodiscard]] std::vector<ProtocolCount> protocol_counts() const;
  // Of blocks what they decided on or, where they observe, only counted.
  [[nodiscard]] std::vector<RuleCount> block_counts();

 private:
  using Entry = std::pair<const Prefix, vdt_listed>;
  // One of the policy's lists in the kernel.
  struct List {
    [[nodiscard]] const Entry* find(const vdt_address& source, std::uint8_t ip_version,
                                    std::uint64_t now_ns) const;

    PrefixList kernel;
    std::map<Prefix, std::uint32_t> numbers;         // in the policy
    std::set<std::uint8_t, std::greater<>> lengths;  // that its prefixes have
  };

  DryRun(Policy policy, PacketPrograms programs)
      : policy_(std::move(policy)), programs_(std::move(programs)) {}

  [[nodiscard]] Result<void> put(InterfaceNumbers& interfaces, std::uint64_t begin_ns);
  [[nodiscard]] Result<List> put_list(const std::vector<PolicySource>& sources, const char* ipv4,
                                      const char* ipv6, std::uint64_t begin_ns) const;
  [[nodiscard]] Result<void> put_bits();
  [[nodiscard]] Result<std::uint32_t> run_program(std::span<const std::uint8_t> frame) const;
  [[nodiscard]] DryRunOutcome outcome(bool dropped, const vdt_packet& facts);
  [[nodiscard]] std::uint32_t entry_that_drops(const vdt_packet& facts, std::uint64_t now_ns) const;
  [[nodiscard]] std::uint32_t entry_that_spares(const vdt_packet& facts, std::uint64_t now_ns) const;

  Policy policy_;
  PacketPrograms programs_;
  MappedArray told_;
  int program_ = -1;  // the object's
  std::uint64_t recovered_ns_ = 0;
  std::unique_ptr<RulePrograms> rules_;
  std::unique_ptr<ReplayedProtocols> protocols_;  // none where the policy has none
  std::optional<List> block_;
  std::optional<List> allow_;
  std::vector<TakenBy> taken_;
};

}  // namespace vedette
