// One STUN message (RFC 8489 §5; RFC 3489 §11 without the magic cookie), and TURN's ChannelData (RFC 8656
// §12.4), which share a flow with DTLS and RTP (RFC 7983).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vedette {

struct StunMessage {
  enum class Class : std::uint8_t { kRequest, kIndication, kSuccess, kError };

  Class kind = Class::kRequest;
  std::uint16_t method = 0;
  bool has_cookie = false;  // or else it is RFC 3489's
  bool classic = false;     // its attributes are all RFC 3489's
  std::span<const std::uint8_t> transaction;
  std::string software;
  int error = 0;         // 401; 0 where there is none
  std::size_t size = 0;  // of the whole message
};

inline constexpr std::size_t kStunHeader = 20;

// "binding"; empty where nobody registered it.
[[nodiscard]] std::string_view stun_method_name(std::uint16_t method);

// The message at the beginning of `bytes`. Where it isn't there to its end, what there is. Without the magic
// cookie it is one only if it ends where `bytes` do, and its last attribute too.
[[nodiscard]] std::optional<StunMessage> parse_stun(std::span<const std::uint8_t> bytes);

// The size of the ChannelData message at the beginning of `bytes`; 0 where there is none.
[[nodiscard]] std::size_t channel_data_size(std::span<const std::uint8_t> bytes);

}  // namespace vedette
