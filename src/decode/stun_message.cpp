#include "decode/stun_message.h"

#include <algorithm>

#include "decode/byte_reader.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint32_t kMagicCookie = 0x2112a442;
constexpr std::size_t kTransaction = 12;         // behind the cookie
constexpr std::size_t kClassicTransaction = 16;  // in its place too

enum Attribute : std::uint16_t { kErrorCode = 0x0009, kSoftware = 0x8022 };

// RFC 3489 §11.2; the last two came with its successors' drafts.
bool is_classic(std::uint16_t attribute) {
  return (attribute >= 0x0001 && attribute <= 0x000b) || attribute == 0x8020 || attribute == kSoftware;
}

struct Attributes {
  bool whole = true;    // no byte is left over
  bool classic = true;  // all of them
  std::string software;
  int error = 0;
};

Attributes read_attributes(std::span<const std::uint8_t> bytes) {
  Attributes read;
  for (ByteReader reader(bytes); !reader.empty();) {
    const std::uint16_t type = reader.u16();
    const auto value = reader.vector16();
    if (reader.failed()) {
      read.whole = false;
      return read;
    }
    reader.take(std::min<std::size_t>((4 - value.size() % 4) % 4, reader.left()));
    read.classic = read.classic && is_classic(type);
    if (type == kSoftware && read.software.empty()) {
      const std::string_view text = text_of(value);
      read.software = text.substr(0, text.find('\0'));
    }
    if (type == kErrorCode && value.size() >= 4) read.error = (value[2] & 7) * 100 + value[3];
  }
  return read;
}

// The class' two bits stand within the method's twelve (RFC 8489 §5).
std::uint16_t method_of(std::uint16_t type) {
  return static_cast<std::uint16_t>((type & 0x000f) | (type & 0x00e0) >> 1 | (type & 0x3e00) >> 2);
}

StunMessage::Class class_of(std::uint16_t type) {
  return static_cast<StunMessage::Class>((type & 0x0010) >> 4 | (type & 0x0100) >> 7);
}

}  // namespace

std::string_view stun_method_name(std::uint16_t method) {
  switch (method) {
    case 0x001:
      return "binding";
    case 0x002:
      return "shared_secret";
    case 0x003:
      return "allocate";
    case 0x004:
      return "refresh";
    case 0x006:
      return "send";
    case 0x007:
      return "data";
    case 0x008:
      return "create_permission";
    case 0x009:
      return "channel_bind";
    case 0x00a:
      return "connect";
    case 0x00b:
      return "connection_bind";
    case 0x00c:
      return "connection_attempt";
    default:
      return {};
  }
}

std::optional<StunMessage> parse_stun(std::span<const std::uint8_t> bytes) {
  ByteReader reader(bytes);
  const std::uint16_t type = reader.u16();
  const std::size_t length = reader.u16();
  const bool cookie = reader.u32() == kMagicCookie;
  reader.take(kTransaction);
  // WhatsApp's have the magic cookie and lengths of their own.
  if (reader.failed() || (type & 0xc000) || (!cookie && length % 4 != 0)) return {};
  StunMessage message{.kind = class_of(type),
                      .method = method_of(type),
                      .has_cookie = cookie,
                      .classic = false,
                      .transaction = {},
                      .software = {},
                      .error = 0,
                      .size = kStunHeader + length};
  message.transaction = cookie ? bytes.subspan(kStunHeader - kTransaction, kTransaction)
                               : bytes.subspan(kStunHeader - kClassicTransaction, kClassicTransaction);
  Attributes attributes = read_attributes(reader.take(std::min(length, reader.left())));
  const bool is_rfc3489 = message.size == bytes.size() && attributes.whole && message.method >= 1 &&
                          message.method <= 2 && message.kind != StunMessage::Class::kIndication;
  if (!cookie && !is_rfc3489) return {};
  message.classic = attributes.whole && attributes.classic;
  message.software = std::move(attributes.software);
  message.error = attributes.error;
  return message;
}

std::size_t channel_data_size(std::span<const std::uint8_t> bytes) {
  ByteReader reader(bytes);
  const std::uint16_t channel = reader.u16();
  const std::size_t length = reader.u16();
  if (reader.failed() || channel < 0x4000 || channel > 0x4fff) return 0;
  return 4 + length;
}

}  // namespace vedette
