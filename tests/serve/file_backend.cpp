#include "tests/serve/file_backend.h"

#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "flow/flow_filter.h"
#include "flow/flow_order.h"
#include "handshake/handshake_json.h"
#include "handshake/handshake_tracker.h"
#include "sensor/flow_pager.h"
#include "sensor/live_findings.h"
#include "sensor/live_history.h"
#include "sensor/live_seconds.h"
#include "source/capture_writer.h"
#include "source/packet_reader.h"
#include "store/open_store.h"
#include "tests/packet_builder.h"
#include "tests/unit/decode/hello_builder.h"
#include "tests/watch/frames.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

constexpr const char* kInterface = "eth0";

StreamedPacket streamed(const Packet& packet, std::uint32_t snaplen) {
  const std::size_t size = std::min<std::size_t>(packet.bytes.size(), snaplen);
  return {.time = packet.time,
          .ifindex = 1,
          .interface_name = kInterface,
          .length = packet.facts->core.length,
          .direction = VDT_DIRECTION_IN,
          .bytes = {packet.bytes.begin(), packet.bytes.begin() + static_cast<std::ptrdiff_t>(size)}};
}

// Puts `items` into the queue as the engine does, until nobody takes them any more.
template <typename Item>
void produce(const std::stop_token& stop, const std::vector<Item>& items, std::uint64_t count, Pace pace,
             const std::shared_ptr<typename QueuedStream<Item>::Queue>& queue,
             const std::atomic<bool>& closed) {
  std::uint64_t put = 0;
  bool again = !items.empty();
  while (again && !stop.stop_requested() && !closed) {
    for (const Item& item : items) {
      queue->put(item);
      if (++put == count) return queue->end();
    }
    again = pace == Pace::kForever;
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() : path_("/tmp/vedette-serve-XXXXXX") {
  if (!mkdtemp(path_.data())) throw std::runtime_error("no folder can be made in /tmp");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

// A flow with a handshake in it, which made_frames() have not.
Frame frame_with_hello() {
  const Bytes hello = record(message(1, client_hello({.extensions = server_name("www.example.com")})));
  return ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, tcp(40'000, 443, VDT_TCP_PSH | VDT_TCP_ACK, {}, hello)));
}

std::size_t write_made_capture(const std::string& path) {
  auto writer = CaptureWriter::create(path, {});
  if (!writer) throw std::runtime_error(writer.error().text());
  const std::uint32_t interface = writer->add_interface({.name = kInterface, .filter = {}});
  Nanoseconds time = 1'700'000'000s;
  std::vector<Frame> frames = made_frames();
  frames.push_back(frame_with_hello());
  for (const Frame& frame : frames) {
    const auto written = writer->write({.interface = interface,
                                        .time = time,
                                        .bytes = frame,
                                        .wire_length = static_cast<std::uint32_t>(frame.size()),
                                        .direction = VDT_DIRECTION_IN,
                                        .comment = {}});
    if (!written) throw std::runtime_error(written.error().text());
    time += 1ms;
  }
  if (auto flushed = writer->flush(); !flushed) throw std::runtime_error(flushed.error().text());
  return writer->packets();
}

FileBackend::FileBackend(std::string capture, Pace pace) : capture_(std::move(capture)), pace_(pace) {
  table_.name_interface(1, kInterface);
  const auto read = read_packets(capture_, {}, [&](const FilePacket& one) {
    const auto place = table_.add_packet(one.packet);
    const std::uint32_t length = one.packet.facts->core.length;
    counts_.packets++;
    counts_.bytes += length;
    (place.flow ? counts_.flow_packets : counts_.not_ip_packets)++;
    (place.flow ? counts_.flow_bytes : counts_.not_ip_bytes) += length;
    return true;
  });
  if (!read) throw std::runtime_error(read.error().text());
}

FileBackend::~FileBackend() = default;

bool FileBackend::keep_history() {
#ifdef VEDETTE_DUCKDB
  folder_ = std::make_unique<TemporaryFolder>();
  StoreOptions options;
  options.folder = folder_->file("store");
  options.library = VEDETTE_DUCKDB;
  auto store = open_store(std::move(options));
  if (!store) throw std::runtime_error(store.error().text());
  store_ = std::move(*store);
  const std::lock_guard lock(mutex_);
  LiveHistory history(store_.get());
  table_.for_each([&](const FlowView& view) {
    FlowView last = view;
    last.end = FlowEnd::kFinished;
    history.take(last, {});
  });
  if (auto flushed = store_->flush(); !flushed) throw std::runtime_error(flushed.error().text());
  return true;
#else
  return false;
#endif
}

Health FileBackend::health() const {
  Health health{.version = "test", .uptime = 1s, .pid = getpid(), .store = {}};
  if (store_) health.store = store_->status();
  return health;
}

Stats FileBackend::stats() {
  const std::lock_guard lock(mutex_);
  Stats stats;
  stats.time = 1'700'000'000s;
  stats.uptime = 1s;
  stats.in = counts_;
  stats.malformed = {{"ip_truncated", 1}};
  stats.losses = Losses().all();
  stats.flows.live = table_.live();
  stats.flows.created = table_.counters().created;
  stats.flows.user_bytes = table_.memory();
  stats.protocols = {{6, 4, VDT_DIRECTION_IN, counts_.flow_packets, counts_.flow_bytes}};
  ApplicationCounts old, unknown;
  old.app = "tls";
  old.app_version = "1.0";
  old.outdated_reason = "too old";
  old.flows = unknown.flows = 1;
  stats.applications = {old, unknown};
  stats.kernel_drops = {{"NO_SOCKET", 3}};
  stats.tcp = TcpCounts{};
  return stats;
}

std::vector<InterfaceStatus> FileBackend::interfaces() {
  const std::lock_guard lock(mutex_);
  return {{.name = kInterface,
           .ifindex = 1,
           .ingress = "xdp-generic",
           .egress = "none",
           .why = {"xdp-native: a file has no driver"},
           .in = counts_,
           .out = {},
           .unseen = {.missed = 1, .errors = 2, .dropped = 3}}};
}

std::vector<Fact> FileBackend::kernel() {
  return {
      {"kernel", "release", FactState::kTold, "6.1.0 x86_64", {}},
      {"kernel", "btf", FactState::kOn, "/sys/kernel/btf/vmlinux", {}},
      {"part", "owners", FactState::kOff, "refused; flows have no process", "mount cgroup2"},
      {kInterface, "ingress", FactState::kLimited, "xdp-generic; tried in vain: a file has no driver", {}}};
}

Result<FlowPage> FileBackend::flows(const FlowQuery& query) {
  auto pager = FlowPager::prepare(query);
  if (!pager) return std::unexpected(pager.error());
  const std::lock_guard lock(mutex_);
  table_.for_each([&](const FlowView& flow) { pager->add(flow); });
  return pager->page([](KeptFlow&) {}, {});
}

Result<std::unique_ptr<PacketStream>> FileBackend::packets(const PacketQuery& query) {
  std::vector<StreamedPacket> packets;
  const auto read = read_packets(capture_, {.filter = query.filter}, [&](const FilePacket& one) {
    packets.push_back(streamed(one.packet, query.snaplen));
    return true;
  });
  if (!read) return std::unexpected(read.error());
  auto closed = std::make_shared<std::atomic<bool>>(false);
  ++*open_streams_;
  auto stream = std::make_unique<LiveStream>([closed, open = open_streams_] {
    *closed = true;
    --*open;
  });
  const std::lock_guard lock(producers_mutex_);
  producers_.emplace_back(
      [packets = std::move(packets), count = query.count, pace = pace_, queue = stream->queue(),
       closed](const std::stop_token& stop) { produce(stop, packets, count, pace, queue, *closed); });
  return stream;
}

Result<std::unique_ptr<HandshakeStream>> FileBackend::handshakes(const HandshakeQuery& query) {
  const auto filter = FlowFilter::compile(query.filter);
  if (!filter) return std::unexpected(filter.error());
  std::vector<StreamedHandshake> handshakes;
  HandshakeTracker tracker({}, [&](const HandshakeView& view) {
    if (!filter->matches(view.flow)) return;
    fmt::memory_buffer text;
    JsonWriter json(text);
    write_handshake(json, view);
    handshakes.push_back({.id = 0, .json = fmt::to_string(text)});
  });
  FlowTable table({}, [&](const FlowView& flow) { tracker.end(flow.flow); });
  const auto read = read_packets(capture_, {}, [&](const FilePacket& one) {
    tracker.add(one.packet, table.add_packet(one.packet));
    return true;
  });
  if (!read) return std::unexpected(read.error());
  table.finish();
  auto closed = std::make_shared<std::atomic<bool>>(false);
  ++*open_streams_;
  auto stream = std::make_unique<LiveHandshakeStream>([closed, open = open_streams_] {
    *closed = true;
    --*open;
  });
  const std::lock_guard lock(producers_mutex_);
  producers_.emplace_back(
      [handshakes = std::move(handshakes), count = query.count, pace = pace_, queue = stream->queue(),
       closed](const std::stop_token& stop) { produce(stop, handshakes, count, pace, queue, *closed); });
  return stream;
}

std::unique_ptr<SecondStream> FileBackend::seconds(std::uint64_t count) {
  LiveSeconds live;
  ++*open_streams_;
  auto stream = live.stream(count, [open = open_streams_](std::uint64_t) { --*open; });
  LiveSeconds::Clock::time_point now;
  SecondTotals totals;
  totals.interfaces = interfaces();
  totals.interfaces[0].in = {};
  live.tell(totals, now);
  FlowTable table;
  const auto read = read_packets(capture_, {}, [&](const FilePacket& one) {
    const auto place = table.add_packet(one.packet);
    const vdt_packet_core& core = one.packet.facts->core;
    if (place.flow) live.take(core.key, *place.flow, 1, core.length);
    return true;
  });
  if (!read) throw std::runtime_error(read.error().text());
  totals.interfaces = interfaces();
  totals.versions = stats().applications;
  totals.live_flows = totals.created_flows = table.live();
  for (std::uint64_t second = 0; second < (count == 0 ? 3 : count); second++) {
    totals.time = 1'700'000'000s + second * 1s;
    live.tell(totals, now += 1s);
  }
  return stream;
}

FindingPage FileBackend::findings(const FindingQuery& query) {
  LiveFindings findings({}, {}, [](const std::string&) {});
  const OutdatedTable outdated = OutdatedTable::built_in();
  HandshakeTracker tracker({.outdated = &outdated}, [&](const HandshakeView& view) { findings.take(view); });
  FlowTable table({}, [&](const FlowView& flow) {
    tracker.end(flow.flow);
    findings.end(flow);
  });
  const auto read = read_packets(capture_, {}, [&](const FilePacket& one) {
    tracker.add(one.packet, table.add_packet(one.packet));
    return true;
  });
  if (!read) return {};
  table.finish();
  return findings.page(query);
}

EvidenceAnswer FileBackend::evidence(const std::string& id) {
  if (id != "0123456789abcdef") return {.pcapng = {}, .why_not = "there is no finding " + id};
  std::ifstream file(capture_, std::ios::binary);
  return {.pcapng = {std::istreambuf_iterator<char>(file), {}}, .why_not = {}};
}

std::vector<ListedSource> FileBackend::listed_sources() {
  const std::lock_guard lock(mutex_);
  std::vector<ListedSource> all;
  for (const auto& [key, source] : listed_) all.push_back(source);
  return all;
}

Result<ListedSource> FileBackend::list_source(const ListChange& change) {
  const std::lock_guard lock(mutex_);
  ListedSource source{.kind = change.kind, .prefix = change.prefix, .entry = {}, .expires = {}};
  if (change.ttl) source.expires = *change.ttl;
  if (change.observe) source.entry.flags = VDT_LISTED_OBSERVE;
  change.reason.copy(source.entry.reason, sizeof source.entry.reason - 1);
  audit_.record(list_kind_name(change.kind), change.by, [&](JsonWriter& json) {
    json.field("prefix", std::string_view(prefix_text(change.prefix)));
  });
  return listed_[{change.kind, change.prefix}] = source;
}

std::vector<FeedStatus> FileBackend::feeds() {
  FeedStatus feed;
  feed.options.name = "tested";
  feed.options.source = "/var/lib/feeds/tested.txt";
  feed.networks = 2;
  feed.bad = 1;
  feed.bad_lines = {{3, "is no address"}};
  feed.skipped = 1;
  feed.skips = {"127.0.0.0/8 holds 127.0.0.1: it is this host's own address"};
  feed.last_success = feed.next_try = Nanoseconds(1'700'000'000'000'000'000);
  feed.last_try = feed.last_success;
  feed.http_status = 500;
  feed.error = "can't be read";
  return {feed};
}

std::vector<HookStatus> FileBackend::hooks() {
  return {{.kind = "url",
           .target = "https://hooks.example/",
           .told = 1,
           .failed = 1,
           .dropped = 2,
           .waiting = 3,
           .error = "answers with status 500"}};
}

FedPage FileBackend::fed_sources(std::size_t first, std::size_t most) {
  FedPage page;
  page.total = 2;
  for (const char* text : {"198.51.100.0/24", "2001:db8::/32"}) {
    ListedFeedEntry entry;
    entry.source.entry.prefix = *parse_prefix(text);
    entry.source.feeds = {"tested"};
    entry.reason = "SBL1";
    entry.expires = Nanoseconds(1'700'000'000'000'000'000);
    page.entries.push_back(entry);
  }
  page.entries.erase(page.entries.begin(),
                     page.entries.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(first, 2)));
  if (page.entries.size() > most) page.entries.resize(most);
  return page;
}

std::vector<ListedFeedEntry> FileBackend::fed_holding(const Prefix& prefix) {
  std::vector<ListedFeedEntry> all;
  for (const ListedFeedEntry& entry : fed_sources(0, 2).entries)
    if (entry.source.entry.prefix.holds(prefix)) all.push_back(entry);
  return all;
}

Result<std::optional<ListedSource>> FileBackend::unlist_source(ListKind kind, const Prefix& prefix,
                                                               const Actor& by) {
  const std::lock_guard lock(mutex_);
  auto node = listed_.extract({kind, prefix});
  if (node.empty()) return std::optional<ListedSource>();
  audit_.record("unblock", by,
                [&](JsonWriter& json) { json.field("prefix", std::string_view(prefix_text(prefix))); });
  return std::optional(node.mapped());
}

PolicyStatus FileBackend::policy() {
  const std::lock_guard lock(mutex_);
  PolicyStatus status;
  status.state = policy_;
  status.rules = {{.name = "a-rule", .packets = 3, .bytes = 180, .done_packets = {}}};
  status.protocols = {{.name = "a-protocol", .flows = 1, .dropped_packets = 2, .dropped_bytes = 700}};
  if (policy_.shadow) status.shadow_rules = {{.name = "(block)", .dropped_packets = 2, .done_packets = {}}};
  return status;
}

Result<void> FileBackend::apply_policy(const PolicyOrder& order) {
  const std::lock_guard lock(mutex_);
  PolicyState next;
  next.running = order.text;
  next.previous = policy_.running.value_or("");
  next.applied = Nanoseconds(1'000);
  if (order.confirm) next.confirm_until = next.applied + *order.confirm;
  policy_ = std::move(next);
  return {};
}

Result<void> FileBackend::confirm_policy(const Actor& by) {
  const std::lock_guard lock(mutex_);
  if (!policy_.confirm_until)
    return unusable("policy", "expected one that waits to be confirmed, found none");
  policy_.confirm_until.reset();
  audit_.record("policy_confirmed", by);
  return {};
}

Result<void> FileBackend::roll_back_policy(const Actor& by) {
  const std::lock_guard lock(mutex_);
  if (!policy_.previous) return unusable("policy", "expected one before this, found none");
  PolicyState next;
  next.running = policy_.previous;
  next.applied = Nanoseconds(2'000);
  audit_.record("policy_rolled_back", by);
  policy_ = std::move(next);
  return {};
}

Result<void> FileBackend::begin_shadow(const PolicyOrder& order) {
  const std::lock_guard lock(mutex_);
  policy_.shadow = order.text;
  policy_.shadowed = Nanoseconds(3'000);
  audit_.record("policy_shadow_begun", order.by);
  return {};
}

Result<void> FileBackend::end_shadow(const Actor& by) {
  const std::lock_guard lock(mutex_);
  if (!policy_.shadow) return unusable("policy", "expected a shadow, found none");
  policy_.shadow.reset();
  audit_.record("policy_shadow_ended", by);
  return {};
}

}  // namespace vedette::tests
