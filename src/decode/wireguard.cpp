#include "decode/wireguard.h"

#include <algorithm>
#include <array>
#include <optional>

#include "decode/byte_reader.h"
#include "decode/datagrams.h"

namespace vedette {

namespace {

enum Type : std::uint8_t { kInitiation = 1, kResponse = 2, kCookie = 3, kTransport = 4 };

constexpr std::size_t kInitiationBytes = 148, kResponseBytes = 92, kCookieBytes = 64;
constexpr std::size_t kLeastTransportBytes = 32;  // an empty packet's tag
constexpr std::size_t kBlock = 16;                // what a transport message is padded to
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kDatagrams = 16;              // that are looked at
constexpr int kEnoughOfBoth = 2, kEnoughAlone = 5;  // transport messages that count up

struct Message {
  Type type;
  std::uint32_t sender = 0, receiver = 0;
  std::uint64_t counter = 0;
  bool mac2_zero = false;  // as an initiation's is, unless its responder has asked for a cookie (§5.4.4)
};

std::optional<Message> parse(const FlowDatagram& datagram) {
  ByteReader reader(datagram.bytes);
  const std::size_t size = datagram.bytes.size();
  const std::uint32_t type = reader.little32();  // and three reserved zeros
  // Some put padding behind the handshake's messages: told then by the index that the answer repeats.
  const auto has = [&](std::size_t bytes) { return size >= bytes || (datagram.cut && size > kBlock); };
  switch (type) {
    case kInitiation: {
      if (!has(kInitiationBytes)) return {};
      const auto mac = datagram.bytes.last(kMacBytes);
      const bool zero =
          size == kInitiationBytes && std::ranges::all_of(mac, [](std::uint8_t byte) { return byte == 0; });
      return Message{.type = kInitiation, .sender = reader.little32(), .mac2_zero = zero};
    }
    case kResponse:
      if (!has(kResponseBytes)) return {};
      return Message{.type = kResponse, .sender = reader.little32(), .receiver = reader.little32()};
    case kCookie:
      if (!has(kCookieBytes)) return {};
      return Message{.type = kCookie, .receiver = reader.little32()};
    case kTransport: {
      if (size < kLeastTransportBytes || (size % kBlock != 0 && !datagram.cut)) return {};
      Message message{.type = kTransport, .receiver = reader.little32()};
      message.counter = reader.little64();
      return message;
    }
    default:
      return {};
  }
}

// One direction's transport messages: all for one receiver, each counted higher than the one before.
struct Counting {
  int messages = 0;
  std::uint32_t receiver = 0;
  std::uint64_t last = 0;
  bool broken = false;

  void add(const Message& message) {
    constexpr std::uint64_t kMost = std::uint64_t{1}
                                    << 40;  // WireGuard makes new keys after 2^60 messages or 120 s
    constexpr std::uint64_t kLongestGap = 4096;
    if (messages > 0 &&
        (message.receiver != receiver || message.counter <= last || message.counter - last > kLongestGap))
      broken = true;
    if (message.counter > kMost) broken = true;
    messages++;
    receiver = message.receiver;
    last = message.counter;
  }
};

Answer done(std::string_view handshake, Handshakes& handshakes) {
  Handshake& told = handshakes.emplace_back();
  told.app = "wireguard";
  told.add("handshake", std::string(handshake));
  return {.verdict = Verdict::kDone};
}

}  // namespace

Answer decode_wireguard(const Heads& heads, Handshakes& handshakes) {
  std::optional<Message> initiation;
  std::size_t initiator = 0;
  std::array<Counting, 2> counting;
  const auto datagrams = datagrams_of(heads, kDatagrams);
  for (const FlowDatagram& datagram : datagrams) {
    const auto message = parse(datagram);
    if (!message) return {.verdict = Verdict::kNotMine};
    const bool answers = initiation && datagram.side != initiator && message->receiver == initiation->sender;
    if (message->type == kInitiation) {
      initiation = message;
      initiator = datagram.side;
    } else if (message->type == kResponse && answers) {
      return done("response", handshakes);
    } else if (message->type == kCookie && answers) {
      return done("cookie", handshakes);
    } else if (message->type == kTransport) {
      counting[datagram.side].add(*message);
    }
  }
  const auto& [one, other] = counting;
  const bool counted = !one.broken && !other.broken &&
                       ((one.messages >= kEnoughOfBoth && other.messages >= kEnoughOfBoth) ||
                        one.messages >= kEnoughAlone || other.messages >= kEnoughAlone);
  if (counted && one.receiver != other.receiver) return done("transport", handshakes);
  const bool ended = (heads.ended[0] && heads.ended[1]) || datagrams.size() == kDatagrams;
  if (ended && initiation && initiation->mac2_zero) return done("initiation", handshakes);
  if (ended) return {.verdict = Verdict::kNotMine};
  return {.verdict = Verdict::kUndecided, .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1}};
}

}  // namespace vedette
