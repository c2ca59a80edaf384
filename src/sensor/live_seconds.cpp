#include "sensor/live_seconds.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "base/json_writer.h"
#include "packet/names.h"
#include "packet/spoken.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kSecond = 1s;
constexpr std::size_t kSourcesTold = 10;
constexpr std::size_t kServicesTold = 10;
constexpr std::size_t kVersionsTold = 64;  // what clients choose as their version is theirs

// Of a counter that may have begun anew.
std::uint64_t growth(std::uint64_t now, std::uint64_t before) {
  return now >= before ? now - before : now;
}

std::uint64_t dropped(const DirectionCounts& counts) {
  return counts.blocked_packets + counts.rule_dropped_packets + counts.refused_packets +
         counts.unsolicited_packets + counts.protocol_dropped_packets;
}

void write_growth(JsonWriter& json, std::string_view name, const DirectionCounts& now,
                  const DirectionCounts& before) {
  json.key(name);
  json.begin_object();
  json.field("packets", growth(now.packets, before.packets));
  json.field("bytes", growth(now.bytes, before.bytes));
  json.end_object();
}

void write_sources(JsonWriter& json, SecondTally& tally) {
  json.key("sources");
  json.begin_array();
  for (const SourceSum& source : tally.sources(kSourcesTold)) {
    json.begin_object();
    json.field("src_ip", [&](auto& text) { append_address(text, source.address, source.ip_version); });
    json.field("bytes", source.bytes);
    json.field("packets", source.packets);
    json.end_object();
  }
  json.end_array();
}

void write_services(JsonWriter& json, SecondTally& tally) {
  json.key("services");
  json.begin_array();
  for (const ServiceSum& service : tally.services(kServicesTold)) {
    json.begin_object();
    json.field("protocol", std::string_view(protocol_text(service.protocol)));
    if (protocol_has_ports(service.protocol)) json.field("dst_port", service.dst_port);
    const Spoken& what = spoken(service.spoken);
    if (!what.app.empty()) json.field("app", std::string_view(what.app));
    if (!what.app_version.empty()) json.field("app_version", std::string_view(what.app_version));
    json.field("bytes", service.bytes);
    json.field("packets", service.packets);
    json.end_object();
  }
  json.end_array();
}

void write_versions(JsonWriter& json, std::vector<ApplicationCounts> versions) {
  std::erase_if(versions, [](const ApplicationCounts& one) { return one.app.empty(); });
  // What is outdated is few, and what a reader must not miss.
  std::ranges::sort(versions, [](const ApplicationCounts& one, const ApplicationCounts& other) {
    const bool outdated = !one.outdated_reason.empty();
    if (outdated == other.outdated_reason.empty()) return outdated;
    return one.flows > other.flows;
  });
  if (versions.size() > kVersionsTold) versions.resize(kVersionsTold);
  json.key("versions");
  json.begin_array();
  for (const ApplicationCounts& one : versions) {
    json.begin_object();
    json.field("app", one.app);
    if (!one.app_version.empty()) json.field("app_version", one.app_version);
    if (!one.outdated_reason.empty()) {
      json.field("outdated", true);
      json.field("outdated_reason", one.outdated_reason);
    }
    json.field("flows", one.flows);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

bool LiveSeconds::due(Clock::time_point now) const {
  return wanted() && (!begun_ || now - told_ >= kSecond);
}

std::string LiveSeconds::second_json(const SecondTotals& totals, Clock::time_point now) {
  fmt::memory_buffer text;
  JsonWriter json(text);
  json.begin_object();
  json.field("time_ns", totals.time.count());
  json.field("span_ns", std::chrono::duration_cast<Nanoseconds>(now - told_).count());
  json.key("interfaces");
  json.begin_array();
  for (const InterfaceStatus& one : totals.interfaces) {
    // One that came within the second begins with it.
    const auto known = before_.find(one.ifindex);
    const Before before = known == before_.end() ? Before{} : known->second;
    json.begin_object();
    json.field("interface", std::string_view(one.name));
    write_growth(json, "in", one.in, before.in);
    write_growth(json, "out", one.out, before.out);
    json.field("dropped_packets",
               growth(dropped(one.in), dropped(before.in)) + growth(dropped(one.out), dropped(before.out)));
    json.end_object();
  }
  json.end_array();
  write_sources(json, tally_);
  write_services(json, tally_);
  write_versions(json, totals.versions);
  json.field("live_flows", totals.live_flows);
  json.field("new_flows", growth(totals.created_flows, created_before_));
  json.field("losses", growth(totals.losses, losses_before_));
  json.field("findings", totals.findings);
  json.end_object();
  return fmt::to_string(text);
}

void LiveSeconds::tell(const SecondTotals& totals, Clock::time_point now) {
  if (begun_) {
    const std::string json = second_json(totals, now);
    std::erase_if(streams_, [&](Watching& one) {
      one.queue->put({.id = 0, .json = json});
      if (!one.counted || --one.left != 0) return false;
      one.queue->end();
      return true;
    });
  }
  before_.clear();
  for (const InterfaceStatus& one : totals.interfaces) before_[one.ifindex] = {.in = one.in, .out = one.out};
  losses_before_ = totals.losses;
  created_before_ = totals.created_flows;
  tally_.clear();
  told_ = now;
  begun_ = wanted();
}

std::unique_ptr<SecondStream> LiveSeconds::stream(std::uint64_t count,
                                                  std::function<void(std::uint64_t)> forget) {
  const std::uint64_t number = next_stream_++;
  auto stream = std::make_unique<LiveSecondStream>([forget = std::move(forget), number] { forget(number); });
  streams_.push_back({.number = number, .left = count, .counted = count != 0, .queue = stream->queue()});
  return stream;
}

void LiveSeconds::forget(std::uint64_t stream) {
  const auto found = std::ranges::find(streams_, stream, &Watching::number);
  if (found == streams_.end()) return;
  found->queue->end();
  streams_.erase(found);
  // Nothing is summed from here on: who comes next is not told the time between.
  if (!wanted()) begun_ = false;
}

void LiveSeconds::close() {
  while (wanted()) forget(streams_.back().number);
}

}  // namespace vedette
