#include "decode/tds_answer.h"

#include <algorithm>

#include "decode/tds_packet.h"

namespace vedette {

namespace {

enum Token : std::uint8_t {
  kError = 0xaa,
  kInfo = 0xab,
  kLoginAck = 0xad,
  kCapability = 0xe2,
  kEnvChange = 0xe3,
  kExtendedError = 0xe5,  // of TDS 5.0
  kSspi = 0xed,
};

bool has_length(std::uint8_t token) {
  constexpr std::uint8_t kWithLength[] = {kError,     kInfo,          kLoginAck, kCapability,
                                          kEnvChange, kExtendedError, kSspi};
  return std::ranges::find(kWithLength, token) != std::end(kWithLength);
}

// SQL Server's numbers: the log-in failed; and what it says before that where the password was right, but the
// database can't be opened.
constexpr std::uint32_t kLoginFailed = 18'456;
constexpr std::uint32_t kNoSuchDatabase = 4060;

// The first byte of a LOGINACK: MS-TDS has an interface, 0 or 1, and TDS 5.0 what became of the log-in.
enum Acknowledged : std::uint8_t { kDefault = 0, kTsql = 1, kSucceeded5 = 5, kFailed5 = 6 };

enum class Told : std::uint8_t { kNothing, kRefused, kAccepted };

Told told_by_tokens(std::span<const std::uint8_t> body) {
  ByteReader reader(body);
  bool failed = false, no_database = false;
  while (!reader.empty()) {
    const std::uint8_t token = reader.u8();
    if (!has_length(token)) break;
    ByteReader value(reader.take(reader.little16()));
    if (reader.failed()) break;
    if (token == kError) {
      const std::uint32_t number = value.little32();
      failed = failed || number == kLoginFailed;
      no_database = no_database || number == kNoSuchDatabase;
    }
    if (token == kLoginAck) {
      const std::uint8_t says = value.u8();
      if (value.failed()) break;
      if (says == kDefault || says == kTsql || says == kSucceeded5) return Told::kAccepted;
      if (says == kFailed5) return Told::kRefused;
    }
  }
  return failed && !no_database ? Told::kRefused : Told::kNothing;
}

}  // namespace

TdsAnswer read_tds_answer(std::span<const std::uint8_t> bytes, bool ended) {
  constexpr int kMostPackets = 32;  // TLS' handshake, challenges of SSPI, and the answer
  TdsAnswer answer;
  std::size_t used = 0;
  for (int i = 0; i < kMostPackets; i++) {
    const auto rest = bytes.subspan(used);
    const auto packet = parse_tds_packet(rest);
    if (!packet) {
      const bool more = rest.size() < kTdsHeaderBytes && !ended;
      answer.need = more ? used + kTdsHeaderBytes : 0;
      return answer;
    }
    if (packet->type != TdsType::kPrelogin && packet->type != TdsType::kResponse) return answer;
    if (!packet->whole()) {
      answer.need = ended ? 0 : used + packet->length;
      return answer;
    }
    used += packet->length;
    if (packet->type == TdsType::kPrelogin) continue;
    const Told told = told_by_tokens(packet->body);
    if (told != Told::kNothing) answer.logins.take(told == Told::kAccepted);
    const bool challenge = !packet->body.empty() && packet->body.front() == kSspi;
    if (told != Told::kNothing || !challenge) return answer;
  }
  return answer;
}

}  // namespace vedette
