#include "serve/event_source.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "packet/names.h"
#include "packet/packet_json.h"
#include "parse/frame.h"

namespace vedette {

namespace {

std::string data_of(StreamedPacket&& packet) {
  vdt_packet facts{};
  vdt_parse_frame(packet.bytes.data(), packet.bytes.data() + packet.bytes.size(), packet.length, &facts);
  facts.core.key.ifindex = packet.ifindex;
  facts.core.direction = packet.direction;
  fmt::memory_buffer text;
  append_packet_line(text, {.time = packet.time,
                            .interface_name = packet.interface_name,
                            .segments = packet.segments,
                            .bytes = packet.bytes,
                            .facts = &facts,
                            .verdict = verdict_name(packet.verdict),
                            .spoken = packet.spoken});
  return {text.data(), text.size() - 1};  // without the line's end
}

std::string data_of(StreamedHandshake&& handshake) {
  return std::move(handshake.json);
}

std::string data_of(StreamedSecond&& second) {
  return std::move(second.json);
}

template <typename Item, EventKind Kind>
class StreamSource : public EventSource {
 public:
  explicit StreamSource(std::unique_ptr<ItemStream<Item>> stream) : stream_(std::move(stream)) {}

  bool next(std::vector<SourceEvent>& events, Nanoseconds wait) override {
    std::vector<Item> items;
    const bool more = stream_->next(items, wait);
    for (Item& item : items) {
      const std::uint64_t id = item.id;
      events.push_back({id, data_of(std::move(item))});
    }
    return more;
  }
  [[nodiscard]] std::uint64_t lost() const override { return stream_->lost(); }
  void set_attended(bool attended) override { stream_->set_attended(attended); }
  [[nodiscard]] EventKind kind() const override { return Kind; }

 private:
  std::unique_ptr<ItemStream<Item>> stream_;
};

}  // namespace

std::string_view event_name(EventKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"packet", "handshake", "second"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::unique_ptr<EventSource> make_event_source(std::unique_ptr<PacketStream> stream) {
  return std::make_unique<StreamSource<StreamedPacket, EventKind::kPacket>>(std::move(stream));
}

std::unique_ptr<EventSource> make_event_source(std::unique_ptr<HandshakeStream> stream) {
  return std::make_unique<StreamSource<StreamedHandshake, EventKind::kHandshake>>(std::move(stream));
}

std::unique_ptr<EventSource> make_event_source(std::unique_ptr<SecondStream> stream) {
  return std::make_unique<StreamSource<StreamedSecond, EventKind::kSecond>>(std::move(stream));
}

}  // namespace vedette
