#include "decode/amqp_frame.h"

#include <algorithm>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/text.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;
using State = AmqpFrame::State;

constexpr std::size_t kFixed = 7;                           // type, channel, size
constexpr std::size_t kMethodFixed = 4;                     // class, method
constexpr std::size_t kMostSize = std::size_t{128} * 1024;  // bytes: RabbitMQ's frame_max
constexpr std::uint16_t kMostMethod = 120;                  // basic.nack
constexpr std::uint8_t kEnd = 0xce;
constexpr std::uint16_t kClasses[] = {10, 20, 30, 40, 50, 60, 85, 90};

enum Type : std::uint8_t { kMethod = 1, kHeartbeat = 8 };

// Of a table's value that is no string; nothing of a type that can't be passed over.
bool pass_over(std::uint8_t type, ByteReader& reader) {
  switch (type) {
    case 'F':
    case 'A':
    case 'x':
      reader.take(reader.u32());
      return true;
    case 't':
    case 'b':
    case 'B':
      reader.u8();
      return true;
    case 's':
    case 'u':
      reader.u16();
      return true;
    case 'I':
    case 'i':
    case 'f':
      reader.u32();
      return true;
    case 'l':
    case 'L':
    case 'd':
    case 'T':
      reader.u64();
      return true;
    default:
      return type == 'V';
  }
}

}  // namespace

AmqpFrame parse_amqp_frame(Bytes bytes) {
  AmqpFrame frame;
  if (bytes.empty()) return {.state = State::kMore, .need = 1, .arguments = {}};
  ByteReader reader(bytes);
  const std::uint8_t type = reader.u8();
  if (type != kMethod && type != kHeartbeat) return frame;
  const std::uint16_t channel = reader.u16();
  const std::size_t size = reader.u32();
  if (bytes.size() < kFixed) return {.state = State::kMore, .need = kFixed, .arguments = {}};
  const bool right = type == kMethod ? size >= kMethodFixed && size <= kMostSize : size == 0 && channel == 0;
  if (!right) return frame;
  ByteReader payload(bytes.subspan(kFixed, std::min(size, bytes.size() - kFixed)));
  if (type == kMethod && payload.left() >= kMethodFixed) {
    frame.type_class = payload.u16();
    frame.method = payload.u16();
    if (std::ranges::find(kClasses, frame.type_class) == std::end(kClasses) || frame.method > kMostMethod)
      return frame;
  }
  const std::size_t end = kFixed + size + 1;
  if (bytes.size() < end) return {.state = State::kMore, .need = end, .arguments = {}};
  if (bytes[end - 1] != kEnd) return frame;
  frame.state = State::kWhole;
  frame.arguments = payload.take(payload.left());
  return frame;
}

std::string amqp_software(Bytes table) {
  std::string product, version;
  for (ByteReader reader(table); !reader.empty();) {
    const std::string_view name = text_of(reader.vector8());
    const std::uint8_t type = reader.u8();
    if (type != 'S') {
      if (!pass_over(type, reader)) break;
      continue;
    }
    const std::string_view value = text_of(reader.take(reader.u32()));
    if (name == "product") product = value;
    if (name == "version") version = value;
  }
  if (!product.empty() && !version.empty()) product += ' ';
  return product + version;
}

}  // namespace vedette
