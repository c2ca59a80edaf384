// How the engine comes to be: what it is made of, and in which order that begins.
#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>

#include "base/version.h"
#include "sensor/engine.h"
#include "store/open_store.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kReportEvery = 60s;  // of long flows, to subscribers

// What answers floods looks for their packets in the ring that evidence is taken from.
EvidenceOptions with_ring(EvidenceOptions options, const ResponseOptions& responses) {
  options.ring_alone = responds(responses);
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
      proxied_floods_([this](const Finding& finding, FindingNews news) { findings_.take(finding, news); }),
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
  engine->findings_.limit_blocks_by([&policy = engine->defences_.policy()] { return policy.most_blocks(); });
  engine->findings_.defend_by(
      [&defences = engine->defences_](const Finding& finding, ResponseMode mode, Nanoseconds now) {
        return defences.answer_by_state(finding, mode, now);
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

}  // namespace vedette
