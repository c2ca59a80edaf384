#include "export/flow_exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/privileges.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kWorthAMessage = 64;  // flows that aren't held back for more
constexpr auto kConnectPatience = 5s;
constexpr std::chrono::milliseconds kFirstPause =
    1s;  // after a try that failed; twice as long after each further one
constexpr std::chrono::milliseconds kLongestPause = 30s;

Nanoseconds now() {
  return std::chrono::system_clock::now().time_since_epoch();
}

bool grows(const ExportedFlow& flow) {
  return flow.sent[kInitiator].packets + flow.sent[kResponder].packets != 0;
}

void add_lost(ExportTotals& totals, const ExportedFlow& flow) {
  totals.lost_flows++;
  for (const FlowCounts& sent : flow.sent) {
    totals.lost_packets += sent.packets;
    totals.lost_bytes += sent.bytes;
  }
}

Transport transport_of(ExportProtocol protocol) {
  return protocol == ExportProtocol::kIpfixTcp ? Transport::kTcp : Transport::kUdp;
}

}  // namespace

FlowExporter::FlowExporter(ExportTarget target, FlowExporterOptions options)
    : target_(std::move(target)),
      options_(std::move(options)),
      encoder_(target_.protocol == ExportProtocol::kNetflow9 ? make_netflow9_encoder(target_.domain, now())
                                                             : make_ipfix_encoder(target_.domain)) {}

std::unique_ptr<FlowExporter> FlowExporter::start(ExportTarget target, FlowExporterOptions options) {
  std::unique_ptr<FlowExporter> exporter(new FlowExporter(std::move(target), std::move(options)));
  exporter->thread_ = std::thread([self = exporter.get()] { self->run(); });
  return exporter;
}

FlowExporter::~FlowExporter() {
  stop();
}

void FlowExporter::stop() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, options_.last_words, [this] { return done_; });
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void FlowExporter::flow(const ToldFlow& told) {
  const ExportedFlow flow = exported_flow(told);
  // Whoever ended without a packet since the last report has been told wholly.
  if (!grows(flow)) return;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + under_way_ >= options_.queue || ending_) {
      dropped_++;
      add_lost(totals_, flow);
      return;
    }
    if (waiting_.empty()) waits_since_ = Clock::now();
    waiting_.push_back(flow);
    wake = waiting_.size() == 1 || waiting_.size() == kWorthAMessage;
  }
  if (wake) changed_.notify_all();
}

void FlowExporter::add_losses(Losses& losses) const {
  const std::lock_guard lock(mutex_);
  losses.add(LossReason::kExportQueueFull, dropped_);
  losses.add(LossReason::kExportUnsent, failed_);
}

std::optional<ExportStatus> FlowExporter::export_status() const {
  const std::lock_guard lock(mutex_);
  return ExportStatus{.exported = Exported::kFlows,
                      .protocol = std::string(export_protocol_name(target_.protocol)),
                      .target = target_.text,
                      .told = totals_.flows,
                      .failed = failed_,
                      .dropped = dropped_,
                      .waiting = waiting_.size() + under_way_,
                      .messages = totals_.messages,
                      .bytes = totals_.bytes,
                      .error = error_};
}

bool FlowExporter::ended() const {
  const std::lock_guard lock(mutex_);
  return stopping_ || (ending_ && waiting_.empty());
}

void FlowExporter::run() {
  (void)drop_privileges();  // who can't give any up has none
  while (!ended()) {
    const std::vector<ExportedFlow> flows = next();
    if (socket_) settle(socket_->refused());
    send_all(flows);
  }
  if (socket_) settle(socket_->refused());
  std::unique_lock lock(mutex_);
  const std::vector<ExportedFlow> left = std::exchange(waiting_, {});
  under_way_ += left.size();
  lock.unlock();
  lose(left, "the sensor stopped before they could be sent");
  lock.lock();
  done_ = true;
  changed_.notify_all();
}

std::vector<ExportedFlow> FlowExporter::next() {
  std::unique_lock lock(mutex_);
  const auto urgent = [this] { return ending_ || waiting_.size() >= kWorthAMessage; };
  changed_.wait_for(lock, options_.latency, [&] { return urgent() || !waiting_.empty(); });
  if (!waiting_.empty()) changed_.wait_until(lock, waits_since_ + options_.latency, urgent);
  under_way_ += waiting_.size();
  return std::exchange(waiting_, {});
}

void FlowExporter::send_all(std::span<const ExportedFlow> flows) {
  while (!flows.empty() && !stopping_) flows = flows.subspan(send_some(flows));
  // Templates that nobody asked for: a collector that began anew can read what comes next.
  if (flows.empty() && socket_ && templates_due() && transport_of(target_.protocol) == Transport::kUdp)
    (void)send_some({});
  lose(flows, "the sensor stopped before they could be sent");
}

bool FlowExporter::connected() {
  if (socket_) return true;
  auto socket = ExportSocket::connect(transport_of(target_.protocol), target_.host, target_.port,
                                      kConnectPatience, stopping_);
  if (!socket) {
    trouble(socket.error().text());
    return false;
  }
  socket_ = std::move(*socket);
  begins_ = true;
  if (transport_of(target_.protocol) == Transport::kTcp) encoder_->begin_session();
  return true;
}

bool FlowExporter::templates_due() const {
  return begins_ || Clock::now() - templates_sent_ >= options_.templates ||
         messages_since_ >= options_.templates_messages;
}

std::size_t FlowExporter::send_some(std::span<const ExportedFlow> flows) {
  if (!connected()) return wait_for_collector(flows);
  const bool due = templates_due();
  const bool datagrams = transport_of(target_.protocol) == Transport::kUdp;
  if (due) send_statistics();
  std::size_t taken = 0;
  auto sent = ExportSocket::Sent::kTooLong;
  while (sent == ExportSocket::Sent::kTooLong) {
    message_.clear();
    taken = encoder_->encode(
        message_, flows,
        {.most_bytes = socket_->most_bytes(), .templates = begins_ || (due && datagrams), .now = now()});
    sent = send_message();
  }
  if (sent != ExportSocket::Sent::kSent) {
    const std::string why = socket_->why();
    socket_.reset();
    if (!datagrams) {
      // The collector throws a part of a message away; the whole goes to the next connection.
      trouble(why);
      return wait_for_collector(flows);
    }
    encoder_->advance();
    lose(flows.first(taken), why);
    return taken;
  }
  settle(false);
  unsettled_.assign(flows.begin(), flows.begin() + static_cast<std::ptrdiff_t>(taken));
  begins_ = false;
  pause_ = {};
  messages_since_++;
  if (due) {
    templates_sent_ = Clock::now();
    messages_since_ = 0;
  }
  return taken;
}

ExportSocket::Sent FlowExporter::send_message() {
  auto sent = socket_->send(message_);
  if (sent == ExportSocket::Sent::kRefused) {
    settle(true);
    sent = socket_->send(message_);
  }
  if (sent != ExportSocket::Sent::kSent) return sent;
  encoder_->advance();
  const std::lock_guard lock(mutex_);
  totals_.messages++;
  totals_.bytes += message_.size();
  return sent;
}

void FlowExporter::send_statistics() {
  ExportTotals totals;
  {
    const std::lock_guard lock(mutex_);
    totals = totals_;
  }
  message_.clear();
  encoder_->encode_statistics(message_, totals, now());
  // Where it fails, the flows behind it will too, and that is told.
  (void)send_message();
}

std::size_t FlowExporter::wait_for_collector(std::span<const ExportedFlow> flows) {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  if (pause(pause_)) return 0;
  lose(flows, "the sensor stopped while the collector was away");
  return flows.size();
}

void FlowExporter::settle(bool refused) {
  if (unsettled_.empty()) return;
  if (refused) {
    lose(unsettled_, socket_->why());
  } else {
    const std::lock_guard lock(mutex_);
    totals_.flows += unsettled_.size();
    under_way_ -= unsettled_.size();
    error_.clear();
  }
  unsettled_.clear();
}

void FlowExporter::lose(std::span<const ExportedFlow> flows, const std::string& why) {
  if (flows.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    failed_ += flows.size();
    under_way_ -= flows.size();
    for (const ExportedFlow& flow : flows) add_lost(totals_, flow);
  }
  trouble(why);
}

void FlowExporter::trouble(const std::string& why) {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = error_ != why;
    error_ = why;
  }
  if (news && options_.note) options_.note(fmt::format("export to {}: {}", target_.text, why));
}

bool FlowExporter::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return ending_ || stopping_; });
}

}  // namespace vedette
