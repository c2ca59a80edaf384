#include "sensor/sensor.h"

#include <unistd.h>

#include "base/version.h"
#include "sensor/engine.h"

namespace vedette {

namespace {

// A shadow's, by the names that they were given as.
template <typename Count>
void add_counts(std::vector<Count> counts, std::vector<Count>& in_force, std::vector<Count>& shadow) {
  for (Count& one : counts) {
    const bool is_shadow = one.name.starts_with(kShadowed);
    if (is_shadow) one.name.erase(0, 1);
    (is_shadow ? shadow : in_force).push_back(std::move(one));
  }
}

}  // namespace

Sensor::Sensor(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

Sensor::~Sensor() {
  engine_->stop(false);
}

Result<std::unique_ptr<Sensor>> Sensor::start(SensorOptions options) {
  auto engine = Engine::open(std::move(options));
  if (!engine) return std::unexpected(engine.error());
  (*engine)->start();
  return std::unique_ptr<Sensor>(new Sensor(std::move(*engine)));
}

void Sensor::stop() {
  engine_->stop(true);
}

bool Sensor::resumed() const {
  return engine_->resumed();
}

Health Sensor::health() const {
  Health health{.version = kVersion, .uptime = engine_->uptime(), .pid = getpid()};
  if (const Store* store = engine_->store()) health.store = store->status();
  health.evidence = engine_->findings().evidence_health();
  return health;
}

Stats Sensor::stats() {
  return engine_->stats();
}

std::vector<InterfaceStatus> Sensor::interfaces() {
  return engine_->interfaces();
}

std::vector<Fact> Sensor::kernel() {
  return engine_->kernel();
}

Result<FlowPage> Sensor::flows(const FlowQuery& query) {
  return engine_->flows(query);
}

Result<std::unique_ptr<PacketStream>> Sensor::packets(const PacketQuery& query) {
  return engine_->packets(query);
}

Result<std::unique_ptr<HandshakeStream>> Sensor::handshakes(const HandshakeQuery& query) {
  return engine_->handshakes(query);
}

Store* Sensor::store() {
  return engine_->store();
}

std::unique_ptr<SecondStream> Sensor::seconds(std::uint64_t count) {
  return engine_->seconds(count);
}

FindingPage Sensor::findings(const FindingQuery& query) {
  return engine_->findings().page(query);
}

EvidenceAnswer Sensor::evidence(const std::string& id) {
  return engine_->findings().evidence(id);
}

std::vector<ListedSource> Sensor::listed_sources() {
  return engine_->defences().lists().all();
}

Result<ListedSource> Sensor::list_source(const ListChange& change) {
  return engine_->defences().lists().put(change);
}

Result<std::optional<ListedSource>> Sensor::unlist_source(ListKind kind, const Prefix& prefix,
                                                          const Actor& by) {
  return engine_->defences().lists().erase(kind, prefix, by);
}

PolicyStatus Sensor::policy() {
  Defences& defences = engine_->defences();
  PolicyStatus status;
  status.state = defences.policy().state();
  add_counts(defences.rules().counts(), status.rules, status.shadow_rules);
  if (defences.protocols())
    add_counts(defences.protocols()->counts(), status.protocols, status.shadow_protocols);
  return status;
}

Result<void> Sensor::apply_policy(const PolicyOrder& order) {
  auto applied = engine_->defences().policy().apply(order);
  if (applied) engine_->follow_interfaces();
  return applied;
}

Result<void> Sensor::confirm_policy(const Actor& by) {
  return engine_->defences().policy().confirm(by);
}

Result<void> Sensor::roll_back_policy(const Actor& by) {
  auto back = engine_->defences().policy().roll_back(by);
  if (back) engine_->follow_interfaces();
  return back;
}

Result<void> Sensor::begin_shadow(const PolicyOrder& order) {
  return engine_->defences().policy().begin_shadow(order);
}

Result<void> Sensor::end_shadow(const Actor& by) {
  return engine_->defences().policy().end_shadow(by);
}

Result<std::vector<ProxyStatus>> Sensor::proxies() {
  const auto proxy = engine_->defences().syn_proxy();
  if (!proxy) return std::unexpected(proxy.error());
  return (*proxy)->all();
}

Result<ProxyStatus> Sensor::start_proxy(const ProxyRequest& request, const Actor& by) {
  return engine_->start_proxy(request, by);
}

Result<std::optional<ProxyStatus>> Sensor::stop_proxy(std::uint16_t port, const Actor& by) {
  return engine_->stop_proxy(port, by);
}

Result<std::vector<SolicitedHost>> Sensor::solicited_hosts() {
  const auto solicited = engine_->defences().solicited_only();
  if (!solicited) return std::unexpected(solicited.error());
  return (*solicited)->all();
}

Result<SolicitedHost> Sensor::put_solicited(const SolicitedHost& host, const Actor& by) {
  return engine_->defences().put_solicited(host, by);
}

Result<std::optional<SolicitedHost>> Sensor::erase_solicited(const Prefix& address, const Actor& by) {
  return engine_->defences().erase_solicited(address, by);
}

std::vector<FeedStatus> Sensor::feeds() {
  return engine_->defences().feeds().status();
}

FedPage Sensor::fed_sources(std::size_t first, std::size_t most) {
  FedPage page;
  page.total = engine_->defences().fed().size();
  for (FedSource& source : engine_->defences().fed().page(first, most))
    page.entries.push_back(engine_->defences().listed(std::move(source)));
  return page;
}

std::vector<ListedFeedEntry> Sensor::fed_holding(const Prefix& prefix) {
  std::vector<ListedFeedEntry> all;
  for (FedSource& source : engine_->defences().fed().that_hold(prefix))
    all.push_back(engine_->defences().listed(std::move(source)));
  return all;
}

EventPage Sensor::audit(const AuditQuery& query) {
  return engine_->audit().page(query);
}

std::vector<HookStatus> Sensor::hooks() {
  return engine_->hooks().status();
}

}  // namespace vedette
