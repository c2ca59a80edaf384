#include "decode/amqp.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "decode/amqp_frame.h"
#include "decode/byte_reader.h"
#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;
using State = AmqpFrame::State;
using namespace std::string_view_literals;

struct Header {
  std::string_view bytes, version;
};
// Of 1.0, plain, behind TLS and behind SASL.
constexpr Header kHeaders[] = {
    {"AMQP\0\0\x09\x01"sv, "0-9-1"},     {"AMQP\x01\x01\x00\x09"sv, "0-9"},
    {"AMQP\x01\x01\x09\x01"sv, "0-9-1"}, {"AMQP\x01\x01\x08\x00"sv, "0-8"},
    {"AMQP\x01\x01\x00\x0a"sv, "0-10"},  {"AMQP\0\x01\0\0"sv, "1.0"},
    {"AMQP\x02\x01\0\0"sv, "1.0"},       {"AMQP\x03\x01\0\0"sv, "1.0"},
};
constexpr std::size_t kHeader = 8;

constexpr std::uint16_t kConnection = 10;
enum Method : std::uint16_t { kStart = 10, kStartOk = 11 };

struct Side {
  SideView view;
  std::string_view version;  // of a header
  bool is_server = false;
  std::string software, mechanism;
};

// A server begins with Start; in a connection's middle any frame may stand.
void read_frame(Bytes bytes, Side& side) {
  const AmqpFrame frame = parse_amqp_frame(bytes);
  side.view.need = frame.need;
  if (frame.state == State::kForeign) side.view.said = Said::kForeign;
  if (frame.state != State::kWhole) return;
  side.view.said = Said::kAll;
  if (frame.type_class != kConnection || frame.method != kStart) return;
  ByteReader reader(frame.arguments);
  reader.u16();  // the version, again
  side.software = amqp_software(reader.take(reader.u32()));
  side.is_server = true;
}

// Behind a client's header.
void read_start_ok(Bytes bytes, Side& side) {
  const AmqpFrame frame = parse_amqp_frame(bytes.subspan(kHeader));
  side.view.need = kHeader + frame.need;
  if (frame.state == State::kMore) return;
  side.view.said = Said::kAll;
  if (frame.type_class != kConnection || frame.method != kStartOk) return;
  ByteReader reader(frame.arguments);
  side.software = amqp_software(reader.take(reader.u32()));
  side.mechanism = text_of(reader.vector8());
}

Side read_side(Bytes bytes) {
  Side side;
  side.view.need = bytes.empty() ? 1 : kHeader;
  const std::string_view text = text_of(bytes);
  if (text.empty() || text.front() != 'A') {
    if (!text.empty()) read_frame(bytes, side);
    return side;
  }
  const auto* const header = std::ranges::find_if(kHeaders, [&](const Header& one) {
    const std::size_t known = std::min(text.size(), kHeader);
    return one.bytes.substr(0, known) == text.substr(0, known);
  });
  if (header == std::end(kHeaders)) {
    side.view.said = Said::kForeign;
  } else if (text.size() >= kHeader) {
    side.version = header->version;
    const bool says_more = side.version.starts_with("0-") && side.version != "0-10";
    side.view.said = says_more ? Said::kPartly : Said::kAll;
    if (says_more) read_start_ok(bytes, side);
  }
  return side;
}

}  // namespace

Answer decode_amqp(const Heads& heads, Handshakes& handshakes) {
  std::array sides = {read_side(heads.bytes[0]), read_side(heads.bytes[1])};
  // Two headers: the server has refused, and the connection ends.
  const bool refused = !sides[0].version.empty() && !sides[1].version.empty();
  if (refused)
    for (Side& side : sides)
      side = {.view = {.said = Said::kAll},
              .version = side.version,
              .is_server = false,
              .software = {},
              .mechanism = {}};
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  const std::size_t client =
      sides[0].is_server || (sides[0].version.empty() && !sides[1].version.empty()) ? 1 : 0;
  const Side& from = sides[client];
  const Side& to = sides[1 - client];
  Handshake handshake;
  handshake.app = "amqp";
  handshake.app_version = from.version.empty() ? to.version : from.version;
  handshake.add_known("server_software", to.software);
  handshake.add_known("client_software", from.software);
  handshake.add_known("mechanism", from.mechanism);
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
