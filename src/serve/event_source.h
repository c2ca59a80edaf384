// What a feed of server-sent events tells: a stream of packets, handshakes or seconds, each as a line of
// JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/backend.h"

namespace vedette {

enum class EventKind : std::uint8_t { kPacket, kHandshake, kSecond };

// "packet", "handshake", "second": an event's name.
[[nodiscard]] std::string_view event_name(EventKind kind);

struct SourceEvent {
  std::uint64_t id = 0;  // grows by one with each event of its source
  std::string data;      // one line, without its end
};

// One thread at a time. The functions are those of ItemStream.
class EventSource {
 public:
  virtual ~EventSource() = default;

  virtual bool next(std::vector<SourceEvent>& events, Nanoseconds wait) = 0;
  [[nodiscard]] virtual std::uint64_t lost() const = 0;
  virtual void set_attended(bool attended) = 0;
  [[nodiscard]] virtual EventKind kind() const = 0;
};

[[nodiscard]] std::unique_ptr<EventSource> make_event_source(std::unique_ptr<PacketStream> stream);
[[nodiscard]] std::unique_ptr<EventSource> make_event_source(std::unique_ptr<HandshakeStream> stream);
[[nodiscard]] std::unique_ptr<EventSource> make_event_source(std::unique_ptr<SecondStream> stream);

}  // namespace vedette
