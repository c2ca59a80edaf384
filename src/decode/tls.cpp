#include "decode/tls.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/certificate.h"
#include "decode/ssl2.h"
#include "decode/tls_facts.h"
#include "decode/tls_hello.h"
#include "decode/tls_midstream.h"
#include "decode/tls_names.h"
#include "decode/tls_records.h"

namespace vedette {

namespace {

enum MessageType : std::uint8_t { kClientHello = 1, kServerHello = 2, kCertificate = 11 };

// What one direction's head says.
struct Side {
  enum class State : std::uint8_t { kUndecided, kForeign, kPartial, kSaid };

  State state = State::kUndecided;
  std::size_t need = 0;
  std::optional<ClientHello> client;
  std::optional<ServerHello> server;         // the last one: a HelloRetryRequest until the ServerHello comes
  std::vector<std::uint8_t> certificate;     // the server's own, DER
  std::optional<std::uint16_t> ssl2_client;  // version
  std::optional<std::uint16_t> ssl2_server;

  [[nodiscard]] bool is_client() const { return client || ssl2_client; }
  [[nodiscard]] bool is_server() const { return server || ssl2_server; }
};

void read_ssl2(const Ssl2Hello& hello, Side& side) {
  side.state = Side::State::kSaid;
  if (hello.kind == Ssl2Hello::Kind::kClient) side.ssl2_client = hello.version;
  if (hello.kind == Ssl2Hello::Kind::kServer) side.ssl2_server = hello.version;
}

// Takes a hello out of `message`; false where it is none.
bool read_hello(const TlsMessage& message, Side& side) {
  if (message.type == kClientHello) {
    side.client = parse_client_hello(message.body);
    if (side.client) side.client->whole = side.client->whole && message.whole();
    return side.client.has_value();
  }
  if (message.type != kServerHello) return false;
  auto hello = parse_server_hello(message.body);
  if (!hello) return side.server.has_value();
  side.server = std::move(hello);
  side.server->whole = side.server->whole && message.whole();
  return true;
}

// A message that is not all there: of use only when nothing more will come.
void read_partial(const TlsMessage& message, bool ended, Side& side) {
  if (ended && read_hello(message, side)) {
    side.state = Side::State::kSaid;
    return;
  }
  const bool may_be_hello = message.type == kClientHello || message.type == kServerHello;
  if (!side.server && (ended || !may_be_hello)) side.state = Side::State::kForeign;
  if (side.server && (ended || !may_be_hello)) side.state = Side::State::kSaid;
}

// What follows a ServerHello older than TLS 1.3: the server's Certificate, or else something that isn't told
// (of a resumed session a ticket or change_cipher_spec).
void read_certificate(TlsRecords& records, std::size_t known, bool ended, Side& side) {
  TlsMessage message;
  const TlsRecords::State state = records.next(message);
  side.state = Side::State::kSaid;
  if (records.ciphered() || state == TlsRecords::State::kEnd) return;
  side.need = records.need();
  FirstCertificate first;
  if (state == TlsRecords::State::kMessage) {
    if (message.type != kCertificate) return;
    first = first_certificate(message.body, message.size);
    if (first.state == FirstCertificate::State::kNone) return;
    side.certificate.assign(first.der.begin(), first.der.end());
    if (first.state == FirstCertificate::State::kWhole || side.need == 0) return;
    side.need = std::min(side.need, known + first.missing);
  }
  if (!ended) side.state = Side::State::kPartial;
}

bool shows_certificate(const ServerHello& hello) {
  constexpr std::uint16_t kTls12 = 0x0303;
  return !hello.retry && !hello.selected_version && hello.legacy_version <= kTls12;
}

void read_records(std::span<const std::uint8_t> head, bool ended, Side& side) {
  TlsRecords records(head);
  TlsMessage message;
  for (;;) {
    const TlsRecords::State state = records.next(message);
    side.need = records.need();
    if (state == TlsRecords::State::kMessage && !message.whole())
      return read_partial(message, ended || side.need == 0, side);
    const bool hello = state == TlsRecords::State::kMessage && read_hello(message, side);
    if (hello && side.server && side.server->retry) continue;
    if (hello && side.server && shows_certificate(*side.server))
      return read_certificate(records, head.size(), ended, side);
    if (hello || side.server) {  // or what comes behind a HelloRetryRequest is no ServerHello
      const bool waits = state == TlsRecords::State::kMore && !ended;
      side.state = waits ? Side::State::kPartial : Side::State::kSaid;
      return;
    }
    if (state != TlsRecords::State::kMore || ended) side.state = Side::State::kForeign;
    return;
  }
}

Side read_side(std::span<const std::uint8_t> head, bool ended) {
  Side side;
  if (head.empty()) {
    side.state = ended ? Side::State::kForeign : Side::State::kUndecided;
    side.need = 1;
    return side;
  }
  const Ssl2Hello ssl2 = parse_ssl2(head);
  if (ssl2.kind == Ssl2Hello::Kind::kNone) {
    read_records(head, ended, side);
  } else if (ssl2.kind == Ssl2Hello::Kind::kMore) {
    side.need = ssl2.need;
    if (ended) side.state = Side::State::kForeign;
  } else {
    read_ssl2(ssl2, side);
  }
  return side;
}

std::vector<std::string> offered_by(const Side& client) {
  if (client.ssl2_client) return {tls_version_name(*client.ssl2_client)};
  return offered_versions(*client.client);
}

std::optional<std::string> chosen_by(const Side& server) {
  if (server.ssl2_server) return tls_version_name(*server.ssl2_server);
  if (!server.server) return {};
  return chosen_version(*server.server);
}

Handshake told(const Side& client, const Side& server) {
  Handshake handshake;
  handshake.app = "tls";
  const auto version = chosen_by(server);
  if (version) handshake.app_version = *version;
  if (client.is_client()) handshake.add("offered_versions", offered_by(client));
  if (version) handshake.add("chosen_version", *version);
  add_hello_facts(handshake,
                  {.client = client.client ? &*client.client : nullptr,
                   .server = server.server ? &*server.server : nullptr},
                  Ja4Transport::kTls);
  if (auto certificate = parse_certificate(server.certificate))
    add_certificate(handshake, std::move(*certificate));
  return handshake;
}

// Both directions' heads hold no hello, and no part of one: records alone may tell.
Answer decode_midstream(const Heads& heads, Handshakes& handshakes) {
  Answer answer{.verdict = Verdict::kNotMine};
  std::size_t records = 0;
  bool may_begin = false, whole = true;
  for (std::size_t i = 0; i < heads.bytes.size(); i++) {
    const TlsRecordRun run = tls_record_run(heads.bytes[i]);
    records += run.records;
    whole = whole && (run.whole || heads.bytes[i].empty());
    may_begin = may_begin || run.records != 0 || (run.need != 0 && !heads.bytes[i].empty());
    if (!heads.ended[i]) answer.need[i] = run.need;
  }
  // The silent side may yet say a hello.
  const auto settled = [&](std::size_t i) { return heads.ended[i] || !heads.bytes[i].empty(); };
  if (records >= kRecordsThatTell && !(settled(0) && settled(1)))
    return {.verdict = Verdict::kMine, .need = {settled(0) ? 0U : 1U, settled(1) ? 0U : 1U}};
  // A record that ends where all that was said does is by chance there once in 10¹¹.
  const bool only_record = records != 0 && whole && heads.ended[0] && heads.ended[1];
  if (records >= kRecordsThatTell || only_record) {
    handshakes.emplace_back().app = "tls";
    return {.verdict = Verdict::kDone};
  }
  if (may_begin && (answer.need[0] != 0 || answer.need[1] != 0)) answer.verdict = Verdict::kUndecided;
  return answer;
}

}  // namespace

Answer decode_tls(const Heads& heads, Handshakes& handshakes) {
  using State = Side::State;
  const std::array sides = {read_side(heads.bytes[0], heads.ended[0]),
                            read_side(heads.bytes[1], heads.ended[1])};
  const std::size_t client = !sides[0].is_client() && (sides[1].is_client() || sides[0].is_server()) ? 1 : 0;
  const Side& from_client = sides[client];
  const Side& from_server = sides[1 - client];

  Answer answer;
  for (std::size_t i = 0; i < sides.size(); i++)
    if (sides[i].state == State::kUndecided || sides[i].state == State::kPartial)
      answer.need[i] = sides[i].need;
  const bool any = from_client.is_client() || from_server.is_server();
  const bool waiting = answer.need[0] != 0 || answer.need[1] != 0;
  if (!any) {
    const auto foreign = [&](std::size_t i) { return sides[i].state == State::kForeign; };
    const auto silent = [&](std::size_t i) { return foreign(i) || heads.bytes[i].empty(); };
    const bool never = (foreign(0) && silent(1)) || (foreign(1) && silent(0));
    return never ? decode_midstream(heads, handshakes) : answer;
  }
  answer.verdict = waiting ? Verdict::kMine : Verdict::kDone;
  if (!waiting) handshakes.push_back(told(from_client, from_server));
  return answer;
}

}  // namespace vedette
