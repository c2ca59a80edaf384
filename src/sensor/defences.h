// All that passes or drops packets of a running sensor: the lists by hand, the feeds, the policy, the SYN
// proxies and the addresses that take only what they asked for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "act/feed_keeper.h"
#include "act/policy_keeper.h"
#include "act/protocol_keeper.h"
#include "act/rule_programs.h"
#include "act/solicited_only.h"
#include "act/source_lists.h"
#include "act/syn_proxy.h"
#include "act/tcp_under_attack.h"
#include "base/error.h"
#include "kernel/guard.h"
#include "kernel/packet_programs.h"
#include "sensor/kernel_report.h"
#include "sensor/sensor.h"

namespace vedette {

// The calls of one thread: but what lists(), fed(), feeds(), rules(), protocols() and policy() give may be
// called from any.
class Defences {
 public:
  // All must outlive it. `decide_anew`: as ProtocolKeeper has it.
  Defences(PacketPrograms& programs, const SensorOptions& options, AuditTrail& audit,
           std::function<void(const vdt_flow_key&)> decide_anew);

  // Before the programs are attached: what a dead daemon left, or the lists' file. A kernel without the guard
  // is no failure: what it lacks is said when it is asked for.
  [[nodiscard]] Result<void> open();
  // Once they are attached: the policy that the options name, where none is taken over.
  [[nodiscard]] Result<void> begin_policy();
  // The proxies and addresses that the options name: they must be had.
  [[nodiscard]] Result<void> begin_guard();

  // What has ended ends; what has changed is kept in the files. Every second or so.
  void tick();
  // Interfaces that came bring addresses and paths with them. Every second or so.
  void follow_interfaces();
  // No feed is fetched any more.
  void stop();
  void keep_lists();
  // Takes the guard out of the kernel, and what sets rules' marks.
  void remove();

  [[nodiscard]] SourceLists& lists() { return *lists_; }
  [[nodiscard]] FedSources& fed() { return *fed_; }
  [[nodiscard]] FeedKeeper& feeds() { return *feeds_; }
  [[nodiscard]] RulePrograms& rules() { return *rules_; }
  // None where the kernel refused its programs.
  [[nodiscard]] ProtocolKeeper* protocols() { return protocols_.get(); }
  [[nodiscard]] PolicyKeeper& policy() { return *policy_; }
  // With its reasons.
  [[nodiscard]] ListedFeedEntry listed(FedSource source) const;

  // Which of their programs the kernel has.
  [[nodiscard]] DecidingPrograms deciding() const;

  // Each failed where the kernel has no guard.
  [[nodiscard]] Result<SynProxy*> syn_proxy();
  [[nodiscard]] Result<SolicitedOnly*> solicited_only();
  [[nodiscard]] Result<ProxyStatus> start_proxy(const ProxyRequest& request, const Actor& by = {});
  [[nodiscard]] Result<std::optional<ProxyStatus>> stop_proxy(std::uint16_t port, const Actor& by);
  [[nodiscard]] Result<SolicitedHost> put_solicited(const SolicitedHost& host, const Actor& by = {});
  [[nodiscard]] Result<std::optional<SolicitedHost>> erase_solicited(const Prefix& address, const Actor& by);
  // As TcpUnderAttack::answer(); nothing where the kernel has no guard.
  [[nodiscard]] Response answer_by_state(const Finding& finding, ResponseMode mode, Nanoseconds now);

 private:
  [[nodiscard]] Result<void> open_lists();
  void open_protocols();
  [[nodiscard]] Result<void> open_guard();
  [[nodiscard]] Result<void> open_feeds();

  PacketPrograms& programs_;
  const SensorOptions& options_;
  AuditTrail& audit_;
  std::unique_ptr<SourceLists> lists_;
  std::unique_ptr<FedSources> fed_;
  std::unique_ptr<FeedKeeper> feeds_;
  std::unique_ptr<RulePrograms> rules_;
  std::unique_ptr<ProtocolKeeper> protocols_;
  std::unique_ptr<PolicyKeeper> policy_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<SynProxy> syn_proxy_;
  std::unique_ptr<SolicitedOnly> solicited_only_;
  std::unique_ptr<TcpUnderAttack> tcp_under_attack_;
  std::function<void(const vdt_flow_key&)> decide_anew_;
  Error why_no_protocols_;
  Error why_no_guard_;
  std::string proxy_trouble_;  // noted last
  std::string marks_trouble_;
};

}  // namespace vedette
