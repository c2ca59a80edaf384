#include "decode/quic_flow.h"

#include <algorithm>

#include "decode/quic_short_header.h"

namespace vedette {

namespace {

constexpr std::size_t kMostInitials = 24;  // of a side; beyond these nothing is opened
constexpr std::size_t kMostTried = 8;      // connection IDs; Retry and version negotiation make three of one
// RFC 9000 §14.1, and §7.2 of the first packet's ID.
constexpr std::size_t kSmallestInitialDatagram = 1200;
constexpr std::size_t kShortestFirstId = 8;
constexpr std::uint16_t kHttps = 443;

using Claim = QuicFlow::Claim;

struct Found {
  QuicPacket packet;
  bool opened = false;
};

// What was taken for a client's first connection ID, rightly or not.
struct Tried {
  std::uint32_t version;
  std::span<const std::uint8_t> id;
};

bool same(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other) {
  return std::ranges::equal(one, other);
}

std::vector<std::uint32_t> numbers(std::span<const std::uint8_t> versions) {
  std::vector<std::uint32_t> list;
  for (ByteReader reader(versions); !reader.empty();) list.push_back(reader.u32());
  return list;
}

bool begins_with_hello(std::span<const std::uint8_t> payload, QuicFrames frames, QuicSender sender) {
  constexpr std::array<std::uint8_t, 2> kTypes = {1, 2};  // of TLS's hellos, by sender
  QuicCryptoStream stream;
  stream.add_frames(payload, frames);
  const auto bytes = stream.bytes();
  return bytes.size() > 1 && bytes[0] == kTypes.at(static_cast<std::size_t>(sender)) && bytes[1] == 0;
}

// How sure a datagram of long-header packets is by its form alone.
Claim claim_of(const std::vector<QuicPacket>& packets, std::size_t datagram, bool ends_well) {
  if (packets.empty() || !ends_well) return Claim::kNone;
  const QuicPacket& first = packets.front();
  for (const QuicPacket& packet : packets)
    if (packet.version.number != first.version.number || !same(packet.destination, first.destination))
      return Claim::kNone;
  if (first.destination.empty() && first.source.empty()) return Claim::kNone;
  if (first.type == QuicPacketType::kVersionNegotiation)
    return std::ranges::any_of(numbers(first.versions),
                               [](std::uint32_t one) { return quic_version(one).known; })
               ? Claim::kSure
               : Claim::kNone;
  const auto bears_answer = [](const QuicPacket& packet) {
    return packet.type == QuicPacketType::kHandshake || packet.type == QuicPacketType::kRetry;
  };
  if (first.version.known && std::ranges::any_of(packets, bears_answer)) return Claim::kSure;
  // What opens a connection must show that by its keys, or by what the other side answers.
  if (first.version.known) return Claim::kMaybe;
  const bool may_open = first.type == QuicPacketType::kInitial && datagram >= kSmallestInitialDatagram &&
                        first.destination.size() >= kShortestFirstId;
  return may_open ? Claim::kMaybe : Claim::kNone;
}

class Reader {
 public:
  explicit Reader(const Heads& heads) : heads_(heads) {}

  QuicFlow read() {
    for (std::size_t side = 0; side < 2; side++) read_datagrams(side);
    for (std::size_t side = 0; side < 2 && connections_.empty(); side++) open_clients(side);
    if (flow_.client)
      for (Found& found : found_[1 - *flow_.client]) open_servers(found);
    if (answers()) raise(Claim::kSure);
    for (std::size_t side = 0; side < 2; side++) note_versions(side);
    choose_connection();
    if (flow_.claim == Claim::kMaybe && foreign_) flow_.claim = Claim::kNone;
    if (flow_.claim == Claim::kMaybe && shows_short_headers(heads_)) {
      flow_.claim = Claim::kSure;
      flow_.short_headers = true;
    }
    return std::move(flow_);
  }

 private:
  void read_datagrams(std::size_t side) {
    std::size_t begin = 0;
    for (const Arrival& arrival : heads_.arrivals[side]) {
      read_datagram(side, heads_.bytes[side].subspan(begin, arrival.end - begin), arrival.cut);
      begin = arrival.end;
    }
  }

  void raise(Claim claim) { flow_.claim = std::max(flow_.claim, claim); }

  void read_datagram(std::size_t side, std::span<const std::uint8_t> datagram, bool cut) {
    if (auto google = parse_gquic_packet(datagram)) return take_google(side, std::move(*google));
    std::vector<QuicPacket> packets;
    auto rest = datagram;
    while (auto packet = take_quic_packet(rest)) packets.push_back(*packet);
    // A packet with a short header, or padding, may stand behind them.
    const bool ends_well =
        (rest.empty() || !(rest[0] & 0x80)) && (packets.empty() || packets.back().whole() || cut);
    const Claim claim = claim_of(packets, datagram.size(), ends_well);
    raise(claim);
    if (claim != Claim::kNone && packets.front().type == QuicPacketType::kVersionNegotiation) {
      flow_.server_versions = numbers(packets.front().versions);
      if (!flow_.client) flow_.client = 1 - side;
      return;
    }
    flow_.datagrams[side]++;
    if (claim == Claim::kNone) return take_other(datagram);
    for (const QuicPacket& packet : packets) {
      if (packet.type == QuicPacketType::kRetry && !flow_.client) flow_.client = 1 - side;
      found_[side].push_back({packet, false});
    }
  }

  // Each side takes the ID that the other has chosen (RFC 9000 §7.2).
  [[nodiscard]] bool answers() const {
    return std::ranges::any_of(found_[0], [&](const Found& one) {
      return std::ranges::any_of(found_[1], [&](const Found& other) {
        return (!one.packet.source.empty() && same(one.packet.source, other.packet.destination)) ||
               (!other.packet.source.empty() && same(other.packet.source, one.packet.destination));
      });
    });
  }

  void take_google(std::size_t side, GquicPacket packet) {
    raise(Claim::kSure);
    if (!packet.versions.empty()) {
      flow_.server_versions = std::move(packet.versions);
      flow_.client = 1 - side;
      return;
    }
    flow_.datagrams[side]++;
    if (packet.version) flow_.versions[side] = packet.version;
    if (packet.message) take_google_message(side, *packet.message);
  }

  void take_google_message(std::size_t side, const GquicMessage& message) {
    flow_.client = message.client ? side : 1 - side;
    auto& known = flow_.google[message.client ? 0 : 1];
    if (!known) known = message;
  }

  // Not a long header's.
  void take_other(std::span<const std::uint8_t> datagram) {
    const bool https = heads_.ports[0] == kHttps || heads_.ports[1] == kHttps;
    if (https && may_be_short_header(datagram))
      raise(Claim::kMaybe);
    else
      foreign_ = true;
  }

  void open_clients(std::size_t side) {
    for (Found& found : found_[side]) open_client(found);
    if (!connections_.empty()) flow_.client = side;
  }

  void open_client(Found& found) {
    const QuicPacket& packet = found.packet;
    if (packet.type != QuicPacketType::kInitial || packet.version.keyings[0] == nullptr ||
        initials_[0]++ >= kMostInitials)
      return;
    if (open_by(connections_, found, QuicSender::kClient, true)) return;
    const auto is_same = [&](const Tried& one) {
      return one.version == packet.version.number && same(one.id, packet.destination);
    };
    if (std::ranges::none_of(tried_, is_same) && tried_.size() < kMostTried) {
      tried_.push_back({packet.version.number, packet.destination});
      QuicConnection connection(packet.version, packet.destination);
      if (open_with(connection, found, QuicSender::kClient))
        return connections_.push_back(std::move(connection));
    }
    open_by(connections_, found, QuicSender::kClient, false);
  }

  void open_servers(Found& found) {
    const QuicPacket& packet = found.packet;
    if (packet.type != QuicPacketType::kInitial || packet.version.keyings[0] == nullptr ||
        initials_[1]++ >= kMostInitials)
      return;
    if (!open_by(connections_, found, QuicSender::kServer, true))
      open_by(connections_, found, QuicSender::kServer, false);
  }

  // The newest first, of those in the packet's version or in another.
  static bool open_by(std::vector<QuicConnection>& connections, Found& found, QuicSender sender,
                      bool same_version) {
    for (auto connection = connections.rbegin(); connection != connections.rend(); ++connection) {
      const bool same = connection->version.number == found.packet.version.number;
      const bool both_known = connection->version.known && found.packet.version.known;
      if (same == same_version && (same || both_known) && open_with(*connection, found, sender)) return true;
    }
    return false;
  }

  static bool open_with(QuicConnection& connection, Found& found, QuicSender sender) {
    return std::ranges::any_of(found.packet.version.keyings, [&](const QuicKeying* keying) {
      return keying != nullptr && open_with(connection, *keying, found, sender);
    });
  }

  static bool open_with(QuicConnection& connection, const QuicKeying& keying, Found& found,
                        QuicSender sender) {
    const auto payload = keys_of(connection, keying).open(found.packet, sender);
    if (!payload) return false;
    const QuicFrames frames =
        found.packet.version.google_frames ? QuicFrames::kGoogle : QuicFrames::kStandard;
    // Where the tag is cut off, a hello at the stream's first byte proves the keys.
    if (!found.packet.whole() && !begins_with_hello(*payload, frames, sender)) return false;
    connection.streams.at(static_cast<std::size_t>(sender)).add_frames(*payload, frames);
    found.opened = true;
    return true;
  }

  static const QuicInitialKeys& keys_of(QuicConnection& connection, const QuicKeying& keying) {
    for (const auto& [of, keys] : connection.keys)
      if (of == &keying) return keys;
    connection.keys.emplace_back(&keying, QuicInitialKeys(keying, connection.id));
    return connection.keys.back().second;
  }

  void note_versions(std::size_t side) {
    for (const Found& found : found_[side]) {
      if (found.opened) raise(Claim::kSure);
      flow_.versions[side] = found.packet.version.number;
    }
  }

  // One that the server answers; else one whose hello is there. What negotiation led to comes last.
  void choose_connection() {
    int best = -1;
    for (QuicConnection& connection : connections_) {
      for (std::size_t i = 0; i < 2; i++) connection.messages[i] = connection.streams[i].bytes();
      const int rank = connection.messages[1].empty() ? (connection.messages[0].empty() ? 0 : 1) : 2;
      const bool other_version =
          flow_.connection && flow_.connection->version.number != connection.version.number;
      if (rank < best || (rank == best && !other_version)) continue;
      best = rank;
      flow_.connection = std::move(connection);
    }
  }

  const Heads& heads_;
  QuicFlow flow_;
  bool foreign_ = false;                     // a datagram is none of QUIC's
  std::array<std::vector<Found>, 2> found_;  // by side
  std::array<std::size_t, 2> initials_{};    // by sender: looked at
  std::vector<Tried> tried_;
  std::vector<QuicConnection> connections_;
};

}  // namespace

QuicFlow read_quic_flow(const Heads& heads) {
  return Reader(heads).read();
}

}  // namespace vedette
