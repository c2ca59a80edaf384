#include "sensor/engine.h"

#include <bpf/bpf.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/privileges.h"
#include "packet/parse.h"
#include "packet/spoken.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kDrainEvery = 10ms;    // a ring of 8 MiB holds 10 ms of 5.8 M evicted flows a second
constexpr auto kSweepEvery = 500ms;   // what the flow table lags behind the kernel, unless it is asked
constexpr auto kFreshEnough = 100ms;  // a question sweeps again after this

}  // namespace

Sensor::Engine::~Engine() {
  stop(false);
}

void Sensor::Engine::follow_interfaces() {
  const std::lock_guard lock(mutex_);
  defences_.follow_interfaces();
}

Result<ProxyStatus> Sensor::Engine::start_proxy(const ProxyRequest& request, const Actor& by) {
  const std::lock_guard lock(mutex_);
  return defences_.start_proxy(request, by);
}

Result<std::optional<ProxyStatus>> Sensor::Engine::stop_proxy(std::uint16_t port, const Actor& by) {
  const std::lock_guard lock(mutex_);
  return defences_.stop_proxy(port, by);
}

void Sensor::Engine::remove_all() {
  defences_.remove();
  programs_.remove();
}

void Sensor::Engine::start() {
  if (store_) {
    unusual_ = std::make_unique<AnomalyWatch>(
        *store_, [this](const Finding& finding, FindingNews news) { findings_.take(finding, news); },
        options_.note);
    unusual_->start(std::chrono::system_clock::now().time_since_epoch());
  }
  thread_ = std::thread([this] { run(); });
}

void Sensor::Engine::stop(bool remove) {
  stopping_ = true;
  const std::uint64_t one = 1;
  if (write(wake_.get(), &one, sizeof(one)) != sizeof(one)) {
    // The counter is full of earlier wake-ups, which do as well.
  }
  if (thread_.joinable()) thread_.join();
  if (unusual_) unusual_->stop();
  defences_.stop();
  const std::lock_guard lock(mutex_);
  while (!streams_.empty()) forget(streams_.begin());
  seconds_.close();
  if (remove && !std::exchange(ended_for_good_, true) && (store_ || !options_.subscribers.empty())) {
    // The programs go, and with them what a next daemon could still tell of these.
    sweep();
    flows_.finish();
  }
  handshakes_.close();
  heads_.close();
  if (!remove) return;
  defences_.keep_lists();  // with the hits of the end
  remove_all();
  audit_.record("sensor_ended", {});
}

void Sensor::Engine::run() {
  (void)drop_privileges();  // who can't give any up has none
  bool busy = false;
  while (!stopping_) {
    std::array<pollfd, 5> waits{pollfd{wake_.get(), POLLIN, 0}, pollfd{links_.fd(), POLLIN, 0},
                                pollfd{watchers_->wake_fd(), POLLIN, 0},
                                pollfd{handshakes_.wake_fd(), POLLIN, 0},
                                pollfd{heads_.wake_fd(), POLLIN, 0}};
    // With much to do there is no waiting at all, only a look at who else calls.
    poll(waits.data(), waits.size(), busy ? 0 : static_cast<int>(kDrainEvery / 1ms));
    busy = drain();
    if (waits[1].revents) follow_links();
    sweep_if_due();
    tell_second_if_due();
    findings_.answer(clock_.at(WallClock::monotonic_now_ns()));
  }
}

bool Sensor::Engine::drain() {
  constexpr std::uint64_t kBusy = 1024;  // records: at this pace the ring could fill within a wait
  const std::lock_guard lock(mutex_);
  // Heads and first bytes come by a ring each: detectors get both in the packets' order.
  const auto heads_before = [this](std::uint64_t time_ns) { heads_.drain_until(time_ns); };
  const bool busy = (cache_.drain(take_) > kBusy) | handshakes_.drain(heads_before) | heads_.drain();
  if (streams_.empty()) return busy;
  const bool more =
      watchers_->drain([this](WatchId watcher, const vdt_watched_packet& packet,
                              std::span<const std::uint8_t> bytes) { tell_packet(watcher, packet, bytes); });
  for (auto stream = streams_.begin(); stream != streams_.end();) {
    stream->second->set_ring_lost(watchers_->lost(stream->first));
    const auto next = std::next(stream);
    if (!more && watchers_->done(stream->first)) forget(stream);
    stream = next;
  }
  return more || busy;
}

void Sensor::Engine::sweep_if_due() {
  const auto begun = std::chrono::steady_clock::now();
  if (begun - ticked_ < kSweepEvery) return;
  ticked_ = begun;
  defences_.tick();
  if (const auto proxy = defences_.syn_proxy())
    proxied_floods_.look((*proxy)->all(), clock_.at(WallClock::monotonic_now_ns()));
  const std::lock_guard lock(mutex_);
  clock_.measure();
  kernel_facts_.tick();
  defences_.follow_interfaces();
  if (ProtocolKeeper* protocols = defences_.protocols()) protocols->look_again();
  sweep();
  const Nanoseconds now = clock_.at(WallClock::monotonic_now_ns());
  flows_.advance(now);
  findings_.use(defences_.feeds().indicators());
  findings_.advance(now);
  if (history_.count_is_due(now)) history_.count(keeper_.status(), now);
}

void Sensor::Engine::tell_second_if_due() {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (!seconds_.due(now)) return;
  refresh();
  SecondTotals totals;
  totals.time = clock_.at(WallClock::monotonic_now_ns());
  totals.interfaces = interface_status();
  UnseenCounts unseen = unseen_before_;
  for (const InterfaceStatus& one : totals.interfaces) add(unseen, one.unseen);
  for (const Loss& loss : losses(programs_.counters().total(), unseen)) totals.losses += loss.count;
  totals.versions = versions_in_use();
  totals.live_flows = flows_.live();
  totals.created_flows = flows_.counters().created;
  totals.findings = findings_.open_now();
  seconds_.tell(totals, now);
}

const std::vector<ApplicationCounts>& Sensor::Engine::versions_in_use() {
  const auto begin = std::chrono::steady_clock::now();
  if (begin < look_through_again_) return versions_;
  ApplicationTotals live;
  flows_.for_each([&](const FlowView& view) { live.add(view.flow); });
  versions_ = live.all();
  // Of a million flows it takes tens of milliseconds: at most one in a hundred, then.
  const auto end = std::chrono::steady_clock::now();
  look_through_again_ = end + 100 * (end - begin);
  return versions_;
}

void Sensor::Engine::follow_links() {
  const std::lock_guard lock(mutex_);
  if (links_.changed()) keeper_.follow();
}

void Sensor::Engine::sweep() {
  cache_.drain(take_);
  cache_.sweep(take_);
  swept_ = std::chrono::steady_clock::now();
}

void Sensor::Engine::refresh() {
  if (std::chrono::steady_clock::now() - swept_ > kFreshEnough) sweep();
}

void Sensor::Engine::take(const FlowGrowth& growth) {
  const vdt_flow_record& record = *growth.record;
  RecordDelta delta;
  delta.key = &record.key;
  delta.packets = growth.packets;
  delta.bytes = growth.bytes;
  delta.first = clock_.at(record.first_ns);
  delta.last = clock_.at(record.last_ns);
  delta.min_length = record.min_length;
  delta.max_length = record.max_length;
  delta.retransmits = growth.retransmits;
  delta.out_of_order = growth.out_of_order;
  delta.zero_windows = growth.zero_windows;
  delta.resets = growth.resets;
  delta.handshake_us = record.tcp.handshake_us;
  delta.tcp_flags = record.tcp.flags_seen;
  delta.first_tcp_flags = record.tcp.first_flags;
  delta.verdict = record.verdict;
  delta.begins = growth.packets == record.packets;
  vdt_outer outer;
  if (delta.begins && record.key.tunnel_type != VDT_TUNNEL_NONE &&
      bpf_map_lookup_elem(tunnels_fd_, &record.key, &outer) == 0)
    delta.outer = &outer;
  const FlowTable::Place place = flows_.add_record(delta);
  findings_.take(delta, place);
  if (seconds_.wanted()) seconds_.take(record.key, *place.flow, growth.packets, growth.bytes);
  if (place.created) kernel_facts_.note_process(flows_, *place.flow, record.first_ns);
  ProtocolSum& sum = protocols_[record.key.protocol][record.key.ip_version == 6][record.key.direction & 1];
  sum.packets += growth.packets;
  sum.bytes += growth.bytes;
}

void Sensor::Engine::told(const FlowView& view) {
  const bool over = view.end != FlowEnd::kReport;
  if (over) handshakes_.end(view.flow);  // its last words are in what the others are told
  const FlowEnds known = ends();
  history_.take(view, known);
  if (!options_.subscribers.empty()) {
    const FlowReports::Growth growth = reports_.take(view);
    for (const auto& subscriber : options_.subscribers)
      subscriber->flow({.view = view, .since = growth.since, .since_time = growth.from, .ends = known});
  }
  if (!over) return;
  findings_.end(view);
  ended_.add(view.flow);
}

void Sensor::Engine::look(const Packet& packet, const FlowTable::Place& place) {
  Packet named = packet;
  if (const auto name = names_.find(packet.facts->core.key.ifindex); name != names_.end())
    named.interface_name = name->second;
  findings_.look(named, place);
}

void Sensor::Engine::tell_packet(WatchId watcher, const vdt_watched_packet& packet,
                                 std::span<const std::uint8_t> bytes) {
  const auto stream = streams_.find(watcher);
  if (stream == streams_.end()) return;
  StreamedPacket told;
  told.time = clock_.at(packet.time_ns);
  told.ifindex = packet.ifindex;
  if (const auto name = names_.find(packet.ifindex); name != names_.end()) told.interface_name = name->second;
  told.length = packet.length;
  told.segments = packet.segments;
  told.direction = packet.direction;
  told.verdict = packet.verdict;
  told.spoken = spoken_by(packet, bytes);
  told.bytes.assign(bytes.begin(), bytes.end());
  stream->second->put(std::move(told));
}

std::uint16_t Sensor::Engine::spoken_by(const vdt_watched_packet& packet,
                                        std::span<const std::uint8_t> bytes) {
  vdt_packet facts;
  parse_packet(LinkType::kEthernet, bytes, packet.length, facts);
  if (!(facts.core.facts & VDT_FACT_IP)) return kNothingSpoken;
  facts.core.key.ifindex = packet.ifindex;
  const Flow* flow = flows_.find(facts.core.key);
  return flow == nullptr ? kNothingSpoken : flow->spoken;
}

void Sensor::Engine::forget(Streams::iterator stream) {
  stream->second->end();
  watchers_->remove(stream->first);
  queue_lost_before_ += stream->second->dropped_attended();
  streams_.erase(stream);
}

void Sensor::Engine::empty_watch_ring() {
  while (watchers_->drain([](WatchId, const vdt_watched_packet&, std::span<const std::uint8_t>) {})) {
  }
}

void Sensor::Engine::end_watch(WatchId watcher) {
  const std::lock_guard lock(mutex_);
  const auto stream = streams_.find(watcher);
  if (stream == streams_.end()) return;
  forget(stream);
  // What the ring still holds is nobody's any more: the next watcher finds it empty.
  if (streams_.empty()) empty_watch_ring();
}

}  // namespace vedette
