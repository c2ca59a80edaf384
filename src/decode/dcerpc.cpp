#include "decode/dcerpc.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "decode/byte_reader.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

constexpr std::size_t kHeader = 16;

// C706 §12.6.4.
enum Type : std::uint8_t {
  kRequest = 0,
  kBind = 11,
  kBindAck = 12,
  kBindNak = 13,
  kAlterContext = 14,
  kAlterContextResponse = 15,
  kLastType = 20,  // [MS-RPCE] §2.2.2.1
};

// Numbers in the order that the sender's data representation says (C706 §14.1).
class Fields {
 public:
  Fields(std::span<const std::uint8_t> bytes, bool little) : reader_(bytes), little_(little) {}

  std::uint8_t u8() { return reader_.u8(); }
  std::uint16_t u16() { return little_ ? reader_.little16() : reader_.u16(); }
  std::uint32_t u32() { return little_ ? reader_.little32() : reader_.u32(); }
  void skip(std::size_t count) { reader_.take(count); }
  [[nodiscard]] bool failed() const { return reader_.failed(); }

  // A UUID and the interface's version, C706 §12.6.3.1.
  std::string syntax() {
    const std::uint32_t low = u32();
    const std::uint16_t middle = u16(), high = u16();
    std::string text = fmt::format("{:08x}-{:04x}-{:04x}-", low, middle, high);
    const auto rest = reader_.take(8);
    for (std::size_t i = 0; i < rest.size(); i++) {
      if (i == 2) text += '-';
      text += fmt::format("{:02x}", rest[i]);
    }
    const std::uint32_t version = u32();
    return text + fmt::format(" v{}.{}", version & 0xffff, version >> 16);
  }

 private:
  ByteReader reader_;
  bool little_;
};

struct Side {
  SideView view;
  std::uint8_t type = 0, minor = 0;
  std::vector<std::string> interfaces;
};

void read_bind(Fields fields, Side& side) {
  fields.skip(8);  // fragment sizes, association group
  const std::uint8_t contexts = fields.u8();
  fields.skip(3);
  for (unsigned i = 0; i < contexts; i++) {
    fields.skip(2);  // context id
    const std::uint8_t transfers = fields.u8();
    fields.skip(1);
    std::string interface = fields.syntax();
    for (unsigned j = 0; j < transfers; j++) fields.skip(20);
    if (fields.failed()) return;
    // A second context of one interface negotiates features ([MS-RPCE] §3.3.1.5.3).
    if (std::ranges::find(side.interfaces, interface) == side.interfaces.end())
      side.interfaces.push_back(std::move(interface));
  }
}

// False where a byte that is there can't stand in a header.
bool may_be_header(std::span<const std::uint8_t> head) {
  constexpr std::uint8_t kVersion = 5, kLastMinor = 1, kLastFloat = 3;
  const auto fits = [&](std::size_t at, bool fit) { return head.size() <= at || fit; };
  return fits(0, !head.empty() && head[0] == kVersion) && fits(1, head.size() > 1 && head[1] <= kLastMinor) &&
         fits(2, head.size() > 2 && head[2] <= kLastType) &&
         fits(4, head.size() > 4 && (head[4] & 0xee) == 0) &&  // byte order and characters
         fits(5, head.size() > 5 && head[5] <= kLastFloat) && fits(6, head.size() > 6 && head[6] == 0) &&
         fits(7, head.size() > 7 && head[7] == 0);
}

Side read_side(std::span<const std::uint8_t> head, bool ended) {
  Side side;
  side.view.need = kHeader;
  if (!may_be_header(head) || (ended && head.size() < kHeader)) {
    side.view.said = Said::kForeign;
    return side;
  }
  if (head.size() < kHeader) return side;
  const bool little = (head[4] & 0x10) != 0;
  Fields header(head.subspan(8), little);
  const std::size_t size = header.u16(), authentication = header.u16();
  if (size < kHeader || authentication > size - kHeader) {
    side.view.said = Said::kForeign;
    return side;
  }
  side.minor = head[1];
  side.type = head[2];
  const bool binds = side.type == kBind || side.type == kAlterContext;
  if (binds && head.size() < size && !ended) {
    side.view.said = Said::kPartly;
    side.view.need = size;
    return side;
  }
  side.view.said = Said::kAll;
  if (binds) read_bind(Fields(head.subspan(kHeader, std::min(size, head.size()) - kHeader), little), side);
  return side;
}

}  // namespace

Answer decode_dcerpc(const Heads& heads, Handshakes& handshakes) {
  std::array sides = {read_side(heads.bytes[0], heads.ended[0]), read_side(heads.bytes[1], heads.ended[1])};
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  Handshake handshake;
  handshake.app = "dcerpc";
  for (Side& side : sides) {
    if (!side.view.sure()) continue;
    handshake.app_version = fmt::format("5.{}", side.minor);
    handshake.add_known("interfaces", side.interfaces);
    const bool accepts = side.type == kBindAck || side.type == kAlterContextResponse;
    if (accepts || side.type == kBindNak)
      handshake.add("bind_result", std::string(accepts ? "accepted" : "rejected"));
  }
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
