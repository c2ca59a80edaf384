#include "sensor/engine.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/privileges.h"
#include "base/version.h"
#include "packet/names.h"
#include "packet/parse.h"
#include "packet/spoken.h"
#include "sensor/direction_counts.h"
#include "sensor/flow_pager.h"
#include "store/open_store.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kDrainEvery = 10ms;    // a ring of 8 MiB holds 10 ms of 5.8 M evicted flows a second
constexpr auto kSweepEvery = 500ms;   // what the flow table lags behind the kernel, unless it is asked
constexpr auto kReportEvery = 60s;    // of long flows, to subscribers
constexpr auto kFreshEnough = 100ms;  // a question sweeps again after this

void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& one) {
  if (one) sum = sum.value_or(0) + *one;
}

void add(UnseenCounts& sum, const UnseenCounts& one) {
  add(sum.missed, one.missed);
  add(sum.errors, one.errors);
  add(sum.dropped, one.dropped);
}

// What answers floods looks for their packets in the ring that evidence is taken from.
EvidenceOptions with_ring(EvidenceOptions options, const ResponseOptions& responses) {
  options.ring_alone = responses.mode != ResponseMode::kOff ||
                       std::ranges::any_of(responses.of_kind,
                                           [](const auto& one) { return one.second != ResponseMode::kOff; });
  return options;
}

FlowOptions with_reports(FlowOptions options, const std::vector<std::shared_ptr<Subscriber>>& subscribers) {
  if (!subscribers.empty() && options.report_every == Nanoseconds{}) options.report_every = kReportEvery;
  return options;
}

// Null where there is none, and none is required.
Result<std::unique_ptr<Store>> store_of(const SensorOptions& options) {
  if (!options.store) return std::unique_ptr<Store>();
  auto store = open_store(*options.store);
  if (store || options.store_required) return store;
  options.note(fmt::format("history is off: {}", store.error().text()));
  return std::unique_ptr<Store>();
}

HandshakeOptions with_table(HandshakeOptions options, const OutdatedTable& outdated) {
  options.outdated = &outdated;
  return options;
}

}  // namespace

Sensor::Engine::Engine(SensorOptions options, PacketPrograms programs, FlowCache cache, LinkMonitor links,
                       std::unique_ptr<Store> store)
    : options_(std::move(options)),
      store_(std::move(store)),
      history_(store_.get()),
      programs_(std::move(programs)),
      audit_({.file = options_.audit_file, .note = options_.note}),
      defences_(programs_, options_, audit_, [this](const vdt_flow_key& key) { cache_.decide_anew(key); }),
      cache_(std::move(cache)),
      links_(std::move(links)),
      flows_(with_reports(options_.flows, options_.subscribers),
             [this](const FlowView& view) { told(view); }),
      keeper_(
          programs_, options_.interfaces, options_.mode, options_.egress, options_.note,
          [this](std::uint32_t ifindex, const std::string& name) {
            names_[ifindex] = name;
            unseen_.try_emplace(ifindex, static_cast<int>(ifindex), kernel_facts_);
            flows_.name_interface(ifindex, name);
          },
          [this](std::uint32_t ifindex) { forget_interface(ifindex); }),
      kernel_facts_(options_.health),
      take_([this](const FlowGrowth& growth) { take(growth); }),
      findings_(options_.responses, with_ring(options_.evidence, options_.responses), options_.note,
                store_.get()),
      handshakes_(
          flows_, cache_, take_, clock_, with_table(options_.handshakes, options_.outdated),
          [this](const Packet& packet, const FlowTable::Place& place) { look(packet, place); },
          [this](const HandshakeView& handshake) {
            findings_.take(handshake);
            if (ProtocolKeeper* protocols = defences_.protocols()) protocols->take(handshake);
          }),
      heads_(flows_, cache_, take_, clock_,
             [this](const Packet& packet, const FlowTable::Place& place) { look(packet, place); }),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Sensor::Engine::~Engine() {
  stop(false);
}

Result<std::shared_ptr<Sensor::Engine>> Sensor::Engine::open(SensorOptions options) {
  if (auto there = InterfaceKeeper::examine(options.interfaces); !there)
    return std::unexpected(there.error());
  auto links = LinkMonitor::open();
  if (!links) return std::unexpected(links.error());
  auto programs = PacketPrograms::load(options.programs);
  if (!programs) return std::unexpected(programs.error());
  const auto sets = programs->map_fd("flow_sets");
  const auto ring = programs->map_fd("telemetry");
  const auto tunnels = programs->map_fd("tunnels");
  if (!tunnels) return std::unexpected(tunnels.error());
  if (!sets) return std::unexpected(sets.error());
  if (!ring) return std::unexpected(ring.error());
  auto cache = FlowCache::open(*sets, *ring, programs->config());
  if (!cache) return std::unexpected(cache.error());
  auto store = store_of(options);
  if (!store) return std::unexpected(store.error());
  std::shared_ptr<Engine> engine(new Engine(std::move(options), std::move(*programs), std::move(*cache),
                                            std::move(*links), std::move(*store)));
  engine->tunnels_fd_ = *tunnels;
  auto gauge = RingGauge::open(*ring);
  if (!gauge) return std::unexpected(gauge.error());
  engine->telemetry_gauge_ = std::move(*gauge);
  auto hooks = FindingHooks::open(engine->options_.hooks, engine->options_.note);
  if (!hooks) return std::unexpected(hooks.error());
  engine->hooks_ = std::move(*hooks);
  engine->findings_.hand_to(engine->hooks_);
  engine->findings_.hand_to(engine->options_.subscribers);
  if (auto defences = engine->defences_.open(); !defences) return std::unexpected(defences.error());
  if (auto opened = engine->findings_.open(); !opened) return std::unexpected(opened.error());
  engine->findings_.respond_with(engine->defences_.lists());
  engine->findings_.use(engine->defences_.feeds().indicators());
  if (ProtocolKeeper* protocols = engine->defences_.protocols())
    engine->handshakes_.tell_early_to(
        [protocols](const HandshakeView& handshake) { return protocols->take_early(handshake); },
        protocols->wants_early());
  for (const std::string& why : engine->kernel_facts_.why()) engine->options_.note(why);
  if (auto watchers = engine->open_watchers(); !watchers) return std::unexpected(watchers.error());
  if (auto told = engine->open_tellers(); !told) {
    engine->programs_.remove();
    return std::unexpected(told.error());
  }
  if (auto begun = engine->keeper_.begin(); !begun) {
    engine->programs_.remove();
    return std::unexpected(begun.error());
  }
  if (auto begun = engine->defences_.begin_policy(); !begun) {
    engine->programs_.remove();
    return std::unexpected(begun.error());
  }
  engine->findings_.arm_with(
      [&policy = engine->defences_.policy()](Rule rule, Nanoseconds ttl, const Actor& by) {
        return policy.arm(std::move(rule), ttl, by);
      });
  if (engine->programs_.resumed()) engine->take_over_history();
  engine->programs_.drop_others();
  if (auto begun = engine->defences_.begin_guard(); !begun) {
    engine->remove_all();
    return std::unexpected(begun.error());
  }
  engine->audit_.record("sensor_began", {}, [&](JsonWriter& json) {
    json.field("version", kVersion);
    json.field("resumed", engine->programs_.resumed());
    const std::vector<ListedSource> listed = engine->defences_.lists().all();
    const auto blocked = std::ranges::count(listed, ListKind::kBlock, &ListedSource::kind);
    json.field("blocked", blocked);
    json.field("allowed", static_cast<std::ptrdiff_t>(listed.size()) - blocked);
  });
  return engine;
}

void Sensor::Engine::take_over_history() {
  history_.take_over(keeper_.status());
  history_.resume(options_.note);
  clock_.measure();
  sweep();
  history_.take_over(flows_);
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

Result<void> Sensor::Engine::open_watchers() {
  HandoverMaps maps;
  for (auto [name, fd] : {std::pair{"watch_handover", &maps.handover}, std::pair{"watch_xdp", &maps.xdp},
                          std::pair{"watch_xdp_frags", &maps.xdp_frags}, std::pair{"watch_tc", &maps.tc}}) {
    auto found = programs_.map_fd(name);
    if (!found) return std::unexpected(found.error());
    *fd = *found;
  }
  auto watchers = Watchers::open(maps, [this](bool watched) { programs_.set_watched(watched); });
  if (!watchers) return std::unexpected(watchers.error());
  watchers_ = std::move(*watchers);
  return {};
}

Result<void> Sensor::Engine::open_tellers() {
  // Like what else may be missing on a host, each is missing alone.
  const auto if_usable = [this](const Result<void>& opened) -> Result<void> {
    if (opened || opened.error().kind == ErrorKind::kUnusable) return opened;
    options_.note(opened.error().text());
    return {};
  };
  if (options_.first_bytes.packets != 0)
    if (auto opened = if_usable(handshakes_.open(programs_, options_.first_bytes)); !opened) return opened;
  if (!options_.heads.told) return {};
  return if_usable(heads_.open(programs_, options_.heads));
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
  const bool busy = (cache_.drain(take_) > kBusy) | heads_.drain() | handshakes_.drain();
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

std::uint64_t Sensor::Engine::queue_lost() const {
  std::uint64_t lost = queue_lost_before_;
  for (const auto& [watcher, queue] : streams_) lost += queue->dropped_attended();
  return lost;
}

std::vector<InterfaceStatus> Sensor::Engine::interface_status() {
  std::vector<InterfaceStatus> all = keeper_.status();
  for (InterfaceStatus& one : all)
    if (const auto unseen = unseen_.find(one.ifindex); unseen != unseen_.end())
      one.unseen =
          unseen->second.counts(kernel_facts_, one.ingress == attach_point_name(AttachPoint::kXdpNative));
  return all;
}

void Sensor::Engine::forget_interface(std::uint32_t ifindex) {
  names_.erase(ifindex);
  const auto unseen = unseen_.find(ifindex);
  if (unseen == unseen_.end()) return;
  add(unseen_before_, unseen->second.counts(kernel_facts_, false));
  unseen_.erase(unseen);
}

std::vector<InterfaceStatus> Sensor::Engine::interfaces() {
  const std::lock_guard lock(mutex_);
  return interface_status();
}

std::vector<RingStatus> Sensor::Engine::ring_status() const {
  std::vector<RingStatus> rings;
  for (const auto& [name, fill] :
       {std::pair{"telemetry", telemetry_gauge_.fill()}, std::pair{"first_bytes", handshakes_.ring_fill()},
        std::pair{"heads", heads_.ring_fill()}, std::pair{"watch", watchers_->ring_fill()}})
    if (fill.size != 0) rings.push_back({.name = name, .used_bytes = fill.used, .size_bytes = fill.size});
  return rings;
}

std::vector<Loss> Sensor::Engine::losses(const vdt_counters& sum, const UnseenCounts& unseen) const {
  Losses all;
  all.add(LossReason::kFlowTableFull,
          sum.direction[VDT_DIRECTION_IN].lost_packets + sum.direction[VDT_DIRECTION_OUT].lost_packets);
  all.add(LossReason::kWatchRingFull, watchers_->totals().lost);
  all.add(LossReason::kWatchQueueFull, queue_lost());
  kernel_facts_.add_losses(all);
  handshakes_.add_losses(all, sum.first);
  all.add(LossReason::kHeadsOverBudget, sum.heads.over_budget);
  all.add(LossReason::kHeadsRingFull, sum.heads.ring_full);
  all.add(LossReason::kEvidenceGivenUp, findings_.evidence().given_up());
  all.add(LossReason::kHookUntold, hooks_.lost());
  all.add(LossReason::kAuditUnwritten, audit_.unwritten());
  for (const auto& subscriber : options_.subscribers) subscriber->add_losses(all);
  history_.add_losses(all);
  for (const auto& [reason, packets] : {std::pair{LossReason::kInterfaceMissed, unseen.missed},
                                        std::pair{LossReason::kInterfaceErrors, unseen.errors},
                                        std::pair{LossReason::kInterfaceDropped, unseen.dropped}}) {
    if (packets)
      all.add(reason, *packets);
    else
      all.leave_out(reason);
  }
  return all.all();
}

Stats Sensor::Engine::stats() {
  const std::lock_guard lock(mutex_);
  refresh();
  Stats stats;
  stats.time = clock_.at(WallClock::monotonic_now_ns());
  stats.uptime = uptime();
  UnseenCounts unseen = unseen_before_;
  for (const InterfaceStatus& one : interface_status()) add(unseen, one.unseen);
  const vdt_counters sum = programs_.counters().total();
  stats.in = direction_counts(sum.direction[VDT_DIRECTION_IN]);
  stats.out = direction_counts(sum.direction[VDT_DIRECTION_OUT]);
  for (std::uint8_t reason = 1; reason < VDT_MALFORMED_COUNT; reason++)
    if (sum.malformed[reason]) stats.malformed.push_back({malformed_name(reason), sum.malformed[reason]});
  stats.losses = losses(sum, unseen);
  const FlowCounters flows = flows_.counters();
  stats.flows = {
      .live = flows_.live(),
      .created = flows.created,
      .ended_early = flows.evicted,
      .table_slots = cache_.slots(),
      .table_evicted = sum.flows_evicted,
      .kernel_bytes = cache_.kernel_bytes(),
      .user_bytes = cache_.user_bytes() + flows_.memory() + handshakes_.memory(),
  };
  stats.first_bytes = {.due = sum.first.due, .told = sum.first.told};
  stats.heads = {.due = sum.heads.due, .told = sum.heads.told};
  stats.handshakes = handshakes_.told();
  stats.evidence = findings_.evidence().counts();
  stats.findings = findings_.counts();
  stats.rings = ring_status();
  for (const auto& subscriber : options_.subscribers)
    if (auto status = subscriber->export_status()) stats.exports.push_back(std::move(*status));
  stats.fragments_unknown = sum.fragments_unknown;
  stats.watched = watchers_->totals().told;
  for (std::size_t protocol = 0; protocol < protocols_.size(); protocol++)
    for (std::uint8_t six = 0; six < 2; six++)
      for (std::uint8_t direction = 0; direction < 2; direction++) {
        const ProtocolSum& one = protocols_[protocol][six][direction];
        if (one.packets == 0) continue;
        stats.protocols.push_back({.protocol = static_cast<std::uint8_t>(protocol),
                                   .ip_version = static_cast<std::uint8_t>(six ? 6 : 4),
                                   .direction = direction,
                                   .packets = one.packets,
                                   .bytes = one.bytes});
      }
  ApplicationTotals applications = ended_;
  flows_.for_each([&](const FlowView& view) { applications.add(view.flow); });
  stats.applications = applications.all();
  stats.ended_applications = ended_.all();
  kernel_facts_.fill(stats);
  return stats;
}

Result<FlowPage> Sensor::Engine::flows(const FlowQuery& query) {
  // The filter may ask the resolver: without the lock.
  auto pager = FlowPager::prepare(query);
  if (!pager) return std::unexpected(pager.error());
  const std::lock_guard lock(mutex_);
  refresh();
  flows_.for_each([&](const FlowView& view) { pager->add(view); });
  return pager->page([this](KeptFlow& kept) { kernel_facts_.complete(kept, clock_); },
                     {.names = &handshakes_.names(), .places = &options_.places});
}

void Sensor::Engine::end_handshakes(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  handshakes_.forget(stream);
}

void Sensor::Engine::end_seconds(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  seconds_.forget(stream);
}

std::unique_ptr<SecondStream> Sensor::Engine::seconds(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  return seconds_.stream(count, [engine = weak_from_this()](std::uint64_t stream) {
    const auto alive = engine.lock();
    if (alive) alive->end_seconds(stream);
  });
}

Result<std::unique_ptr<HandshakeStream>> Sensor::Engine::handshakes(const HandshakeQuery& query) {
  // The filter may ask the resolver: without the lock.
  auto wanted = LiveHandshakes::prepare(query);
  if (!wanted) return std::unexpected(wanted.error());
  const std::lock_guard lock(mutex_);
  return handshakes_.stream(std::move(*wanted), [engine = weak_from_this()](std::uint64_t stream) {
    const auto alive = engine.lock();
    if (alive) alive->end_handshakes(stream);
  });
}

Result<std::unique_ptr<PacketStream>> Sensor::Engine::packets(const PacketQuery& query) {
  // Compiling may ask the resolver: without the lock.
  auto filter = compile_filter(query.filter);
  if (!filter) return std::unexpected(filter.error());
  const std::lock_guard lock(mutex_);
  auto watcher = watchers_->add(*filter, {.snaplen = query.snaplen, .count = query.count});
  if (!watcher) return std::unexpected(watcher.error());
  auto stream = std::make_unique<LiveStream>([engine = weak_from_this(), id = *watcher] {
    if (const auto alive = engine.lock()) alive->end_watch(id);
  });
  streams_.emplace(*watcher, stream->queue());
  return stream;
}

}  // namespace vedette
