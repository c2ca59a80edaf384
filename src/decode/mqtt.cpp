#include "decode/mqtt.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

enum PacketType : std::uint8_t {
  kConnect = 0x10,
  kConnectAcknowledged = 0x20,
  kPing = 0xc0,
  kPong = 0xd0,
};
constexpr std::uint16_t kPort = 1883;

struct Client {
  SideView view;
  std::string_view version;
  Bytes client_id, username;
};

struct Server {
  SideView view;
  int code = 0;
  bool version5 = false;  // known by its properties
};

// Seven bits a byte, the lowest first, in at most four bytes (mqtt-v5.0 §1.5.5).
std::uint32_t variable_integer(ByteReader& reader) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const std::uint8_t byte = reader.u8();
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return value;
  }
  reader.take(reader.left() + 1);  // a fifth byte: broken
  return 0;
}

struct ProtocolName {
  std::string_view bytes, version;  // as it stands there, with its level
};
using namespace std::string_view_literals;
constexpr ProtocolName kProtocols[] = {
    {"\0\6MQIsdp\3"sv, "3.1"},
    {"\0\4MQTT\4"sv, "3.1.1"},
    {"\0\4MQTT\5"sv, "5.0"},
};

// Behind the protocol's level (§3.1.2.3 to §3.1.3).
void read_connect(ByteReader& reader, Client& client) {
  constexpr std::uint8_t kWill = 0x04, kUser = 0x80;
  const bool with_properties = client.version == "5.0";
  const auto skip_properties = [&] {
    if (with_properties) reader.take(variable_integer(reader));
  };
  const std::uint8_t flags = reader.u8();
  reader.u16();  // keep alive
  skip_properties();
  client.client_id = reader.vector16();
  if (flags & kWill) {
    skip_properties();
    reader.vector16();
    reader.vector16();
  }
  if (flags & kUser) client.username = reader.vector16();
}

Client read_client(Bytes bytes) {
  constexpr std::size_t kBeforeName = 5;  // type and the longest length
  Client client;
  client.view.said = Said::kForeign;
  if (!bytes.empty() && bytes[0] != kConnect) return client;
  ByteReader reader(bytes);
  reader.u8();
  const std::size_t length = variable_integer(reader);
  if (reader.failed()) {
    if (bytes.size() < kBeforeName) client.view = {.said = Said::kNothing, .need = bytes.size() + 1};
    return client;
  }
  const std::size_t begin = bytes.size() - reader.left();
  const std::string_view body = text_of(bytes.subspan(begin));
  for (const ProtocolName& protocol : kProtocols) {
    const std::size_t known = std::min(body.size(), protocol.bytes.size());
    if (body.substr(0, known) != protocol.bytes.substr(0, known) || length <= protocol.bytes.size()) continue;
    client.view = {.said = Said::kNothing, .need = begin + protocol.bytes.size()};
    if (known < protocol.bytes.size()) return client;
    client.version = protocol.version;
    client.view = {.said = length <= body.size() ? Said::kAll : Said::kPartly, .need = begin + length};
    ByteReader packet(bytes.subspan(begin, std::min(length, body.size())));
    packet.take(protocol.bytes.size());
    read_connect(packet, client);
    return client;
  }
  return client;
}

// The properties of a CONNACK of version 5 (mqtt-v5.0 §3.2.2.3): there are some, each known and whole, and
// they end where the packet does.
bool are_connack_properties(Bytes rest) {
  ByteReader reader(rest);
  const std::size_t size = variable_integer(reader);
  if (reader.failed() || size == 0 || size != reader.left()) return false;
  while (!reader.empty() && !reader.failed()) {
    switch (reader.u8()) {
      case 0x11:  // session expiry interval
      case 0x27:  // maximum packet size
        reader.u32();
        break;
      case 0x12:  // assigned client identifier
      case 0x15:  // authentication method
      case 0x16:  // authentication data
      case 0x1a:  // response information
      case 0x1c:  // server reference
      case 0x1f:  // reason string
        reader.vector16();
        break;
      case 0x26:  // user property
        reader.vector16();
        reader.vector16();
        break;
      case 0x13:  // server keep alive
      case 0x21:  // receive maximum
      case 0x22:  // topic alias maximum
        reader.u16();
        break;
      case 0x24:  // maximum QoS
      case 0x25:  // retain available
      case 0x28:  // wildcard subscription available
      case 0x29:  // subscription identifiers available
      case 0x2a:  // shared subscription available
        if (reader.u8() > 1) return false;
        break;
      default:
        return false;
    }
  }
  return !reader.failed();
}

// By itself a CONNACK proves nothing, unless it has properties: it counts behind a CONNECT.
Server read_server(Bytes bytes, Said client) {
  constexpr std::size_t kFixed = 4;
  Server server;
  if (!bytes.empty() && bytes[0] != kConnectAcknowledged) server.view.said = Said::kForeign;
  server.view.need = bytes.empty() ? 1 : kFixed;
  if (bytes.size() < kFixed || server.view.said == Said::kForeign) return server;
  ByteReader reader(bytes);
  reader.u8();
  const std::size_t length = variable_integer(reader);
  const std::uint8_t flags = reader.u8();
  server.code = reader.u8();
  constexpr std::size_t kLongest = 7;  // with a length of four bytes
  if (reader.failed() && bytes.size() < kLongest) {
    server.view.need = bytes.size() + 1;
    return server;
  }
  const bool right = !reader.failed() && length >= 2 && flags <= 1;
  server.view.said = right ? Said::kNothing : Said::kForeign;
  if (!right) return server;
  server.view.need = bytes.size() + 1;
  if (client == Said::kPartly || client == Said::kAll) {
    server.view.said = Said::kAll;
    return server;
  }
  constexpr std::size_t kLongestProperties = 4096;
  const std::size_t begin = bytes.size() - reader.left(), rest = length - 2;
  const bool may_have = rest > 1 && rest <= kLongestProperties;
  if (may_have && rest > reader.left()) {
    server.view.need = begin + rest;
    return server;
  }
  server.version5 = may_have && are_connack_properties(reader.take(rest));
  if (server.version5)
    server.view.said = Said::kAll;
  else if (client == Said::kForeign)
    server.view.said = Said::kForeign;
  return server;
}

// Of a connection whose opening wasn't seen, on its port: a ping and the answer to it.
std::optional<Answer> decode_pings(const Heads& heads, Handshakes& handshakes) {
  constexpr std::size_t kSize = 2;
  const auto may_be = [&](std::size_t side, std::uint8_t type) {
    const Bytes bytes = heads.bytes[side];
    return (bytes.empty() || bytes[0] == type) && (bytes.size() < kSize || bytes[1] == 0);
  };
  for (std::size_t client = 0; client < 2; client++) {
    const std::size_t server = 1 - client;
    const std::size_t known = std::max(heads.bytes[0].size(), heads.bytes[1].size());
    if (known == 0 || !may_be(client, kPing) || !may_be(server, kPong)) continue;
    if (known >= kSize && heads.ports[server] != kPort) continue;
    Answer answer{.verdict = Verdict::kDone};
    for (std::size_t i = 0; i < 2; i++) {
      if (heads.bytes[i].size() >= kSize) continue;
      if (heads.ended[i]) return {};
      answer.verdict = Verdict::kUndecided;
      answer.need[i] = kSize;
    }
    if (answer.verdict == Verdict::kDone) handshakes.emplace_back().app = "mqtt";
    return answer;
  }
  return {};
}

}  // namespace

Answer decode_mqtt(const Heads& heads, Handshakes& handshakes) {
  if (const auto pings = decode_pings(heads, handshakes)) return *pings;
  const std::array clients = {read_client(heads.bytes[0]), read_client(heads.bytes[1])};
  const auto acknowledges = [&](std::size_t side) {
    return !heads.bytes[side].empty() && heads.bytes[side][0] == kConnectAcknowledged;
  };
  const bool turned = clients[1].view.sure() || acknowledges(0) ||
                      (clients[0].view.said == Said::kForeign && !acknowledges(1));
  const std::size_t from = !clients[0].view.sure() && turned ? 1 : 0;
  const Client& client = clients[from];
  const Server server = read_server(heads.bytes[1 - from], client.view.said);
  std::array<SideView, 2> sides;
  sides[from] = client.view;
  sides[1 - from] = server.view;
  const Answer answer = settle(heads, sides);
  if (answer.verdict != Verdict::kDone) return answer;
  Handshake handshake;
  handshake.app = "mqtt";
  handshake.app_version = client.version.empty() && server.version5 ? "5.0" : client.version;
  if (!client.client_id.empty()) handshake.add("client_id", std::string(text_of(client.client_id)));
  if (!client.username.empty()) handshake.add("username", std::string(text_of(client.username)));
  if (server.view.said == Said::kAll) handshake.add("return_code", server.code);
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
