#include "decode/rdp_messages.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/text.h"
#include "decode/utf16.h"

namespace vedette {

namespace {

constexpr std::size_t kTpktHeader = 4;
constexpr std::size_t kConnectHeader = 7;  // X.224 §13.3: length, code, two references, class
constexpr std::size_t kNegotiation = 8;    // RDP_NEG_REQ, _RSP and _FAILURE

enum TpduCode : std::uint8_t { kConnectRequest = 0xe0, kConnectConfirm = 0xd0, kData = 0xf0 };

// The TPKT that begins at `at`, without its header.
struct Tpkt {
  enum class State : std::uint8_t { kForeign, kMore, kWhole };
  State state = State::kForeign;
  std::span<const std::uint8_t> content;  // as far as it is known
  std::size_t end = 0;                    // in the head; with kMore, bytes to wait for
};

Tpkt tpkt_at(std::span<const std::uint8_t> head, std::size_t at) {
  constexpr std::array<std::uint8_t, 2> kVersion = {3, 0};
  const auto rest = head.subspan(at);
  for (std::size_t i = 0; i < std::min(rest.size(), kVersion.size()); i++)
    if (rest[i] != kVersion[i]) return {};
  if (rest.size() < kTpktHeader) return {.state = Tpkt::State::kMore, .content = {}, .end = at + kTpktHeader};
  const std::size_t size = static_cast<std::size_t>(rest[2]) << 8 | rest[3];
  if (size < kTpktHeader + 3) return {};
  const auto known = rest.first(std::min(rest.size(), size));
  return {.state = known.size() == size ? Tpkt::State::kWhole : Tpkt::State::kMore,
          .content = known.subspan(kTpktHeader),
          .end = at + size};
}

// "Cookie: mstshash=NAME" or "Cookie: msts=TOKEN", ending in CRLF.
void take_cookie(std::string_view& options, RdpSide& side) {
  constexpr std::string_view kUser = "Cookie: mstshash=", kToken = "Cookie: msts=";
  if (!options.starts_with(kUser) && !options.starts_with(kToken)) return;
  const std::size_t end = options.find("\r\n");
  std::string_view line = options.substr(0, end);
  options.remove_prefix(end == std::string_view::npos ? options.size() : end + 2);
  side.state = RdpSide::State::kSure;
  const bool user = line.starts_with(kUser);
  line.remove_prefix(user ? kUser.size() : kToken.size());
  (user ? side.user : side.routing_token) = std::string(line);
}

void take_negotiation(std::string_view options, RdpSide& side) {
  enum Type : std::uint8_t { kRequest = 1, kResponse = 2, kFailure = 3 };
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(options.data()), options.size());
  ByteReader reader(bytes);
  const std::uint8_t type = reader.u8();
  reader.u8();  // flags
  const std::size_t size = reader.little16();
  const std::uint32_t value = reader.little32();
  if (reader.failed() || size != kNegotiation) return;
  if (side.is_client ? type != kRequest : type != kResponse && type != kFailure) return;
  side.state = RdpSide::State::kSure;
  if (type == kRequest) side.requested = value;
  if (type == kResponse) side.selected = value;
  if (type == kFailure) side.failure = value;
}

// False where this is no connection request or confirm.
bool read_connect(std::span<const std::uint8_t> tpdu, RdpSide& side) {
  ByteReader reader(tpdu);
  const std::size_t length = reader.u8();
  const std::uint8_t code = reader.u8();
  reader.take(kConnectHeader - 2);
  if (reader.failed() || length + 1 > tpdu.size() || length + 1 < kConnectHeader ||
      (code != kConnectRequest && code != kConnectConfirm))
    return false;
  side.is_client = code == kConnectRequest;
  std::string_view options = text_of(reader.take(reader.left()));
  if (side.is_client) take_cookie(options, side);
  take_negotiation(options, side);
  return true;
}

// The user data of GCC's conference (T.124) behind `key`, with which Microsoft's clients and servers mark it.
std::span<const std::uint8_t> user_data(std::span<const std::uint8_t> message, std::string_view key) {
  const std::size_t at = text_of(message).find(key);
  if (at == std::string_view::npos) return {};
  ByteReader reader(message.subspan(at + key.size()));
  std::size_t size = reader.u8();
  if (size & 0x80) size = (size & 0x7f) << 8 | reader.u8();
  return reader.take(std::min(size, reader.left()));
}

void read_core(std::span<const std::uint8_t> data, RdpSide& side) {
  constexpr std::uint16_t kClientCore = 0xc001, kServerCore = 0x0c01;
  constexpr std::size_t kBlockHeader = 4, kNameBytes = 32;
  ByteReader blocks(data);
  while (!blocks.empty()) {
    const std::uint16_t type = blocks.little16();
    const std::size_t size = blocks.little16();
    if (blocks.failed() || size < kBlockHeader) return;
    ByteReader block(blocks.take(size - kBlockHeader));
    if (type != (side.is_client ? kClientCore : kServerCore)) continue;
    const std::uint32_t version = block.little32();
    if (!block.failed()) side.version = version;
    if (!side.is_client) return;
    block.take(12);  // width, height, colours, SAS sequence, keyboard layout
    const std::uint32_t build = block.little32();
    if (!block.failed()) side.client_build = build;
    side.client_name = utf8_of_utf16le(block.take(kNameBytes));
    return;
  }
}

// T.125 §7: Connect-Initial and Connect-Response are application types 101 and 102.
void read_mcs(std::span<const std::uint8_t> tpdu, RdpSide& side) {
  ByteReader reader(tpdu);
  const std::uint8_t length = reader.u8(), code = reader.u8();
  reader.u8();  // end of the message
  if (length != 2 || code != kData || reader.u8() != 0x7f || reader.u8() != (side.is_client ? 0x65 : 0x66))
    return;
  const auto data = user_data(tpdu, side.is_client ? "Duca" : "McDn");
  if (data.empty()) return;
  side.state = RdpSide::State::kSure;
  read_core(data, side);
}

}  // namespace

RdpSide read_rdp_side(std::span<const std::uint8_t> head) {
  RdpSide side;
  const Tpkt connect = tpkt_at(head, 0);
  if (connect.state == Tpkt::State::kMore) {
    side.need = connect.end;
    const bool other = connect.content.size() > 1 && connect.content[1] != kConnectRequest &&
                       connect.content[1] != kConnectConfirm;
    if (other) side.state = RdpSide::State::kForeign;
    return side;
  }
  if (connect.state == Tpkt::State::kForeign || !read_connect(connect.content, side)) {
    side.state = RdpSide::State::kForeign;
    return side;
  }
  side.used = connect.end;
  const Tpkt mcs = tpkt_at(head, connect.end);
  if (mcs.state == Tpkt::State::kMore) side.need = mcs.end;
  if (mcs.state == Tpkt::State::kWhole) read_mcs(mcs.content, side);
  if (mcs.state != Tpkt::State::kMore && side.state == RdpSide::State::kUndecided)
    side.state = RdpSide::State::kForeign;
  return side;
}

}  // namespace vedette
