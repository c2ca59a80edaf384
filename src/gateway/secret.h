// Secrets and what is kept of them: random text, digests, and comparing without telling by time where two
// differ. By libsodium.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vedette {

// BLAKE2b of 256 bits. Enough for secrets that are random themselves; passwords take argon2id.
using Digest = std::array<std::uint8_t, 32>;

// Once, before all others.
[[nodiscard]] Result<void> begin_secrets();

// So many random bytes in base64url without padding: letters, digits, "-" and "_".
[[nodiscard]] std::string random_token(std::size_t bytes);

// 16 hexadecimal digits: names a thing, and isn't secret.
[[nodiscard]] std::string random_id();

[[nodiscard]] Digest digest_of(std::string_view secret);

// In a time that depends on their lengths alone.
[[nodiscard]] bool same_secret(std::string_view left, std::string_view right);
[[nodiscard]] bool same_digest(const Digest& left, const Digest& right);

// 64 hexadecimal digits, and back; nothing where the text isn't that.
[[nodiscard]] std::string digest_text(const Digest& digest);
[[nodiscard]] std::optional<Digest> parse_digest(std::string_view text);

}  // namespace vedette
