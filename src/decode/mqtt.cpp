#include "decode/mqtt.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

enum PacketType : std::uint8_t { kConnect = 0x10, kConnectAcknowledged = 0x20 };

struct Client {
  SideView view;
  std::string_view version;
  Bytes client_id, username;
};

struct Server {
  SideView view;
  int code = 0;
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

// By itself a CONNACK proves nothing: it counts behind a CONNECT.
Server read_server(Bytes bytes, bool behind_connect) {
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
  server.view.said = !right ? Said::kForeign : behind_connect ? Said::kAll : Said::kNothing;
  server.view.need = bytes.size() + 1;
  return server;
}

}  // namespace

Answer decode_mqtt(const Heads& heads, Handshakes& handshakes) {
  const std::array clients = {read_client(heads.bytes[0]), read_client(heads.bytes[1])};
  const std::size_t from =
      !clients[0].view.sure() && (clients[1].view.sure() || clients[0].view.said == Said::kForeign) ? 1 : 0;
  const Client& client = clients[from];
  const Server server = read_server(heads.bytes[1 - from], client.view.sure());
  std::array<SideView, 2> sides;
  sides[from] = client.view;
  sides[1 - from] = server.view;
  const Answer answer = settle(heads, sides);
  if (answer.verdict != Verdict::kDone) return answer;
  Handshake handshake;
  handshake.app = "mqtt";
  handshake.app_version = client.version;
  if (!client.client_id.empty()) handshake.add("client_id", std::string(text_of(client.client_id)));
  if (!client.username.empty()) handshake.add("username", std::string(text_of(client.username)));
  if (server.view.said == Said::kAll) handshake.add("return_code", server.code);
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
