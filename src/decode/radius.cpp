#include "decode/radius.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "decode/address_bytes.h"
#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/ports.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPorts[] = {1645, 1646, 1812, 1813, 3799};
constexpr std::size_t kHeaderBytes = 20, kMostBytes = 4096;  // RFC 2865 §3
constexpr std::size_t kAuthenticatorBytes = 16;

struct Code {
  std::string_view name;
  std::uint8_t number;
  bool asks;
};

// RFC 2865 §3, RFC 2866 §3, RFC 5997, RFC 5176 §2.3.
constexpr Code kCodes[] = {
    {"Access-Request", 1, true},
    {"Access-Accept", 2, false},
    {"Access-Reject", 3, false},
    {"Accounting-Request", 4, true},
    {"Accounting-Response", 5, false},
    {"Access-Challenge", 11, false},
    {"Status-Server", 12, true},
    {"Status-Client", 13, true},
    {"Disconnect-Request", 40, true},
    {"Disconnect-ACK", 41, false},
    {"Disconnect-NAK", 42, false},
    {"CoA-Request", 43, true},
    {"CoA-ACK", 44, false},
    {"CoA-NAK", 45, false},
};

enum Attribute : std::uint8_t {
  kUser = 1,
  kNasAddress = 4,
  kCalledStation = 30,
  kCallingStation = 31,
  kNasIdentifier = 32,
  kNasAddress6 = 95,
};

using Data = std::span<const std::uint8_t>;

struct Message {
  const Code* code = nullptr;
  std::uint8_t id = 0;
  std::array<Data, 256> attributes;  // the first of each number
};

std::optional<Message> read_message(const FlowDatagram& datagram) {
  ByteReader rest(datagram.bytes);
  const std::uint8_t number = rest.u8();
  const auto* const code = std::ranges::find(kCodes, number, &Code::number);
  Message message;
  message.code = code;
  message.id = rest.u8();
  const std::size_t length = rest.u16();
  rest.take(kAuthenticatorBytes);
  if (rest.failed() || code == std::end(kCodes) || length < kHeaderBytes || length > kMostBytes) return {};
  // What lies behind the length is padding (RFC 2865 §3).
  if (length > datagram.bytes.size() && !datagram.cut) return {};
  const bool exact = length == datagram.bytes.size() || datagram.cut;
  ByteReader attributes(rest.take(std::min(length - kHeaderBytes, rest.left())));
  while (!attributes.empty()) {
    const std::uint8_t attribute = attributes.u8(), size = attributes.u8();
    const Data value = attributes.take(size < 2 ? 0 : size - 2U);
    // With the right length in its header it is one whose attributes are damaged: told as far as they go.
    if (attributes.failed() || size < 2) return exact ? std::optional(message) : std::nullopt;
    if (message.attributes[attribute].empty()) message.attributes[attribute] = value;
  }
  return message;
}

void add_text(std::string_view name, Data bytes, Handshake& handshake) {
  if (!bytes.empty()) handshake.add(name, std::string(text_of(bytes)));
}

void tell(const std::optional<Message>& request, const std::optional<Message>& response,
          Handshake& handshake) {
  handshake.app = "radius";
  if (request) handshake.add("request", std::string(request->code->name));
  if (response) handshake.add("response", std::string(response->code->name));
  const auto& attributes = (request ? request : response)->attributes;
  add_text("user", attributes[kUser], handshake);
  if (attributes[kNasAddress].size() == 4)
    handshake.add("nas_address", address_bytes_text(attributes[kNasAddress]));
  else if (attributes[kNasAddress6].size() == 16)
    handshake.add("nas_address", address_bytes_text(attributes[kNasAddress6]));
  add_text("nas_identifier", attributes[kNasIdentifier], handshake);
  add_text("calling_station", attributes[kCallingStation], handshake);
  add_text("called_station", attributes[kCalledStation], handshake);
}

}  // namespace

Answer decode_radius(const Heads& heads, Handshakes& handshakes) {
  if (std::ranges::none_of(kPorts, [&](std::uint16_t port) { return uses_port(heads, port); }))
    return {.verdict = Verdict::kNotMine};
  std::optional<Message> request, response;
  for (const FlowDatagram& datagram : datagrams_of(heads)) {
    const auto message = read_message(datagram);
    if (!message && !request && !response) return {.verdict = Verdict::kNotMine};
    if (!message) continue;
    if (message->code->asks && !request) request = message;
    if (!message->code->asks && !response && (!request || request->id == message->id)) response = message;
    if (response) break;
  }
  const bool ended = heads.ended[0] && heads.ended[1];
  const std::array more = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1};
  if (!request && !response)
    return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
  if (!response && !ended) return {.verdict = Verdict::kMine, .need = more};
  tell(request, response, handshakes.emplace_back());
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
