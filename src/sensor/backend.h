// What the API may ask of a sensor. The live sensor is one; tests put another behind the same API. All of
// it may be called from any thread, and none of it waits for packets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abi/events.h"
#include "act/audit_trail.h"
#include "act/feed_keeper.h"
#include "act/finding_hook.h"
#include "act/policy_keeper.h"
#include "act/protocol_count.h"
#include "act/rule_programs.h"
#include "act/solicited_only.h"
#include "act/source_lists.h"
#include "act/syn_proxy.h"
#include "base/error.h"
#include "detect/finding.h"
#include "doctor/fact.h"
#include "packet/packet.h"
#include "sensor/status.h"
#include "store/store.h"

namespace vedette {

struct FlowQuery {
  std::size_t limit = 100;      // flows in an answer; 1 … 10,000
  std::string cursor;           // where the last answer ended; empty: from the beginning
  std::string sort = "-bytes";  // a field's name, "-" before it for descending
  std::string filter;           // pcap-filter over the flow's own addresses, ports and protocol; empty: all
};

struct FlowPage {
  std::vector<std::string> flows;  // a JSON object each (contract: a flow), without line ends
  std::size_t total = 0;           // that matched
  std::string next_cursor;         // empty: that was all
};

struct PacketQuery {
  std::string filter;           // pcap-filter; empty: every packet
  std::uint32_t snaplen = 256;  // bytes to copy of each packet; 1 … 65,535
  std::uint64_t count = 0;      // ends after so many; 0 = goes on
};

// One packet that a stream tells. Owns its bytes.
struct StreamedPacket {
  std::uint64_t id = 0;  // grows by one with each packet of the stream
  Nanoseconds time{};    // since the epoch
  std::uint32_t ifindex = 0;
  std::string interface_name;
  std::uint32_t length = 0;  // bytes on the wire
  std::uint32_t segments = 1;
  std::uint8_t direction = 0;  // enum vdt_direction
  std::uint8_t verdict = 0;
  std::uint16_t spoken = 0;  // what its flow speaks, as far as that is known when it comes
  std::vector<std::uint8_t> bytes;
};

struct HandshakeQuery {
  std::string filter;       // pcap-filter over the flow's own addresses, ports and protocol; empty: all
  std::uint64_t count = 0;  // ends after so many; 0 = goes on
};

// One handshake that a stream tells.
struct StreamedHandshake {
  std::uint64_t id = 0;  // grows by one with each handshake of the stream
  std::string json;      // an object (contract: a handshake), without line end
};

// One second that a stream tells.
struct StreamedSecond {
  std::uint64_t id = 0;  // grows by one with each second of the stream
  std::string json;      // an object (sensor/live_seconds.h), without line end
};

// What is told as it comes. Ends with this value. One thread at a time.
template <typename Item>
class ItemStream {
 public:
  virtual ~ItemStream() = default;

  // Moves what has come since the last call to the end of `items`, after waiting up to `wait` for a first
  // one. False where the stream has ended: its count was reached, or the sensor stops.
  virtual bool next(std::vector<Item>& items, Nanoseconds wait) = 0;

  // Items that matched and could not be told, since the stream began.
  [[nodiscard]] virtual std::uint64_t lost() const = 0;

  // Whether there is a client. One that has gone and may come back is told by lost() what it missed, but what
  // nobody waits for is no loss of the sensor's.
  virtual void set_attended(bool attended) = 0;
};

using PacketStream = ItemStream<StreamedPacket>;
using HandshakeStream = ItemStream<StreamedHandshake>;
using SecondStream = ItemStream<StreamedSecond>;

struct FindingQuery {
  std::size_t limit = 1000;          // 1 … 10,000
  std::uint64_t after = 0;           // the last answer's `last`; 0: from the oldest that is kept
  std::string kind;                  // of finding_kind_name(); empty: all
  Severity least = Severity::kInfo;  // severity
};

struct FindingPage {
  std::vector<std::string>
      findings;            // a JSON object each (contract: a finding), in the order in which they were raised
  std::uint64_t last = 0;  // where the next answer goes on
  std::uint64_t raised = 0;  // since the sensor began; the latest 10,000 are kept
  bool more = false;         // that match or may match
};

struct EvidenceAnswer {
  std::string pcapng;   // empty: there is none
  std::string why_not;  // then
};

struct PolicyStatus {
  PolicyState state;
  std::vector<RuleCount> rules;  // in force, in their order; likewise the others
  std::vector<ProtocolCount> protocols;
  std::vector<RuleCount> shadow_rules;  // what it would have dropped
  std::vector<ProtocolCount> shadow_protocols;
};

// What feeds block: an entry, and why each of its feeds says that.
struct ListedFeedEntry {
  FedSource source;
  std::string reason;
  std::optional<Nanoseconds> expires;  // since the epoch; nothing: it has no end
};

struct FedPage {
  std::vector<ListedFeedEntry> entries;
  std::size_t total = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual Health health() const = 0;
  [[nodiscard]] virtual Stats stats() = 0;
  [[nodiscard]] virtual std::vector<InterfaceStatus> interfaces() = 0;
  // What the kernel and the machine allow: areas "kernel", "part", and each interface's name.
  [[nodiscard]] virtual std::vector<Fact> kernel() = 0;
  // Unusable where the query's sort, cursor or filter is.
  [[nodiscard]] virtual Result<FlowPage> flows(const FlowQuery& query) = 0;
  // Unusable where the filter is; failed where no more watchers fit.
  [[nodiscard]] virtual Result<std::unique_ptr<PacketStream>> packets(const PacketQuery& query) = 0;
  // Unusable where the filter is.
  [[nodiscard]] virtual Result<std::unique_ptr<HandshakeStream>> handshakes(const HandshakeQuery& query) = 0;

  // What was seen; null where history is off.
  [[nodiscard]] virtual Store* store() = 0;
  // What each second from now on was; ends after `count` of them, 0: goes on.
  [[nodiscard]] virtual std::unique_ptr<SecondStream> seconds(std::uint64_t count) = 0;

  [[nodiscard]] virtual FindingPage findings(const FindingQuery& query) = 0;
  // The packets that prove the finding of this id.
  [[nodiscard]] virtual EvidenceAnswer evidence(const std::string& id) = 0;

  // The block-list and the allow-list; as SourceLists has them.
  [[nodiscard]] virtual std::vector<ListedSource> listed_sources() = 0;
  [[nodiscard]] virtual Result<ListedSource> list_source(const ListChange& change) = 0;
  [[nodiscard]] virtual Result<std::optional<ListedSource>> unlist_source(ListKind kind, const Prefix& prefix,
                                                                          const Actor& by) = 0;

  // The policy in force; as PolicyKeeper has it.
  [[nodiscard]] virtual PolicyStatus policy() = 0;
  [[nodiscard]] virtual Result<void> apply_policy(const PolicyOrder& order) = 0;
  [[nodiscard]] virtual Result<void> confirm_policy(const Actor& by) = 0;
  [[nodiscard]] virtual Result<void> roll_back_policy(const Actor& by) = 0;
  [[nodiscard]] virtual Result<void> begin_shadow(const PolicyOrder& order) = 0;
  [[nodiscard]] virtual Result<void> end_shadow(const Actor& by) = 0;

  // SYN proxies; as SynProxy has them. Failed where the kernel has no guard.
  [[nodiscard]] virtual Result<std::vector<ProxyStatus>> proxies() = 0;
  [[nodiscard]] virtual Result<ProxyStatus> start_proxy(const ProxyRequest& request, const Actor& by) = 0;
  [[nodiscard]] virtual Result<std::optional<ProxyStatus>> stop_proxy(std::uint16_t port,
                                                                      const Actor& by) = 0;

  // Addresses that take only what they asked for; as SolicitedOnly has them. Failed likewise.
  [[nodiscard]] virtual Result<std::vector<SolicitedHost>> solicited_hosts() = 0;
  [[nodiscard]] virtual Result<SolicitedHost> put_solicited(const SolicitedHost& host, const Actor& by) = 0;
  [[nodiscard]] virtual Result<std::optional<SolicitedHost>> erase_solicited(const Prefix& address,
                                                                             const Actor& by) = 0;

  // The feeds; as FeedKeeper has them.
  [[nodiscard]] virtual std::vector<FeedStatus> feeds() = 0;
  // A page of what feeds block, in the prefixes' order.
  [[nodiscard]] virtual FedPage fed_sources(std::size_t first, std::size_t most) = 0;
  // Those that hold the prefix, the widest first.
  [[nodiscard]] virtual std::vector<ListedFeedEntry> fed_holding(const Prefix& prefix) = 0;

  // Who changed what passes and drops; as AuditTrail has it.
  [[nodiscard]] virtual EventPage audit(const AuditQuery& query) = 0;
  // Whom findings are handed to.
  [[nodiscard]] virtual std::vector<HookStatus> hooks() = 0;
};

}  // namespace vedette
