#include "decode/l2tp.h"

#include <algorithm>
#include <string>

#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint16_t kControlFlags = 0xc800;  // a control message with length and sequence numbers
constexpr std::uint16_t kFlagsMask = 0xfff0, kVersionMask = 0x000f;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kAvpHeader = 6;
constexpr std::uint16_t kNewestType = 28;  // IANA "Message Type AVP values"

enum Attribute : std::uint16_t { kMessageType = 0, kHostName = 7, kVendorName = 8 };

// Reads one control message into `handshake`; false where it is none.
bool read(const FlowDatagram& datagram, Handshake& handshake) {
  ByteReader reader(datagram.bytes);
  const std::uint16_t flags = reader.u16();
  const std::uint16_t version = flags & kVersionMask;
  const std::size_t length = reader.u16();
  reader.take(kHeaderBytes - 4);
  if (reader.failed() || (flags & kFlagsMask) != kControlFlags || (version != 2 && version != 3))
    return false;
  if (length != datagram.bytes.size() && !(datagram.cut && length > datagram.bytes.size())) return false;
  bool typed = false;
  while (!reader.empty()) {
    const std::size_t size = reader.u16() & 0x03ff;
    const std::uint16_t vendor = reader.u16(), attribute = reader.u16();
    if (reader.failed() || size < kAvpHeader) return typed;
    const auto value = reader.take(size - kAvpHeader);
    if (!typed && (vendor != 0 || attribute != kMessageType || value.size() != 2 || value[0] != 0 ||
                   value[1] == 0 || value[1] > kNewestType))
      return false;
    typed = true;
    if (vendor != 0 || value.empty()) continue;
    if (attribute == kHostName) handshake.add("host_name", std::string(text_of(value)));
    if (attribute == kVendorName) handshake.add("vendor", std::string(text_of(value)));
  }
  return typed;
}

}  // namespace

Answer decode_l2tp(const Heads& heads, Handshakes& handshakes) {
  const auto datagrams = datagrams_of(heads, 1);
  if (datagrams.empty()) {
    const bool ended = heads.ended[0] && heads.ended[1];
    return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
  }
  Handshake handshake;
  if (!read(datagrams.front(), handshake)) return {.verdict = Verdict::kNotMine};
  handshake.app = "l2tp";
  handshake.app_version = std::to_string(datagrams.front().bytes[1] & kVersionMask);
  handshakes.push_back(std::move(handshake));
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
