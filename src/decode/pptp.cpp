#include "decode/pptp.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kStartBytes = 156;  // Start-Control-Connection-Request and -Reply
constexpr std::size_t kLeastBytes = 10;   // length, type, cookie, control message type
constexpr std::uint32_t kCookie = 0x1a2b3c4d;
constexpr std::size_t kNameBytes = 64;
enum ControlType : std::uint16_t { kRequest = 1, kReply = 2 };

struct Side {
  bool foreign = false, whole = false;
  std::uint16_t type = 0, version = 0;
  std::string_view host, vendor;
};

std::string_view name_of(std::span<const std::uint8_t> field) {
  std::string_view text = text_of(field);
  return take_until(text, '\0');
}

Side read_side(std::span<const std::uint8_t> head) {
  Side side;
  const bool begins = head.empty() || (head[0] == 0 && (head.size() < 4 || (head[2] == 0 && head[3] == 1)));
  side.foreign = !begins;
  if (head.size() < kLeastBytes) return side;
  ByteReader reader(head);
  const std::size_t length = reader.u16();
  const std::uint16_t message = reader.u16();
  const std::uint32_t cookie = reader.u32();
  side.type = reader.u16();
  side.foreign = message != 1 || cookie != kCookie || length < kLeastBytes;
  if (side.foreign || head.size() < kStartBytes) return side;
  side.whole = length == kStartBytes && (side.type == kRequest || side.type == kReply);
  if (!side.whole) return side;
  reader.u16();
  side.version = reader.u16();
  reader.take(kStartBytes - 2 * kNameBytes - 14);
  side.host = name_of(reader.take(kNameBytes));
  side.vendor = name_of(reader.take(kNameBytes));
  return side;
}

}  // namespace

Answer decode_pptp(const Heads& heads, Handshakes& handshakes) {
  const std::array sides = {read_side(heads.bytes[0]), read_side(heads.bytes[1])};
  if (sides[0].foreign || sides[1].foreign) return {.verdict = Verdict::kNotMine};
  Answer answer;
  bool open = false;
  for (std::size_t i = 0; i < 2; i++) {
    if (heads.bytes[i].size() >= kStartBytes || heads.ended[i]) continue;
    open = true;
    answer.need[i] = kStartBytes;
  }
  const bool known = sides[0].type != 0 || sides[1].type != 0;
  if (open) {
    answer.verdict = known ? Verdict::kMine : Verdict::kUndecided;
    return answer;
  }
  if (!known) return {.verdict = Verdict::kNotMine};
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "pptp";
  for (const Side& side : sides) {
    if (!side.whole) continue;
    handshake.app_version = std::to_string(side.version >> 8) + "." + std::to_string(side.version & 0xff);
    handshake.add_known(side.type == kRequest ? "client_host" : "server_host", side.host);
    handshake.add_known(side.type == kRequest ? "client_vendor" : "server_vendor", side.vendor);
  }
  answer.verdict = Verdict::kDone;
  return answer;
}

}  // namespace vedette
