#include "decode/bittorrent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "decode/bencode.h"
#include "decode/bittorrent_peer.h"
#include "decode/byte_reader.h"
#include "decode/text.h"
#include "decode/text_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::string_view kProtocol =
    "\x13"
    "BitTorrent protocol";
constexpr std::size_t kReserved = 8, kHash = 20, kPeerId = 20;
constexpr std::size_t kHandshake = kProtocol.size() + kReserved + kHash + kPeerId;

// What one direction says.
struct Side {
  SideView view;
  Bytes info_hash;
  std::string software;
  std::string method;
};

// A peer's handshake; the one that answers may wait with its id.
Side read_handshake(Bytes bytes) {
  Side side;
  const std::string_view text = text_of(bytes);
  const std::size_t known = std::min(text.size(), kProtocol.size());
  if (text.substr(0, known) != kProtocol.substr(0, known)) {
    side.view.said = Said::kForeign;
    return side;
  }
  side.view.need = known < kProtocol.size() ? kProtocol.size() : kHandshake;
  if (bytes.empty()) side.view.need = 1;
  if (known < kProtocol.size()) return side;
  side.view.said = bytes.size() < kHandshake ? Said::kPartly : Said::kAll;
  ByteReader reader(bytes.subspan(kProtocol.size()));
  reader.take(kReserved);
  side.info_hash = reader.take(kHash);
  side.software = peer_id_software(reader.take(kPeerId));
  return side;
}

// Who asked is the client.
void tell(const std::array<Side, 2>& sides, std::size_t client, Handshakes& handshakes) {
  Handshake handshake;
  handshake.app = "bittorrent";
  const Side& from = sides[client];
  const Side& to = sides[1 - client];
  handshake.add_known("method", from.method);
  if (const Bytes hash = from.info_hash.empty() ? to.info_hash : from.info_hash; !hash.empty()) {
    std::string hex;
    for (const std::uint8_t byte : hash) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
    handshake.add("info_hash", std::move(hex));
  }
  handshake.add_known("client_software", from.software);
  handshake.add_known("server_software", to.software);
  handshakes.push_back(std::move(handshake));
}

// KRPC (BEP 5): a dictionary with a transaction, a type, and what belongs to it.
bool read_dht(Bytes datagram, Side& side) {
  if (datagram.empty() || datagram[0] != 'd') return false;
  const auto message = BencodeDictionary::parse(text_of(datagram));
  if (!message || !message->text("t")) return false;
  const auto type = message->text("y");
  if (type == "q") {
    const auto query = message->text("q");
    const auto arguments = message->dictionary("a");
    if (!query || !arguments || arguments->text("id").value_or("").size() != kHash) return false;
    side.method = *query;
    if (const auto hash = arguments->text("info_hash"); hash && hash->size() == kHash)
      side.info_hash = {reinterpret_cast<const std::uint8_t*>(hash->data()), hash->size()};
  } else if (type == "r") {
    const auto values = message->dictionary("r");
    if (!values || values->text("id").value_or("").size() != kHash) return false;
  } else if (type != "e") {
    return false;
  }
  if (const auto version = message->text("v"))
    side.software = dht_software({reinterpret_cast<const std::uint8_t*>(version->data()), version->size()});
  return true;
}

bool read_tracker(Bytes datagram, Side& side) {
  constexpr std::uint64_t kConnect = 0x41727101980;
  constexpr std::size_t kSize = 16;
  ByteReader reader(datagram);
  if (datagram.size() < kSize || reader.u64() != kConnect || reader.u32() != 0) return false;
  side.method = "connect";
  return true;
}

bool read_local_discovery(Bytes datagram, Side& side) {
  const TextMessage message = parse_text_message(datagram, "HTTP", true);
  if (message.kind != TextMessage::Kind::kRequest || message.method != "BT-SEARCH" || message.target != "*")
    return false;
  side.method = "bt-search";
  return true;
}

struct UtpHeader {
  std::uint8_t type = 0;
  std::uint32_t sent = 0;  // µs of the sender's clock
  std::uint16_t connection = 0, sequence = 0, acknowledged = 0;
  Bytes payload;
};

enum UtpType : std::uint8_t { kData = 0, kState = 2, kSyn = 4 };

std::optional<UtpHeader> parse_utp(Bytes datagram) {
  constexpr std::uint8_t kMostExtensions = 4;
  ByteReader reader(datagram);
  const std::uint8_t first = reader.u8();
  std::uint8_t extension = reader.u8();
  UtpHeader header;
  header.type = first >> 4;
  header.connection = reader.u16();
  header.sent = reader.u32();
  reader.u32();  // the other side's time less this one's; window
  reader.u32();
  header.sequence = reader.u16();
  header.acknowledged = reader.u16();
  for (int i = 0; extension != 0 && i < kMostExtensions && !reader.failed(); i++) {
    extension = reader.u8();
    reader.vector8();
  }
  if (reader.failed() || (first & 0xf) != 1 || header.type > kSyn || extension != 0) return {};
  header.payload = reader.take(reader.left());
  return header;
}

std::optional<UtpHeader> first_utp(const Heads& heads, std::size_t side) {
  if (heads.arrivals[side].empty()) return {};
  return parse_utp(heads.bytes[side].first(heads.arrivals[side].front().end));
}

// The handshake in the first datagram of data, where uTP's own opening came before it.
void read_utp_data(const Heads& heads, std::size_t side, Side& read) {
  std::size_t begin = 0;
  for (const Arrival& arrival : heads.arrivals[side]) {
    const auto header = parse_utp(heads.bytes[side].subspan(begin, arrival.end - begin));
    begin = arrival.end;
    if (!header || header->type != kData) continue;
    Side handshake = read_handshake(header->payload);
    if (handshake.view.sure()) read = std::move(handshake);
    return;
  }
}

// A SYN and the state that acknowledges it: by itself a header proves nothing.
std::optional<std::size_t> utp_client(const Heads& heads) {
  const std::array headers = {first_utp(heads, 0), first_utp(heads, 1)};
  for (std::size_t i = 0; i < 2; i++) {
    const auto& syn = headers[i];
    const auto& state = headers[1 - i];
    if (syn && state && syn->type == kSyn && syn->payload.empty() && state->type == kState &&
        state->connection == syn->connection && state->acknowledged == syn->sequence)
      return i;
  }
  return {};
}

enum class UtpRun : std::uint8_t { kBroken, kMaybe, kSure };

// Of a connection whose opening wasn't seen: datagrams of one side and one connection, numbered in order,
// whose sender's clock (32 bits of µs) runs as fast as they come. By chance it does so twice once in 10⁹.
UtpRun utp_run(const Heads& heads, std::size_t side) {
  constexpr std::int64_t kTells = 100'000, kMostLate = 250'000;  // µs
  constexpr int kTimesThatTell = 2;
  constexpr int kMostApart = 64;  // numbers: some are sent again
  std::optional<UtpHeader> before;
  Nanoseconds came{};
  std::size_t begin = 0;
  int told = 0;
  for (const Arrival& arrival : heads.arrivals[side]) {
    const auto header = parse_utp(heads.bytes[side].subspan(begin, arrival.end - begin));
    if (!header) return UtpRun::kBroken;
    begin = arrival.end;
    if (before) {
      const std::int64_t sent = static_cast<std::int32_t>(header->sent - before->sent);
      const std::int64_t between = (arrival.time - came).count() / 1000;
      const bool telling = between >= kTells;
      const bool runs =
          telling ? std::abs(sent - between) <= between / 4 : sent >= 0 && sent <= between + kMostLate;
      const int apart = static_cast<std::int16_t>(header->sequence - before->sequence);
      if (!runs || header->connection != before->connection || std::abs(apart) > kMostApart)
        return UtpRun::kBroken;
      told += telling ? 1 : 0;
      if (told == kTimesThatTell) return UtpRun::kSure;
    }
    before = header;
    came = arrival.time;
  }
  return UtpRun::kMaybe;
}

bool may_be_utp(const Heads& heads) {
  const auto may = [&](std::size_t side) { return heads.arrivals[side].empty() || first_utp(heads, side); };
  return may(0) && may(1);
}

Side read_datagram(const Heads& heads, std::size_t side) {
  Side read;
  if (heads.arrivals[side].empty()) return read;
  const Bytes datagram = heads.bytes[side].first(heads.arrivals[side].front().end);
  const bool ours =
      read_dht(datagram, read) || read_tracker(datagram, read) || read_local_discovery(datagram, read);
  read.view.said = ours ? Said::kAll : Said::kForeign;
  return read;
}

Answer decode_utp(const Heads& heads, Handshakes& handshakes) {
  constexpr std::size_t kMostWaited = 2048;  // bytes of each direction: an opening, a handshake
  const bool ended = heads.ended[0] && heads.ended[1];
  const auto client = utp_client(heads);
  Answer answer{.verdict = Verdict::kNotMine,
                .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1},
                .used = {},
                .next = Next::kNobody};
  if (!client) {
    const std::array runs = {utp_run(heads, 0), utp_run(heads, 1)};
    const bool broken = std::ranges::count(runs, UtpRun::kBroken) > 0;
    if (!broken && std::ranges::count(runs, UtpRun::kSure) > 0) {
      answer.verdict = Verdict::kDone;
      tell({}, 0, handshakes);
    } else if (!broken && !ended) {
      answer.verdict = Verdict::kUndecided;
    }
    return answer;
  }
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; i++) read_utp_data(heads, i, sides[i]);
  const bool said = sides[0].view.sure() && sides[1].view.sure();
  const bool enough = heads.bytes[0].size() > kMostWaited || heads.bytes[1].size() > kMostWaited;
  answer.verdict = said || enough || ended ? Verdict::kDone : Verdict::kMine;
  if (answer.verdict == Verdict::kDone) tell(sides, *client, handshakes);
  return answer;
}

}  // namespace

Answer decode_bittorrent_tcp(const Heads& heads, Handshakes& handshakes) {
  const std::array sides = {read_handshake(heads.bytes[0]), read_handshake(heads.bytes[1])};
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict == Verdict::kDone) tell(sides, 0, handshakes);
  return answer;
}

Answer decode_bittorrent_udp(const Heads& heads, Handshakes& handshakes) {
  if (may_be_utp(heads)) return decode_utp(heads, handshakes);
  const std::array sides = {read_datagram(heads, 0), read_datagram(heads, 1)};
  const bool sure = sides[0].view.sure() || sides[1].view.sure();
  if (!sure) return {.verdict = Verdict::kNotMine, .need = {}, .used = {}, .next = Next::kNobody};
  const std::array silent = {heads.arrivals[0].empty(), heads.arrivals[1].empty()};
  Answer answer{.verdict = Verdict::kDone, .need = {}, .used = {}, .next = Next::kNobody};
  for (std::size_t i = 0; i < 2; i++) {
    if (!silent[i] || heads.ended[i]) continue;
    answer.verdict = Verdict::kMine;
    answer.need[i] = 1;
  }
  const std::size_t client = sides[0].method.empty() && !sides[1].method.empty() ? 1 : 0;
  if (answer.verdict == Verdict::kDone) tell(sides, client, handshakes);
  return answer;
}

}  // namespace vedette
