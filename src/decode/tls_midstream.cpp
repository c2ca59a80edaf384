#include "decode/tls_midstream.h"

#include <algorithm>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::size_t kHeaderBytes = 5;
constexpr std::uint16_t kLongest = (1 << 14) + 2048;  // of an encrypted record (RFC 5246 §6.2.3)

bool is_sound(std::uint8_t type, std::uint16_t version, std::uint16_t length) {
  enum : std::uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23 };
  if (version < 0x0300 || version > 0x0303 || length == 0 || length > kLongest) return false;
  if (type == kChangeCipherSpec) return length == 1;
  if (type == kAlert) return length == 2 || length > 16;  // in clear, or encrypted
  return type == kHandshake || type == kApplicationData;
}

// A header of which not all is known.
bool may_become_sound(std::span<const std::uint8_t> header) {
  return (header.empty() || (header[0] >= 20 && header[0] <= 23)) && (header.size() < 2 || header[1] == 3) &&
         (header.size() < 3 || header[2] <= 3);
}

}  // namespace

TlsRecordRun tls_record_run(std::span<const std::uint8_t> head) {
  TlsRecordRun run;
  for (std::size_t at = 0; run.records < kRecordsThatTell;) {
    if (at + kHeaderBytes > head.size()) {
      if (may_become_sound(head.subspan(std::min(at, head.size())))) run.need = at + kHeaderBytes;
      return run;
    }
    ByteReader reader(head.subspan(at));
    const std::uint8_t type = reader.u8();
    const std::uint16_t version = reader.u16(), length = reader.u16();
    if (!is_sound(type, version, length)) return run;
    run.records++;
    at += kHeaderBytes + length;
    run.whole = at == head.size();
  }
  return run;
}

}  // namespace vedette
