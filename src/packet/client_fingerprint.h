// Which software a flow's client is, by its hello: JA4 (TLS, DTLS, QUIC: https://github.com/FoxIO-LLC/ja4) or
// HASSH (SSH: https://github.com/salesforce/hassh), by number: a flow's record has room for four bytes, and a
// host's flows share a few hundred. Numbers are the process' own; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

inline constexpr std::uint32_t kNoFingerprint = 0;

// Whoever says hello chooses his own, so only so many are kept: of those that were not asked for since the
// last round, one makes room, and what had its number then has none that is known.
inline constexpr std::size_t kMostFingerprints = 16'384;
[[nodiscard]] std::uint32_t client_fingerprint_number(std::string_view text);

// Empty of kNoFingerprint, and where another one has taken its place.
[[nodiscard]] std::string client_fingerprint(std::uint32_t number);

}  // namespace vedette
