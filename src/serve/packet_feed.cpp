#include "serve/packet_feed.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

#include "packet/packet_json.h"
#include "parse/frame.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kEventsHeld = 8192;  // some 3 MB; a minute of 130 packets a second
constexpr auto kParkedFor = 30s;
constexpr std::size_t kFeedsParked = 8;

struct EventId {
  std::uint64_t feed;
  std::uint64_t event;
};

// "feed-event"
std::optional<EventId> parse_event_id(const std::string& text) {
  EventId id{};
  const char* end = text.data() + text.size();
  const auto feed = std::from_chars(text.data(), end, id.feed);
  if (feed.ec != std::errc() || feed.ptr == end || *feed.ptr != '-') return std::nullopt;
  const auto event = std::from_chars(feed.ptr + 1, end, id.event);
  if (event.ec != std::errc() || event.ptr != end) return std::nullopt;
  return id;
}

}  // namespace

void PacketFeed::append_event(const StreamedPacket& packet) {
  vdt_packet facts{};
  vdt_parse_frame(packet.bytes.data(), packet.bytes.data() + packet.bytes.size(), packet.length, &facts);
  facts.core.key.ifindex = packet.ifindex;
  facts.core.direction = packet.direction;
  fmt::memory_buffer text;
  fmt::format_to(fmt::appender(text), "event: packet\nid: {}-{}\ndata: ", number_, packet.id);
  append_packet_line(text, {.time = packet.time,
                            .interface_name = packet.interface_name,
                            .segments = packet.segments,
                            .bytes = packet.bytes,
                            .facts = &facts,
                            .verdict = {}});
  text.push_back('\n');
  held_.push_back({packet.id, fmt::to_string(text)});
  if (held_.size() <= kEventsHeld) return;
  if (held_.front().id > sent_) forgotten_++;
  held_.pop_front();
}

std::string PacketFeed::lost_event() {
  const std::uint64_t lost = stream_->lost();
  const std::uint64_t untold = lost - lost_told_ + forgotten_;
  if (untold == 0) return {};
  lost_told_ = lost;
  forgotten_ = 0;
  return fmt::format("event: lost\ndata: {{\"packets\":{}}}\n\n", untold);
}

std::string PacketFeed::unsent() {
  std::string text;
  for (const Event& event : held_) {
    if (event.id <= sent_) continue;
    text += event.text;
    sent_ = event.id;
  }
  return text;
}

std::string PacketFeed::next() {
  std::string text = lost_event() + unsent();
  if (!text.empty() || over_) return text;
  std::vector<StreamedPacket> packets;
  over_ = !stream_->next(packets, 1s);
  for (const StreamedPacket& packet : packets) append_event(packet);
  text = lost_event() + unsent();
  if (text.empty() && !over_) return ": nothing yet\n\n";
  return text;
}

void PacketFeed::resume_after(std::uint64_t id) {
  sent_ = id;
  if (!held_.empty() && held_.front().id > id + 1) forgotten_ += held_.front().id - id - 1;
}

void ParkedFeeds::park(std::unique_ptr<PacketFeed> feed) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(feeds_, [&](const auto& one) { return now - one.second.since > kParkedFor; });
  // Feed numbers grow: the first is the one parked longest ago, or near it.
  if (feeds_.size() >= kFeedsParked) feeds_.erase(feeds_.begin());
  const std::uint64_t number = feed->number();
  feeds_.emplace(number, Parked{std::move(feed), now});
}

std::unique_ptr<PacketFeed> ParkedFeeds::take(const std::string& event_id) {
  const auto id = parse_event_id(event_id);
  if (!id) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = feeds_.find(id->feed);
  if (found == feeds_.end()) return nullptr;
  std::unique_ptr<PacketFeed> feed = std::move(found->second.feed);
  feeds_.erase(found);
  feed->resume_after(id->event);
  return feed;
}

}  // namespace vedette
