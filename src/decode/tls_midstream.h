// TLS whose hellos were not seen, since the capture or the sensor began later: told by its records (RFC 8446
// §5.1) following one another, or by one that all ends with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vedette {

// So many sound headers, both directions together, are no accident: each fits by chance once in 10⁶.
inline constexpr std::size_t kRecordsThatTell = 2;

struct TlsRecordRun {
  std::size_t records = 0;  // headers that are sound, each where the record before it ends
  std::size_t need = 0;     // bytes of the head up to the end of the next header; 0 = no use
  bool whole = false;       // the head ends where the last of them does
};

// The first kRecordsThatTell records of a direction's head. Sound is a header of a known type with a version
// of SSL 3 to TLS 1.2, which TLS 1.3 repeats, and a length that the type may have.
[[nodiscard]] TlsRecordRun tls_record_run(std::span<const std::uint8_t> head);

}  // namespace vedette
