// The sensor's thread: empties rings, sweeps the flow cache, keeps the flow table, serves watchers. All of
// its state is behind one mutex, which the thread holds for a few milliseconds at a time and API calls hold
// while they copy.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/file_descriptor.h"
#include "doctor/machine.h"
#include "flow/application_totals.h"
#include "flow/flow_reports.h"
#include "kernel/flow_cache.h"
#include "kernel/link_monitor.h"
#include "kernel/wall_clock.h"
#include "sensor/anomaly_watch.h"
#include "sensor/defences.h"
#include "sensor/interface_keeper.h"
#include "sensor/kernel_facts.h"
#include "sensor/live_findings.h"
#include "sensor/live_handshakes.h"
#include "sensor/live_heads.h"
#include "sensor/live_history.h"
#include "sensor/live_seconds.h"
#include "sensor/live_stream.h"
#include "sensor/proxied_floods.h"
#include "sensor/sensor.h"
#include "sensor/unseen_packets.h"
#include "watch/watchers.h"

namespace vedette {

class Sensor::Engine : public std::enable_shared_from_this<Sensor::Engine> {
 public:
  [[nodiscard]] static Result<std::shared_ptr<Engine>> open(SensorOptions options);
  ~Engine();

  void start();
  // Ends the thread; `remove` takes everything of ours out of the kernel.
  void stop(bool remove);

  [[nodiscard]] bool resumed() const { return programs_.resumed(); }
  [[nodiscard]] Nanoseconds uptime() const { return std::chrono::steady_clock::now() - started_; }
  [[nodiscard]] Stats stats();
  [[nodiscard]] std::vector<InterfaceStatus> interfaces();
  [[nodiscard]] std::vector<Fact> kernel();
  [[nodiscard]] Result<FlowPage> flows(const FlowQuery& query);
  [[nodiscard]] Result<std::unique_ptr<PacketStream>> packets(const PacketQuery& query);
  [[nodiscard]] Result<std::unique_ptr<HandshakeStream>> handshakes(const HandshakeQuery& query);
  [[nodiscard]] std::unique_ptr<SecondStream> seconds(std::uint64_t count);
  [[nodiscard]] Defences& defences() { return defences_; }
  [[nodiscard]] LiveFindings& findings() { return findings_; }
  [[nodiscard]] Store* store() const { return store_.get(); }
  [[nodiscard]] AuditTrail& audit() { return audit_; }
  [[nodiscard]] const FindingHooks& hooks() const { return hooks_; }
  // With the lock: interfaces may come meanwhile.
  // A policy has rules whose marks are set on interfaces that have XDP.
  void follow_interfaces();
  [[nodiscard]] Result<ProxyStatus> start_proxy(const ProxyRequest& request, const Actor& by);
  [[nodiscard]] Result<std::optional<ProxyStatus>> stop_proxy(std::uint16_t port, const Actor& by);

 private:
  using Streams = std::map<WatchId, std::shared_ptr<LiveStream::Queue>>;

  struct ProtocolSum {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };

  Engine(SensorOptions options, PacketPrograms programs, FlowCache cache, LinkMonitor links,
         std::unique_ptr<Store> store);

  [[nodiscard]] Result<void> open_watchers();
  [[nodiscard]] Result<void> open_tellers();
  void run();
  // Each takes the lock for itself.
  [[nodiscard]] bool drain();
  void sweep_if_due();
  void tell_second_if_due();
  void follow_links();
  void end_watch(WatchId watcher);
  void end_handshakes(std::uint64_t stream);
  void end_seconds(std::uint64_t stream);
  void remove_all();
  void take_over_history();
  // With the lock held.
  void sweep();
  void refresh();
  [[nodiscard]] std::vector<InterfaceStatus> interface_status();
  void take(const FlowGrowth& growth);
  void told(const FlowView& view);
  void look(const Packet& packet, const FlowTable::Place& place);
  void tell_packet(WatchId watcher, const vdt_watched_packet& packet, std::span<const std::uint8_t> bytes);
  [[nodiscard]] std::uint16_t spoken_by(const vdt_watched_packet& packet,
                                        std::span<const std::uint8_t> bytes);
  void forget(Streams::iterator stream);
  [[nodiscard]] FlowEnds ends() { return {.names = &handshakes_.names(), .places = &options_.places}; }
  void forget_interface(std::uint32_t ifindex);
  void empty_watch_ring();
  [[nodiscard]] std::vector<RingStatus> ring_status() const;
  [[nodiscard]] std::uint64_t queue_lost() const;
  [[nodiscard]] std::vector<Loss> losses(const vdt_counters& sum, const UnseenCounts& unseen) const;
  [[nodiscard]] const std::vector<ApplicationCounts>& versions_in_use();

  SensorOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Store> store_;  // null: history is off
  LiveHistory history_;
  PacketPrograms programs_;
  AuditTrail audit_;
  Defences defences_;
  FlowCache cache_;
  RingGauge telemetry_gauge_;
  int tunnels_fd_ = -1;  // the programs'
  LinkMonitor links_;
  FlowTable flows_;
  FlowReports reports_;
  ApplicationTotals ended_;  // flows that the table has no longer
  InterfaceKeeper keeper_;
  WallClock clock_;
  KernelFacts kernel_facts_;
  // As they were while the daemon had its privileges.
  std::vector<Fact> machine_ = look_at_machine();
  std::map<std::uint32_t, std::string> names_;     // by ifindex
  std::map<std::uint32_t, UnseenPackets> unseen_;  // by ifindex
  UnseenCounts unseen_before_;                     // of interfaces that are forgotten
  // By protocol number, IPv6 or not, direction.
  std::array<std::array<std::array<ProtocolSum, 2>, 2>, 256> protocols_{};
  std::unique_ptr<Watchers> watchers_;
  Streams streams_;
  std::uint64_t queue_lost_before_ = 0;  // packets that streams that have ended found no room for
  FlowCache::Told take_;
  FindingHooks hooks_;
  LiveFindings findings_;
  ProxiedFloods proxied_floods_;
  std::unique_ptr<AnomalyWatch> unusual_;  // null: history is off
  LiveHandshakes handshakes_;
  LiveHeads heads_;
  LiveSeconds seconds_;
  std::vector<ApplicationCounts> versions_;  // of live flows, as they were last looked through
  std::chrono::steady_clock::time_point look_through_again_;

  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point swept_;   // questions sweep too
  std::chrono::steady_clock::time_point ticked_;  // all that is due with the thread's own sweeps was done
  FileDescriptor wake_;                           // eventfd: stop
  std::atomic<bool> stopping_ = false;
  bool ended_for_good_ = false;  // all flows were told as ended
  std::thread thread_;
};

}  // namespace vedette
