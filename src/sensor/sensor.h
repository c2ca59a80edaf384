// The live engine: puts the packet programs on the interfaces that were asked for, follows these as they
// come, go and change names, takes the flow cache's growth into the flow table, and answers the API.
//
// One thread of its own does the work; everything public may be called from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "act/finding_hook.h"
#include "act/responder.h"
#include "base/error.h"
#include "flow/flow_table.h"
#include "geo/geo_database.h"
#include "handshake/handshake_tracker.h"
#include "kernel/first_bytes.h"
#include "kernel/health_monitor.h"
#include "kernel/packet_heads.h"
#include "kernel/packet_programs.h"
#include "sensor/backend.h"
#include "sensor/evidence.h"
#include "sensor/subscriber.h"
#include "store/store.h"

namespace vedette {

struct SensorOptions {
  std::vector<std::string> interfaces;  // names or shell patterns ("eth*"); at least one
  IngressMode mode = IngressMode::kAuto;
  bool egress = true;  // tell outgoing packets too
  PacketProgramOptions programs;
  FlowOptions flows;
  HealthOptions health;
  FirstBytesOptions first_bytes;
  PacketHeadOptions heads;
  HandshakeOptions handshakes;  // its table of what is outdated is the next one
  OutdatedTable outdated = OutdatedTable::built_in();
  std::filesystem::path lists_file;  // where block-list and allow-list outlive a stop; empty: nowhere
  ResponseOptions responses;         // what is done about findings
  EvidenceOptions evidence;
  std::optional<PolicyOrder> policy;          // where none is taken over
  std::filesystem::path policy_state_file;    // where the policy outlives the daemon; empty: nowhere
  GeoDatabases places;                        // countries and autonomous systems of flows' ends; may be empty
  std::vector<ProxyRequest> proxies;          // SYN proxies to begin with
  std::vector<SolicitedHost> solicited_only;  // addresses that take only what they asked for
  std::vector<FeedOptions> feeds;
  std::filesystem::path audit_file;  // empty: the audit trail is in memory alone
  HookOptions hooks;                 // whom findings are handed to
  // Told of flows and findings from the first packet on. Where there are any, long flows are reported every
  // minute unless `flows` says otherwise.
  std::vector<std::shared_ptr<Subscriber>> subscribers;
  std::optional<StoreOptions> store;   // where what was seen is kept; nothing: nowhere
  bool store_required = false;         // there is no starting without it
  std::filesystem::path feeds_folder;  // where what URLs gave last outlives the daemon; empty: nowhere
  // Called from the engine's thread with a line for the log: an interface came, went, could not be attached.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

class Sensor : public Backend {
 public:
  // Attaches to every interface that matches; fails where a plain name matches none, or where nothing could
  // be attached, and then has changed nothing.
  [[nodiscard]] static Result<std::unique_ptr<Sensor>> start(SensorOptions options);

  // Ends the engine. Programs and maps stay in the kernel, for the next daemon to take over, unless stop()
  // took them away.
  ~Sensor() override;

  // Ends the engine and takes everything of ours out of the kernel.
  void stop();

  // True where a dead daemon's programs were taken over.
  [[nodiscard]] bool resumed() const;

  [[nodiscard]] Health health() const override;
  [[nodiscard]] Stats stats() override;
  [[nodiscard]] std::vector<InterfaceStatus> interfaces() override;
  [[nodiscard]] std::vector<Fact> kernel() override;
  [[nodiscard]] Result<FlowPage> flows(const FlowQuery& query) override;
  [[nodiscard]] Result<std::unique_ptr<PacketStream>> packets(const PacketQuery& query) override;
  [[nodiscard]] Result<std::unique_ptr<HandshakeStream>> handshakes(const HandshakeQuery& query) override;
  [[nodiscard]] Store* store() override;
  [[nodiscard]] std::unique_ptr<SecondStream> seconds(std::uint64_t count) override;
  [[nodiscard]] FindingPage findings(const FindingQuery& query) override;
  [[nodiscard]] EvidenceAnswer evidence(const std::string& id) override;
  [[nodiscard]] std::vector<ListedSource> listed_sources() override;
  [[nodiscard]] Result<ListedSource> list_source(const ListChange& change) override;
  [[nodiscard]] Result<std::optional<ListedSource>> unlist_source(ListKind kind, const Prefix& prefix,
                                                                  const Actor& by) override;
  [[nodiscard]] PolicyStatus policy() override;
  [[nodiscard]] Result<void> apply_policy(const PolicyOrder& order) override;
  [[nodiscard]] Result<void> confirm_policy(const Actor& by) override;
  [[nodiscard]] Result<void> roll_back_policy(const Actor& by) override;
  [[nodiscard]] Result<void> begin_shadow(const PolicyOrder& order) override;
  [[nodiscard]] Result<void> end_shadow(const Actor& by) override;
  [[nodiscard]] Result<std::vector<ProxyStatus>> proxies() override;
  [[nodiscard]] Result<ProxyStatus> start_proxy(const ProxyRequest& request, const Actor& by) override;
  [[nodiscard]] Result<std::optional<ProxyStatus>> stop_proxy(std::uint16_t port, const Actor& by) override;
  [[nodiscard]] Result<std::vector<SolicitedHost>> solicited_hosts() override;
  [[nodiscard]] Result<SolicitedHost> put_solicited(const SolicitedHost& host, const Actor& by) override;
  [[nodiscard]] Result<std::optional<SolicitedHost>> erase_solicited(const Prefix& address,
                                                                     const Actor& by) override;
  [[nodiscard]] std::vector<FeedStatus> feeds() override;
  [[nodiscard]] FedPage fed_sources(std::size_t first, std::size_t most) override;
  [[nodiscard]] std::vector<ListedFeedEntry> fed_holding(const Prefix& prefix) override;
  [[nodiscard]] EventPage audit(const AuditQuery& query) override;
  [[nodiscard]] std::vector<HookStatus> hooks() override;

 private:
  class Engine;
  explicit Sensor(std::shared_ptr<Engine> engine);

  // Shared with the packet streams, which may outlive the sensor for a moment.
  std::shared_ptr<Engine> engine_;
};

}  // namespace vedette
