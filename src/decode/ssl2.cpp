#include "decode/ssl2.h"

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::size_t kRecordHeader = 2;
constexpr std::size_t kClientFixed = 9;   // type, version, three lengths
constexpr std::size_t kServerFixed = 11;  // type, hit, certificate type, version, three lengths
constexpr std::uint16_t kSsl2 = 0x0002;
constexpr std::uint16_t kSsl3 = 0x0300;
constexpr std::uint16_t kTls12 = 0x0303;

enum MessageType : std::uint8_t { kClientHello = 1, kServerHello = 4 };

bool client_lengths_agree(std::size_t size, std::size_t suites, std::size_t session, std::size_t challenge) {
  return suites > 0 && suites % 3 == 0 && (session == 0 || session == 16) && challenge >= 16 &&
         challenge <= 32 && size == kClientFixed + suites + session + challenge;
}

bool server_lengths_agree(std::size_t size, std::size_t certificate, std::size_t suites,
                          std::size_t connection) {
  return suites % 3 == 0 && connection >= 16 && connection <= 32 &&
         size == kServerFixed + certificate + suites + connection;
}

}  // namespace

Ssl2Hello parse_ssl2(std::span<const std::uint8_t> head) {
  using Kind = Ssl2Hello::Kind;
  if (head.empty()) return {.kind = Kind::kMore, .version = 0, .need = 1};
  if (!(head[0] & 0x80)) return {};
  if (head.size() > 2 && head[2] != kClientHello && head[2] != kServerHello) return {};
  const std::size_t fixed =
      kRecordHeader + (head.size() > 2 && head[2] == kServerHello ? kServerFixed : kClientFixed);
  if (head.size() < fixed) return {.kind = Kind::kMore, .version = 0, .need = fixed};
  ByteReader reader(head);
  const std::size_t size = reader.u16() & 0x7fff;
  if (reader.u8() == kClientHello) {
    const std::uint16_t version = reader.u16();
    const std::size_t suites = reader.u16(), session = reader.u16(), challenge = reader.u16();
    if (version != kSsl2 && (version < kSsl3 || version > kTls12)) return {};
    if (!client_lengths_agree(size, suites, session, challenge)) return {};
    return {.kind = Kind::kClient, .version = version, .need = 0};
  }
  const std::uint8_t hit = reader.u8();
  reader.u8();  // certificate type
  const std::uint16_t version = reader.u16();
  const std::size_t certificate = reader.u16(), suites = reader.u16(), connection = reader.u16();
  if (hit > 1 || version != kSsl2 || !server_lengths_agree(size, certificate, suites, connection)) return {};
  return {.kind = Kind::kServer, .version = version, .need = 0};
}

}  // namespace vedette
