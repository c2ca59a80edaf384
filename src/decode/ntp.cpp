#include "decode/ntp.h"

#include <array>
#include <optional>
#include <string>

#include "decode/address_bytes.h"
#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/dns_message.h"
#include "decode/ports.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPort = 123;
constexpr std::size_t kTimeBytes = 48;     // RFC 5905 §7.3, without extensions
constexpr std::size_t kControlBytes = 12;  // RFC 9327 §2
constexpr std::size_t kPrivateBytes = 8;   // of ntpd's ntp_request.h
constexpr std::uint8_t kMostStratum = 16;

enum Mode : std::uint8_t {
  kUnspecified = 0,
  kSymmetricActive = 1,
  kClient = 3,
  kServer = 4,
  kBroadcast = 5,
  kControl = 6,
  kPrivate = 7
};

constexpr std::array<std::string_view, 8> kModes = {"unspecified", "symmetric active", "symmetric passive",
                                                    "client",      "server",           "broadcast",
                                                    "control",     "private"};

// RFC 9327 §2.1.
constexpr std::array<std::string_view, 13> kControlRequests = {"",
                                                               "read status",
                                                               "read variables",
                                                               "write variables",
                                                               "read clock variables",
                                                               "write clock variables",
                                                               "set trap",
                                                               "trap",
                                                               "configure",
                                                               "save configuration",
                                                               "read mru list",
                                                               "read ordered list",
                                                               "request nonce"};

// ntpd's MON_GETLIST and MON_GETLIST_1.
constexpr std::uint8_t kMonlistOld = 20, kMonlist = 42;

struct Message {
  std::uint8_t version = 0, mode = 0, stratum = 0;
  std::span<const std::uint8_t> reference;
  std::string request;
};

std::string request_name(std::uint8_t mode, std::uint8_t code) {
  if (mode == kPrivate)
    return code == kMonlist || code == kMonlistOld ? "monlist" : "request " + std::to_string(code);
  if (code > 0 && code < kControlRequests.size()) return std::string(kControlRequests[code]);
  return "request " + std::to_string(code);
}

// What is said in the modes that keep time.
std::optional<Message> read_time(std::span<const std::uint8_t> bytes, Message message) {
  ByteReader rest(bytes);
  rest.u8();
  message.stratum = rest.u8();
  rest.take(1 + 1 + 4 + 4);  // poll, precision, root delay and dispersion
  message.reference = rest.take(4);
  if (bytes.size() < kTimeBytes || message.stratum > kMostStratum) return {};
  return message;
}

std::optional<Message> read_message(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return {};
  Message message;
  message.version = bytes[0] >> 3 & 7;
  message.mode = bytes[0] & 7;
  if (message.version < 1 || message.version > 4) return {};
  if (message.mode == kUnspecified && message.version > 1) return {};
  if (message.mode != kControl && message.mode != kPrivate) return read_time(bytes, message);
  // Of a control message the first bits are zero, of a private one they are its own.
  if (bytes.size() < (message.mode == kControl ? kControlBytes : kPrivateBytes)) return {};
  if (message.mode == kControl && (bytes[0] & 0xc0)) return {};
  const std::uint8_t code =
      message.mode == kControl ? bytes[1] & 0x1f : bytes[3];  // behind it: implementation, request
  message.request = request_name(message.mode, code);
  return message;
}

bool answers(const Message& message) {
  return message.mode == kServer || message.mode == kBroadcast;
}

std::string reference_text(const Message& message) {
  if (message.stratum > 1) return address_bytes_text(message.reference);
  auto letters = message.reference;
  while (!letters.empty() && letters.back() == 0) letters = letters.first(letters.size() - 1);
  std::string text;
  append_dns_text(text, letters, DnsText::kAscii, "\\");
  return text;
}

void tell(const std::array<std::optional<Message>, 2>& sides, Handshake& handshake) {
  const std::size_t asking = !sides[0] || (sides[1] && answers(*sides[0])) ? 1 : 0;
  const Message& first = *sides[asking];
  const Message& last = sides[1 - asking] ? *sides[1 - asking] : first;
  handshake.app = "ntp";
  handshake.app_version = std::to_string(last.version);
  handshake.add("mode", std::string(kModes[first.mode]));
  handshake.add_known("request", first.request);
  if (last.mode == kClient || last.mode == kUnspecified || !last.request.empty()) return;
  handshake.add("stratum", std::int64_t{last.stratum});
  if (auto reference = reference_text(last); !reference.empty())
    handshake.add("reference_id", std::move(reference));
}

}  // namespace

Answer decode_ntp(const Heads& heads, Handshakes& handshakes) {
  if (!uses_port(heads, kPort)) return {.verdict = Verdict::kNotMine};
  std::array<std::optional<Message>, 2> sides;
  for (const FlowDatagram& datagram : datagrams_of(heads)) {
    auto& side = sides[datagram.side];
    if (side) continue;
    side = read_message(datagram.bytes);
    if (!side) return {.verdict = Verdict::kNotMine};
  }
  const bool ended = heads.ended[0] && heads.ended[1];
  if (!sides[0] && !sides[1])
    return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
  // Nobody answers a broadcast.
  const auto is_last = [](const auto& side) { return side && side->mode == kBroadcast; };
  if ((sides[0] && sides[1]) || ended || is_last(sides[0]) || is_last(sides[1])) {
    tell(sides, handshakes.emplace_back());
    return {.verdict = Verdict::kDone};
  }
  Answer answer{.verdict = Verdict::kMine};
  answer.need[sides[0] ? 1 : 0] = 1;
  return answer;
}

}  // namespace vedette
