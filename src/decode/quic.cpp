#include "decode/quic.h"

#include <algorithm>
#include <optional>
#include <string>

#include "decode/quic_flow.h"
#include "decode/text.h"
#include "decode/tls_facts.h"
#include "decode/tls_hello.h"
#include "decode/tls_records.h"

namespace vedette {

namespace {

using Claim = QuicFlow::Claim;

// A server's hello stands in one of its first packets, behind a version negotiation and a Retry at most.
constexpr std::size_t kMostServerDatagrams = 8;
// Of both sides, where no hello can be read, for the client's first packet was not seen; and where it isn't
// even clear that this is QUIC.
constexpr std::size_t kMostUnreadDatagrams = 16;
constexpr std::size_t kMostUnclearDatagrams = 32;
// A server has some ten; a hostile one fills a datagram.
constexpr std::size_t kMostVersionsTold = 32;

enum MessageType : std::uint8_t { kClientHello = 1, kServerHello = 2 };

// What both sides' messages say, by TLS or in Google's way.
struct Said {
  std::optional<ClientHello> client;
  std::optional<ServerHello> server;  // the last one: a HelloRetryRequest until the ServerHello comes
  std::optional<GquicMessage> google;
  bool client_done = false;
  bool server_done = false;
};

// The next message of a CRYPTO stream; nothing where its header isn't there.
std::optional<TlsMessage> take_message(ByteReader& stream) {
  TlsMessage message;
  message.type = stream.u8();
  message.size = stream.u24();
  if (stream.failed()) return {};
  message.body = stream.take(std::min(message.size, stream.left()));
  return message;
}

void read_client(std::span<const std::uint8_t> stream, Said& said) {
  ByteReader reader(stream);
  const auto message = take_message(reader);
  if (!message || message->type != kClientHello) return;
  said.client = parse_client_hello(message->body);
  // One cut off before its extensions looks like an old one that has none.
  if (said.client) said.client->whole = said.client->whole && message->whole();
  said.client_done = message->whole();
}

void read_server(std::span<const std::uint8_t> stream, Said& said) {
  ByteReader reader(stream);
  while (const auto message = take_message(reader)) {
    auto hello = message->type == kServerHello ? parse_server_hello(message->body) : std::nullopt;
    if (hello) {
      said.server = std::move(hello);
      said.server->whole = said.server->whole && message->whole();
    }
    said.server_done = message->whole() && !(said.server && said.server->retry);
    if (said.server_done) return;
  }
}

Said read_messages(const QuicFlow& flow) {
  Said said;
  if (flow.connection && !flow.connection->version.google_messages) {
    read_client(flow.connection->messages[0], said);
    read_server(flow.connection->messages[1], said);
    return said;
  }
  said.google = flow.google[0];
  if (flow.connection) said.google = parse_gquic_message(flow.connection->messages[0]);
  said.client_done = said.google && said.google->whole;
  // Its answer, were it but a version negotiation, decides which version is spoken; more it doesn't tell.
  said.server_done = flow.client && flow.datagrams[1 - *flow.client] > 0;
  return said;
}

// The server's version, which the client has to speak; the client's as long as it hasn't answered.
std::optional<std::uint32_t> spoken_version(const QuicFlow& flow) {
  const std::size_t server = flow.client ? 1 - *flow.client : 1;
  return flow.versions[server] ? flow.versions[server] : flow.versions[1 - server];
}

// Google's clients name themselves in a transport parameter (quic/core/quic_versions and
// transport_parameters.cc of Chromium). RFC 9000 §18; up to draft 26 numbers and lengths had two bytes, and
// the list one of its own.
std::optional<std::string> user_agent(const ClientHello& client, bool fixed_parameters) {
  constexpr std::uint64_t kUserAgent = 0x3129;
  ByteReader whole(client.quic_parameters);
  ByteReader reader(fixed_parameters ? whole.vector16() : whole.take(whole.left()));
  while (!reader.empty()) {
    const std::uint64_t id = fixed_parameters ? reader.u16() : read_varint(reader);
    const std::uint64_t size = fixed_parameters ? reader.u16() : read_varint(reader);
    const auto value = reader.take(std::min<std::uint64_t>(size, client.quic_parameters.size()));
    if (reader.failed()) return {};
    if (id == kUserAgent) return std::string(text_of(value));
  }
  return {};
}

void add_tls_facts(const Said& said, const QuicFlow& flow, Handshake& handshake) {
  // QUIC's clients name their versions in an extension, which may be cut off.
  if (said.client && !said.client->supported_versions.empty())
    handshake.add("offered_versions", offered_versions(*said.client));
  if (said.server) handshake.add("chosen_version", chosen_version(*said.server));
  add_hello_facts(
      handshake,
      {.client = said.client ? &*said.client : nullptr, .server = said.server ? &*said.server : nullptr},
      Ja4Transport::kQuic);
  if (!said.client) return;
  if (auto agent = user_agent(*said.client, flow.connection->version.fixed_parameters))
    handshake.add("user_agent", std::move(*agent));
}

Handshake told(const QuicFlow& flow, const Said& said) {
  Handshake handshake;
  handshake.app = "quic";
  const auto version = spoken_version(flow);
  if (version && !is_reserved_quic_version(*version)) handshake.app_version = quic_version_name(*version);
  add_tls_facts(said, flow, handshake);
  if (said.google && said.google->server_name) handshake.add("sni", *said.google->server_name);
  if (said.google && said.google->user_agent) handshake.add("user_agent", *said.google->user_agent);
  if (said.google && said.google->proof_demand) handshake.add("proof_demand", *said.google->proof_demand);
  if (version) handshake.add("quic_version", std::int64_t{*version});
  if (!flow.server_versions.empty()) {
    std::vector<std::string> names;
    const auto told_of = std::min(flow.server_versions.size(), kMostVersionsTold);
    for (const std::uint32_t number : std::span(flow.server_versions).first(told_of))
      names.push_back(quic_version_name(number));
    handshake.add("server_quic_versions", std::move(names));
  }
  return handshake;
}

// By side: whether it has nothing more to tell.
std::array<bool, 2> finished(const Heads& heads, const QuicFlow& flow, const Said& said) {
  const bool unread = !flow.connection && !said.google;
  if (unread && (flow.short_headers || flow.datagrams[0] + flow.datagrams[1] >= kMostUnreadDatagrams))
    return {true, true};
  std::array<bool, 2> done = heads.ended;
  if (!flow.client || unread) return done;
  const std::size_t client = *flow.client, server = 1 - client;
  if (said.client_done) done[client] = true;
  if (said.server_done || flow.datagrams[server] >= kMostServerDatagrams) done[server] = true;
  return done;
}

Answer wait_for(const Heads& heads, std::array<bool, 2> done, Verdict verdict) {
  Answer answer{.verdict = verdict};
  for (std::size_t side = 0; side < 2; side++)
    if (!done[side]) answer.need[side] = heads.bytes[side].size() + 1;
  return answer;
}

}  // namespace

Answer decode_quic(const Heads& heads, Handshakes& handshakes) {
  const QuicFlow flow = read_quic_flow(heads);
  const bool any = !heads.bytes[0].empty() || !heads.bytes[1].empty();
  const bool ended = heads.ended[0] && heads.ended[1];
  if (flow.claim != Claim::kSure) {
    const bool unclear = flow.datagrams[0] + flow.datagrams[1] < kMostUnclearDatagrams;
    if (ended || (any && (flow.claim == Claim::kNone || !unclear))) return {.verdict = Verdict::kNotMine};
    return wait_for(heads, heads.ended, Verdict::kUndecided);
  }
  const Said said = read_messages(flow);
  const auto done = finished(heads, flow, said);
  if (!done[0] || !done[1]) return wait_for(heads, done, Verdict::kMine);
  handshakes.push_back(told(flow, said));
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
