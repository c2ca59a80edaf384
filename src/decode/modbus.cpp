#include "decode/modbus.h"

#include <optional>

#include "decode/byte_reader.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kHeader = 7;        // transaction, protocol, length, unit
constexpr std::size_t kBeforeUnit = 6;    // which the length doesn't count
constexpr std::size_t kMostLength = 254;  // unit and the longest PDU
constexpr std::uint8_t kException = 0x80;
constexpr std::uint16_t kPort = 502;

struct Message {
  std::uint16_t transaction = 0;
  std::uint8_t unit = 0, function = 0;
  std::uint8_t third = 0;  // behind them: an exception, or a count
  std::size_t size = 0;
};

struct Side {
  SideView view;
  std::optional<Message> message;
};

Side read_side(Bytes bytes) {
  ByteReader reader(bytes);
  Message message;
  message.transaction = reader.u16();
  const std::uint16_t protocol = reader.u16();
  const std::size_t length = reader.u16();
  message.unit = reader.u8();
  message.function = reader.u8();
  message.third = reader.u8();
  message.size = kBeforeUnit + length;
  // Protocol 0, and a length whose high byte is 0: known a byte at a time.
  constexpr std::size_t kZero[] = {2, 3, 4};
  for (const std::size_t place : kZero)
    if (place < bytes.size() && bytes[place] != 0) return {.view = {.said = Said::kForeign}, .message = {}};
  if (bytes.size() <= kHeader)
    return {.view = {.said = Said::kNothing, .need = bytes.size() + 1}, .message = {}};
  const std::uint8_t function = message.function & ~kException;
  const bool is_exception = message.function & kException;
  if (protocol != 0 || length < 2 || length > kMostLength || function == 0 || (is_exception && length != 3))
    return {.view = {.said = Said::kForeign}, .message = {}};
  if (bytes.size() < message.size)
    return {.view = {.said = Said::kNothing, .need = message.size}, .message = {}};
  return {.view = {.said = Said::kAll}, .message = message};
}

bool is_answer(const Message& request, const Message& response) {
  return request.transaction == response.transaction && request.unit == response.unit &&
         !(request.function & kException) && (response.function & ~kException) == request.function;
}

// The public functions that everybody speaks, with the lengths that they have (Application Protocol 1.1b3
// §6). Behind another port than Modbus' own nothing less will do: LDAP's messages with long lengths, of 30 84
// 00 00 00, look like headers too, and their answers like answers.
bool has_shape(const Message& request, const Message& response) {
  constexpr std::size_t kShort = 6;  // unit, function, two fields of two bytes
  const std::size_t asked = request.size - kBeforeUnit, answered = response.size - kBeforeUnit;
  const bool refused = response.function & kException;
  switch (request.function) {
    case 1:
    case 2:
    case 3:
    case 4:  // read: a count of bytes, and so many
      return asked == kShort && (refused || response.third + std::size_t{3} == answered);
    case 5:
    case 6:  // write one: echoed
      return asked == kShort && (refused || answered == kShort);
    case 15:
    case 16:  // write several: address, quantity, count, values
      return asked > kShort + 1 && (refused || answered == kShort);
    default:
      return false;
  }
}

// That direction is the server's.
bool answers(const Heads& heads, const std::array<Side, 2>& sides, std::size_t side) {
  if (heads.ports[side] == kPort || heads.ports[1 - side] == kPort) return heads.ports[side] == kPort;
  return sides[side].message && (sides[side].message->function & kException);
}

}  // namespace

Answer decode_modbus(const Heads& heads, Handshakes& handshakes) {
  std::array sides = {read_side(heads.bytes[0]), read_side(heads.bytes[1])};
  const bool by_port = heads.ports[0] == kPort || heads.ports[1] == kPort;
  const std::size_t client = answers(heads, sides, 0) ? 1 : 0;
  const auto& request = sides[client].message;
  const auto& response = sides[1 - client].message;
  const bool matches =
      request && response && is_answer(*request, *response) && (by_port || has_shape(*request, *response));
  if (!matches && !by_port) {
    const bool never =
        (request && response) || sides[0].view.said == Said::kForeign || sides[1].view.said == Said::kForeign;
    for (Side& side : sides)
      if (side.message) side.view = {.said = never ? Said::kForeign : Said::kNothing};
  }
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  Handshake handshake;
  handshake.app = "modbus";
  const Message& either = request ? *request : *response;
  handshake.add("function", either.function & ~kException);
  handshake.add("unit", either.unit);
  if (matches && (response->function & kException)) handshake.add("exception", response->third);
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
