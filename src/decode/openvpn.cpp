#include "decode/openvpn.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/openvpn_control.h"
#include "decode/ports.h"
#include "decode/tls_within.h"

namespace vedette {

namespace {

// Opcode and key id (0) in the first byte.
enum FirstByte : std::uint8_t {
  kClientV1 = 1 << 3,
  kServerV1 = 2 << 3,
  kClientV2 = 7 << 3,
  kServerV2 = 8 << 3,
  kClientV3 = 10 << 3,
};

constexpr std::size_t kSessionBytes = 8;
constexpr std::size_t kPlainReset = 14;       // opcode, session, no acknowledgement, packet 0
constexpr std::size_t kAcknowledgement = 12;  // of one packet: its number and the other's session
constexpr std::size_t kReplayBytes = 8;       // packet number and time that an HMAC goes with
constexpr std::size_t kLongestReset = 1400;   // of tls-crypt-v2 with the client's key
constexpr std::size_t kHmacBytes[] = {16, 20, 28, 32, 48, 64};  // MD5 to SHA-512
constexpr std::size_t kFrameBytes = 2;                          // length, over TCP
constexpr std::size_t kDatagrams = 8;                           // within which the resets stand

bool all_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool is_client(std::uint8_t first) {
  return first == kClientV1 || first == kClientV2 || first == kClientV3;
}
bool is_server(std::uint8_t first) {
  return first == kServerV1 || first == kServerV2;
}

enum class Wrapping : std::uint8_t { kNone, kTlsAuth, kTlsCrypt, kTlsCryptV2 };

struct Reset {
  Wrapping wrapping;
  std::span<const std::uint8_t> session;
  std::size_t protection = 0;  // bytes behind the session's, with tls-auth

  // The control channel is in clear.
  [[nodiscard]] bool shows_tls() const {
    return wrapping == Wrapping::kNone || wrapping == Wrapping::kTlsAuth;
  }
};

// A client's reset. Each form has more to be known by than its length: no acknowledgements and packet 0 in
// clear, or the first replay number of a session (0x0f000001 with tls-crypt-v2's cookies).
std::optional<Reset> parse_client_reset(std::span<const std::uint8_t> packet) {
  if (packet.size() < kPlainReset || packet.size() > kLongestReset || !is_client(packet[0])) return {};
  const auto session = packet.subspan(1, kSessionBytes);
  if (all_zero(session)) return {};
  const auto clear = packet.last(5);
  if (packet.size() == kPlainReset && packet[0] != kClientV3)
    return all_zero(clear) ? std::optional(Reset{Wrapping::kNone, session}) : std::nullopt;
  ByteReader reader(packet.subspan(1 + kSessionBytes));
  const std::uint32_t replay = reader.u32();
  const bool first = replay == 1 || replay == 0x0f000001;
  if (packet[0] == kClientV3)
    return first ? std::optional(Reset{Wrapping::kTlsCryptV2, session}) : std::nullopt;
  for (const std::size_t hmac : kHmacBytes) {
    if (packet.size() != kPlainReset + hmac + kReplayBytes) continue;
    ByteReader behind(packet.subspan(1 + kSessionBytes + hmac));
    if (behind.u32() == 1 && all_zero(clear)) return Reset{Wrapping::kTlsAuth, session, hmac + kReplayBytes};
    if (hmac == 32 && first) return Reset{Wrapping::kTlsCrypt, session};
  }
  return {};
}

// Whether `packet` is a server's answer to `reset`, which was `size` bytes long.
bool answers(std::span<const std::uint8_t> packet, const Reset& reset, std::size_t size) {
  if (packet.size() < kPlainReset + kAcknowledgement || !is_server(packet[0])) return false;
  if (reset.wrapping == Wrapping::kTlsCrypt) return packet.size() == size + kAcknowledgement;
  if (reset.wrapping == Wrapping::kTlsCryptV2) return packet.size() <= kLongestReset;
  const auto named = packet.last(kAcknowledgement).first(kSessionBytes);
  return packet.size() == size + kAcknowledgement && std::ranges::equal(named, reset.session);
}

void tell(const Reset& reset, Handshakes& handshakes) {
  constexpr std::string_view kNames[] = {"none", "tls-auth", "tls-crypt", "tls-crypt-v2"};
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "openvpn";
  handshake.add("wrapping", std::string(kNames[static_cast<std::size_t>(reset.wrapping)]));
}

// What both sides' control packets carry.
class Inside {
 public:
  explicit Inside(const Reset& reset)
      : sides_{OpenvpnControl(reset.protection), OpenvpnControl(reset.protection)} {}

  void add(std::size_t side, std::span<const std::uint8_t> packet) { sides_.at(side).add(packet); }

  // Adds what TLS says; false where more packets may say more of it.
  [[nodiscard]] bool tell_tls(const Heads& heads, Handshakes& handshakes) const {
    DerivedBytes streams;
    for (std::size_t i = 0; i < 2; i++) streams.add(i, sides_[i].stream(), heads.now);
    return tell_tls_within(heads, streams, CarriedBy::kStream, handshakes);
  }

 private:
  std::array<OpenvpnControl, 2> sides_;
};

// Of a flow that is OpenVPN's: what TLS says is waited for.
Answer conclude(const Heads& heads, const Reset& reset, const Inside& inside, Handshakes& handshakes) {
  const bool ended = heads.ended[0] && heads.ended[1];
  Handshakes tls;
  if (reset.shows_tls() && !inside.tell_tls(heads, tls) && !ended)
    return {.verdict = Verdict::kMine, .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1}};
  tell(reset, handshakes);
  std::ranges::move(tls, std::back_inserter(handshakes));
  return {.verdict = Verdict::kDone};
}

// Over TCP: what stands behind the length, where it may be a reset; nothing is needed where it can't.
struct Frame {
  std::span<const std::uint8_t> packet;
  std::size_t need = 0;
  bool foreign = false;
};

Frame read_frame(std::span<const std::uint8_t> head) {
  Frame frame;
  if (head.size() < kFrameBytes + 1) {
    frame.foreign = !head.empty() && head[0] > kLongestReset >> 8;
    frame.need = kFrameBytes + 1;
    return frame;
  }
  const std::size_t length = static_cast<std::size_t>(head[0]) << 8 | head[1];
  frame.foreign = length < kPlainReset || length > kLongestReset ||
                  (!is_client(head[kFrameBytes]) && !is_server(head[kFrameBytes]));
  if (frame.foreign) return frame;
  if (head.size() < kFrameBytes + length)
    frame.need = kFrameBytes + length;
  else
    frame.packet = head.subspan(kFrameBytes, length);
  return frame;
}

// The packets of one side of a connection.
void add_frames(std::span<const std::uint8_t> head, std::size_t side, Inside& inside) {
  while (head.size() > kFrameBytes) {
    const std::size_t length = static_cast<std::size_t>(head[0]) << 8 | head[1];
    if (length == 0 || head.size() < kFrameBytes + length) return;
    inside.add(side, head.subspan(kFrameBytes, length));
    head = head.subspan(kFrameBytes + length);
  }
}

constexpr std::uint16_t kPort = 1194;

// Data of a tunnel whose opening wasn't seen, on OpenVPN's port: P_DATA_V2 with one key and peer, under an
// AEAD cipher, which numbers its packets in clear.
class DataRun {
 public:
  // False where this one breaks the run.
  [[nodiscard]] bool add(std::span<const std::uint8_t> packet) {
    constexpr std::uint8_t kOpcode = 0xf8, kDataV2 = 9 << 3;
    constexpr std::size_t kLeast = 4 + 4 + 16;  // opcode and peer, number, tag
    constexpr std::uint32_t kMostApart = 16;    // some are lost
    if (packet.size() < kLeast || (packet[0] & kOpcode) != kDataV2) return false;
    ByteReader reader(packet);
    const std::uint32_t peer = reader.u32(), number = reader.u32();
    const bool follows = packets_ == 0 || (peer == peer_ && number - number_ - 1 < kMostApart);
    peer_ = peer;
    number_ = number;
    packets_++;
    return follows;
  }
  [[nodiscard]] bool tells() const { return packets_ >= 4; }

 private:
  int packets_ = 0;
  std::uint32_t peer_ = 0, number_ = 0;
};

// None where the flow doesn't begin so.
std::optional<Answer> decode_data(const Heads& heads, Handshakes& handshakes) {
  std::array<DataRun, 2> runs;
  bool any = false;
  for (const FlowDatagram& datagram : datagrams_of(heads)) {
    if (!uses_port(heads, kPort) || !runs[datagram.side].add(datagram.bytes)) {
      if (!any) return {};
      return Answer{.verdict = Verdict::kNotMine};
    }
    any = true;
    if (!runs[datagram.side].tells()) continue;
    handshakes.emplace_back().app = "openvpn";
    return Answer{.verdict = Verdict::kDone};
  }
  if (!any) return {};
  if (heads.ended[0] && heads.ended[1]) return Answer{.verdict = Verdict::kNotMine};
  return Answer{.verdict = Verdict::kUndecided,
                .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1}};
}

}  // namespace

Answer decode_openvpn_tcp(const Heads& heads, Handshakes& handshakes) {
  const std::array frames = {read_frame(heads.bytes[0]), read_frame(heads.bytes[1])};
  if (frames[0].foreign || frames[1].foreign) return {.verdict = Verdict::kNotMine};
  Answer answer;
  bool open = false;
  for (std::size_t i = 0; i < 2; i++) {
    if (!frames[i].packet.empty() || heads.ended[i]) continue;
    answer.need[i] = frames[i].need;
    open = true;
  }
  for (std::size_t i = 0; i < 2; i++) {
    const auto reset = parse_client_reset(frames[i].packet);
    if (!reset) continue;
    const auto reply = frames[1 - i].packet;
    if (reply.empty() && open) return answer;
    if (!reply.empty() && !answers(reply, *reset, frames[i].packet.size()))
      return {.verdict = Verdict::kNotMine};
    Inside inside(*reset);
    for (std::size_t side = 0; side < 2; side++) add_frames(heads.bytes[side], side, inside);
    return conclude(heads, *reset, inside, handshakes);
  }
  if (!open) answer.verdict = Verdict::kNotMine;
  return answer;
}

Answer decode_openvpn_udp(const Heads& heads, Handshakes& handshakes) {
  if (const auto data = decode_data(heads, handshakes)) return *data;
  std::optional<Reset> reset;
  std::size_t client = 0, size = 0;
  bool any = false;
  const auto datagrams = datagrams_of(heads, kDatagrams);
  for (const FlowDatagram& datagram : datagrams) {
    if (const auto found = parse_client_reset(datagram.bytes); found && !datagram.cut) {
      reset = found;
      client = datagram.side;
      size = datagram.bytes.size();
    } else if (reset && datagram.side != client && answers(datagram.bytes, *reset, size)) {
      Inside inside(*reset);
      for (const FlowDatagram& one : datagrams_of(heads))
        if (!one.cut) inside.add(one.side, one.bytes);
      return conclude(heads, *reset, inside, handshakes);
    } else if (!any && (datagram.bytes.empty() || !is_server(datagram.bytes[0]))) {
      return {.verdict = Verdict::kNotMine};
    }
    any = true;
  }
  if ((heads.ended[0] && heads.ended[1]) || datagrams.size() == kDatagrams) {
    // A reset that nobody answered: what stands in clear must be enough.
    const bool heard =
        std::ranges::any_of(datagrams, [&](const FlowDatagram& one) { return one.side != client; });
    if (!reset || heard) return {.verdict = Verdict::kNotMine};
    tell(*reset, handshakes);
    return {.verdict = Verdict::kDone};
  }
  return {.verdict = Verdict::kUndecided, .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1}};
}

}  // namespace vedette
