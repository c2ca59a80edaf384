#include "detect/slow_attack.h"

#include <fmt/format.h>

#include <algorithm>

#include "detect/flow_finding.h"
#include "detect/said_bytes.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// A request comes in one go: a pause of so long within it is none of the network's. slowhttptest makes them
// of ten seconds, slowloris of fifteen.
constexpr Nanoseconds kPause = std::chrono::seconds(5);
// Apache's mod_reqtimeout (RequestReadTimeout's default): slower than 500 bytes a second is too slow.
constexpr double kSlowest = 500;
// Of a TCP keep-alive, which some send with an old byte (RFC 9293, 3.8.4).
constexpr std::uint32_t kKeepAlive = 1;
// Connections held at once. mod_antiloris lets a source have ten; no browser opens more than six to a host.
constexpr std::uint64_t kFew = 10;
constexpr std::uint64_t kMany = 50;      // slowhttptest's default
constexpr std::uint64_t kWorkers = 150;  // MaxRequestWorkers of Apache's prefork: a default server is full

bool brings_payload(const FlowStep& step) {
  if (step.packet) return step.packet->core.payload_length > kKeepAlive;
  return step.bytes > bare_bytes(step.flow, step.packets);
}

}  // namespace

void SlowAttack::take(const HandshakeView& view) {
  web_.hear(view);
}

void SlowAttack::take(const FlowStep& step) {
  const Flow& flow = step.flow;
  if (flow.key.protocol != VDT_IP_TCP || !(flow.marks & kInitiatorKnown)) return;
  const Nanoseconds age = step.last - flow.first;
  if (age < kPause) return;
  const FlowCounts& asked = flow.sent[kInitiator];
  const std::uint64_t payload = asked.bytes - std::min(asked.bytes, bare_bytes(flow, asked.packets));
  const bool slow = static_cast<double>(payload) < kSlowest * std::chrono::duration<double>(age).count();
  if (step.side == kInitiator) {
    if (slow && brings_payload(step)) feed(step);
    if (flow.zero_windows != 0) stall(step);
    return;
  }
  if (connections_.empty() || !brings_payload(step)) return;
  const auto known = connections_.find(&flow);
  if (known == connections_.end()) return;
  known->second.served = true;
  if (known->second.held && !known->second.reads) let_go(flow, known->second);
}

SlowAttack::Connection* SlowAttack::connection_of(const FlowStep& step) {
  const auto known = connections_.find(&step.flow);
  if (known != connections_.end()) return &known->second;
  if (connections_.size() == kMostHeld || !web_.serves(step.flow)) return nullptr;
  return &connections_.try_emplace(&step.flow).first->second;
}

// The client goes on with what it says.
void SlowAttack::feed(const FlowStep& step) {
  const Flow& flow = step.flow;
  Connection* connection = connection_of(step);
  if (!connection) return;
  if (connection->held) return go_on(step);
  const bool first = connection->fed == Nanoseconds{};
  // Without a word of the server's the pause began with the connection, if its client had said something
  // then.
  const FlowCounts before{flow.sent[kInitiator].packets - step.packets,
                          flow.sent[kInitiator].bytes - step.bytes};
  const bool paused = first ? !said_nothing(flow, before) && said_nothing(flow, flow.sent[kResponder])
                            : !connection->served && step.last - connection->fed >= kPause;
  if (first || paused || connection->served) {
    connection->fed = step.last;
    connection->served = false;
  }
  if (paused) hold(flow, *connection, false, step.last);
}

// The client's window is closed.
void SlowAttack::stall(const FlowStep& step) {
  const Flow& flow = step.flow;
  if (step.packet && (step.packet->core.tcp_window != 0 || (step.tcp_flags & VDT_TCP_RST))) return;
  // Live it isn't told whose: a server that sends more than it gets is stalled by its client.
  if (!step.packet && flow.sent[kResponder].bytes < flow.sent[kInitiator].bytes) return;
  Connection* connection = connection_of(step);
  if (!connection || flow.zero_windows == connection->stalls) return;
  connection->stalls = flow.zero_windows;
  if (connection->held) return go_on(step);
  // A server that finds a window closed asks less and less often (RFC 9293, 3.8.6.1): twice within the time.
  const std::uint64_t bytes = flow.sent[kResponder].bytes;
  const Nanoseconds closed = step.last - connection->stalled;
  const bool first = connection->stalled == Nanoseconds{};
  if (!first && closed < kPause) return;
  const double taken = static_cast<double>(bytes - connection->taken);
  const bool stays = !first && taken < kSlowest * std::chrono::duration<double>(closed).count();
  connection->stalled = step.last;
  connection->taken = bytes;
  if (stays) hold(flow, *connection, true, step.last);
}

void SlowAttack::hold(const Flow& flow, Connection& connection, bool reads, Nanoseconds now) {
  connection.held = true;
  connection.reads = reads;
  for (const bool spread : {false, true}) {
    BoundedTable<Holder>& holders = spread ? by_service_ : by_source_;
    const PairKey key = spread ? service_key(flow) : client_key(flow);
    bool made = false;
    Holder& holder = holders.at(key, made);
    if (holder.held == 0) holder = {};
    if (holder.held == 0 || flow.first < holder.first) holder.first = flow.first;
    holder.held++;
    holder.reads += reads;
    holder.packets += flow.sent[kInitiator].packets;
    holder.bytes += flow.sent[kInitiator].bytes;
    if (holder.held == 2) holders.promote(key);
    judge(flow, holder, spread, now);
  }
}

void SlowAttack::go_on(const FlowStep& step) {
  for (const bool spread : {false, true}) {
    Holder* holder =
        spread ? by_service_.find(service_key(step.flow)) : by_source_.find(client_key(step.flow));
    if (!holder) continue;  // gave way to others
    holder->packets += step.packets;
    holder->bytes += step.bytes;
    judge(step.flow, *holder, spread, step.last);
  }
}

void SlowAttack::let_go(const Flow& flow, Connection& connection) {
  connection.held = false;
  for (const bool spread : {false, true}) {
    Holder* holder = spread ? by_service_.find(service_key(flow)) : by_source_.find(client_key(flow));
    if (!holder || holder->held == 0) continue;  // gave way to others
    holder->held--;
    if (connection.reads && holder->reads > 0) holder->reads--;
  }
}

void SlowAttack::end(const FlowView& view) {
  if (view.end == FlowEnd::kReport) return;
  const auto known = connections_.find(&view.flow);
  if (known == connections_.end()) return;
  if (known->second.held) let_go(view.flow, known->second);
  connections_.erase(known);
}

void SlowAttack::judge(const Flow& flow, Holder& holder, bool spread, Nanoseconds now) {
  const std::uint64_t enough = spread ? kWorkers : kFew;
  if (holder.held < enough) return;
  if (spread) {
    // One source's are told as its own.
    const Holder* own = by_source_.find(client_key(flow));
    if (own && own->held * 2 > holder.held) return;
  }
  Severity severity = holder.held >= kMany ? Severity::kMedium : Severity::kLow;
  if (holder.held >= kWorkers && !spread) severity = Severity::kHigh;
  if (!holder.telling.is_due(now, holder.held, severity)) return;
  Finding finding = finding_about(flow, "slow_attack", FindingKind::kSlowAttack, severity);
  if (spread) finding.source.reset();
  finding.first = holder.first;
  finding.detected = finding.last = now;
  finding.packets = holder.packets;
  finding.bytes = holder.bytes;
  finding.score = static_cast<double>(holder.held);
  finding.threshold = static_cast<double>(enough);
  finding.why = fmt::format(
      "{} hold{} {} connections of {} port {}: {} by requests that go on after {} s and more, {} by closed "
      "windows",
      spread ? "several sources" : prefix_text(*finding.source), spread ? "" : "s", holder.held,
      prefix_text(*finding.target), flow.key.dst_port, holder.held - holder.reads,
      std::chrono::duration_cast<std::chrono::seconds>(kPause).count(), holder.reads);
  raise(std::move(finding));
}

std::size_t SlowAttack::memory() const {
  constexpr std::size_t kNode = sizeof(Connection) + 3 * sizeof(void*);
  return connections_.size() * kNode + connections_.bucket_count() * sizeof(void*) + by_source_.memory() +
         by_service_.memory() + web_.memory();
}

}  // namespace vedette
