#include "decode/dtls.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "decode/certificate.h"
#include "decode/dtls_messages.h"
#include "decode/tls_facts.h"
#include "decode/tls_hello.h"
#include "decode/tls_names.h"

namespace vedette {

namespace {

enum MessageType : std::uint8_t {
  kClientHello = 1,
  kServerHello = 2,
  kHelloVerifyRequest = 3,  // RFC 6347 §4.2.1
  kCertificate = 11,
};

// What one direction's datagrams say.
struct Side {
  bool foreign = false;
  bool waits = false;  // for what is still to be told
  bool asks_for_cookie = false;
  std::optional<ClientHello> client;
  std::optional<ServerHello> server;      // a HelloRetryRequest until the ServerHello comes
  std::vector<std::uint8_t> certificate;  // the server's own, DER
  std::optional<std::uint16_t> ciphered_version;

  [[nodiscard]] bool is_client() const { return client.has_value(); }
  [[nodiscard]] bool is_server() const { return server || asks_for_cookie; }
  [[nodiscard]] bool any() const { return client || is_server() || ciphered_version; }
};

// Up to TLS 1.2 the server's Certificate follows its hello; true where it may still come.
bool read_certificate(const DtlsMessages& messages, std::uint16_t sequence, Side& side) {
  if (side.server->retry || side.server->selected_version) return side.server->retry;
  const auto message = messages.message(sequence);
  if (!message) return true;
  if (message->type != kCertificate) return false;
  const FirstCertificate first = first_certificate(message->body, message->size);
  side.certificate.assign(first.der.begin(), first.der.end());
  return first.state == FirstCertificate::State::kMore;
}

// Takes the hello out of `message`; true where it settles what this side has to say.
bool read_message(const DtlsMessages& messages, std::uint16_t sequence, const DtlsMessage& message,
                  Side& side) {
  if (message.type == kHelloVerifyRequest) side.asks_for_cookie = true;
  if (message.type == kClientHello) {
    side.client = parse_client_hello(message.body, HelloTransport::kDatagrams);
    if (side.client) side.client->whole = side.client->whole && message.whole();
    return side.client.has_value();
  }
  if (message.type != kServerHello) return false;
  auto hello = parse_server_hello(message.body, HelloTransport::kDatagrams);
  if (!hello) return false;
  side.server = std::move(hello);
  side.server->whole = side.server->whole && message.whole();
  return !read_certificate(messages, static_cast<std::uint16_t>(sequence + 1), side);
}

Side read_side(std::span<const std::uint8_t> bytes, std::span<const Arrival> arrivals, bool ended) {
  const DtlsMessages messages(bytes, arrivals);
  Side side;
  side.foreign = messages.foreign() || (ended && !messages.any());
  if (side.foreign) return side;
  side.ciphered_version = messages.ciphered_version();
  bool settled = false;
  const auto sequences = messages.sequences();
  for (auto sequence = sequences.begin(); sequence != sequences.end() && !settled; ++sequence) {
    const auto message = messages.message(*sequence);
    if (message->whole()) settled = read_message(messages, *sequence, *message, side);
  }
  side.waits = !settled && !ended && !messages.over();
  if (side.any() || !ended) return side;
  for (auto sequence = sequences.begin(); sequence != sequences.end() && !side.any(); ++sequence)
    read_message(messages, *sequence, *messages.message(*sequence), side);
  side.foreign = !side.any();
  return side;
}

Handshake told(const Side& client, const Side& server) {
  Handshake handshake;
  handshake.app = "dtls";
  const auto ciphered = server.ciphered_version ? server.ciphered_version : client.ciphered_version;
  if (server.server)
    handshake.app_version = chosen_version(*server.server);
  else if (ciphered)
    handshake.app_version = tls_version_name(*ciphered);
  if (client.client) handshake.add("offered_versions", offered_versions(*client.client));
  handshake.add_known("chosen_version", handshake.app_version);
  add_hello_facts(handshake,
                  {.client = client.client ? &*client.client : nullptr,
                   .server = server.server ? &*server.server : nullptr},
                  Ja4Transport::kDtls);
  if (auto certificate = parse_certificate(server.certificate))
    add_certificate(handshake, std::move(*certificate));
  return handshake;
}

}  // namespace

Answer decode_dtls(const Heads& heads, Handshakes& handshakes) {
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; i++) sides[i] = read_side(heads.bytes[i], heads.arrivals[i], heads.ended[i]);
  const std::size_t client = !sides[0].is_client() && (sides[1].is_client() || sides[0].is_server()) ? 1 : 0;
  const bool hello =
      std::ranges::any_of(sides, [](const Side& side) { return side.client || side.is_server(); });
  const bool any = hello || sides[0].any() || sides[1].any();

  Answer answer;
  for (std::size_t i = 0; i < 2; i++)
    if (sides[i].waits && !sides[i].foreign) answer.need[i] = heads.bytes[i].size() + 1;
  if (!any) {
    const auto silent = [&](std::size_t i) { return sides[i].foreign || heads.bytes[i].empty(); };
    const bool never = (sides[0].foreign && silent(1)) || (sides[1].foreign && silent(0));
    answer.verdict = never ? Verdict::kNotMine : Verdict::kUndecided;
    return answer;
  }
  // Encrypted records without a hello before them: none will come.
  const bool waiting = hello && (answer.need[0] != 0 || answer.need[1] != 0);
  answer.verdict = waiting ? Verdict::kMine : Verdict::kDone;
  if (!waiting) handshakes.push_back(told(sides[client], sides[1 - client]));
  return answer;
}

}  // namespace vedette
