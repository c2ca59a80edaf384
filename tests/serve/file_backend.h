// A sensor for API tests whose traffic is a capture file: the real parser, flow table and packet queue behind
// the real server, with no kernel program.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "flow/flow_table.h"
#include "sensor/backend.h"
#include "sensor/live_stream.h"

namespace vedette::tests {

// What a stream does after the file's last packet.
enum class Pace {
  kOnce,     // nothing more comes, and the stream stays open
  kForever,  // the file begins again, as fast as the queue is filled
};

// A folder that goes with this value.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Writes made_frames() (tests/watch/frames.h), a millisecond apart, as pcapng; how many.
std::size_t write_made_capture(const std::string& path);

class FileBackend : public Backend {
 public:
  FileBackend(std::string capture, Pace pace);
  ~FileBackend() override;

  [[nodiscard]] Health health() const override;
  [[nodiscard]] Stats stats() override;
  [[nodiscard]] std::vector<InterfaceStatus> interfaces() override;
  // One fact of each state.
  [[nodiscard]] std::vector<Fact> kernel() override;
  [[nodiscard]] Result<FlowPage> flows(const FlowQuery& query) override;
  [[nodiscard]] Result<std::unique_ptr<PacketStream>> packets(const PacketQuery& query) override;

  [[nodiscard]] Result<std::unique_ptr<HandshakeStream>> handshakes(const HandshakeQuery& query) override;

  // Puts the flows of the capture into a store, as if they had ended now. False in builds without one.
  bool keep_history();
  // Null until then.
  [[nodiscard]] Store* store() override { return store_.get(); }
  // Three seconds, or `count`: the capture's packets in the first one, and nothing in the others.
  [[nodiscard]] std::unique_ptr<SecondStream> seconds(std::uint64_t count) override;

  [[nodiscard]] FindingPage findings(const FindingQuery& query) override;
  // The capture, of finding 0123456789abcdef alone.
  [[nodiscard]] EvidenceAnswer evidence(const std::string& id) override;

  [[nodiscard]] std::vector<ListedSource> listed_sources() override;
  [[nodiscard]] Result<ListedSource> list_source(const ListChange& change) override;
  [[nodiscard]] Result<std::optional<ListedSource>> unlist_source(ListKind kind, const Prefix& prefix,
                                                                  const Actor& by) override;
  [[nodiscard]] Result<std::vector<ProxyStatus>> proxies() override;
  [[nodiscard]] Result<ProxyStatus> start_proxy(const ProxyRequest& request, const Actor& by) override;
  [[nodiscard]] Result<std::optional<ProxyStatus>> stop_proxy(std::uint16_t port, const Actor& by) override;
  [[nodiscard]] Result<std::vector<SolicitedHost>> solicited_hosts() override;
  [[nodiscard]] Result<SolicitedHost> put_solicited(const SolicitedHost& host, const Actor& by) override;
  [[nodiscard]] Result<std::optional<SolicitedHost>> erase_solicited(const Prefix& address,
                                                                     const Actor& by) override;

  [[nodiscard]] PolicyStatus policy() override;
  [[nodiscard]] Result<void> apply_policy(const PolicyOrder& order) override;
  [[nodiscard]] Result<void> confirm_policy(const Actor& by) override;
  [[nodiscard]] Result<void> roll_back_policy(const Actor& by) override;
  [[nodiscard]] Result<void> begin_shadow(const PolicyOrder& order) override;
  [[nodiscard]] Result<void> end_shadow(const Actor& by) override;
  // One feed of two entries.
  [[nodiscard]] std::vector<FeedStatus> feeds() override;
  [[nodiscard]] FedPage fed_sources(std::size_t first, std::size_t most) override;
  [[nodiscard]] std::vector<ListedFeedEntry> fed_holding(const Prefix& prefix) override;
  [[nodiscard]] EventPage audit(const AuditQuery& query) override { return audit_.page(query); }
  // One that failed.
  [[nodiscard]] std::vector<HookStatus> hooks() override;

  // Streams that a client, or the server for it, still holds.
  [[nodiscard]] int open_streams() const { return *open_streams_; }

 private:
  std::string capture_;
  Pace pace_;
  std::unique_ptr<TemporaryFolder> folder_;  // of the store
  std::unique_ptr<Store> store_;
  std::mutex mutex_;  // of the table and the counts
  FlowTable table_;
  DirectionCounts counts_;
  std::map<std::pair<ListKind, Prefix>, ListedSource> listed_;
  std::map<std::uint16_t, ProxyStatus> proxies_;
  std::map<Prefix, SolicitedHost> solicited_;
  AuditTrail audit_{{}};  // of the lists and the policy
  PolicyState policy_;    // told as it was given, and enforced by nobody
  // Shared with the streams, which may outlive the backend for a moment.
  std::shared_ptr<std::atomic<int>> open_streams_ = std::make_shared<std::atomic<int>>(0);
  std::mutex producers_mutex_;
  std::vector<std::jthread> producers_;
};

}  // namespace vedette::tests
