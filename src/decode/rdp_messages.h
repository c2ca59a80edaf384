// What the two sides of a Remote Desktop connection say in clear ([MS-RDPBCGR] §2.2.1.1 to §2.2.1.4): the
// X.224 connection request and confirm within TPKT (RFC 1006), and, where neither TLS nor CredSSP follows,
// the MCS connect messages (T.125) with the core data of client and server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vedette {

struct RdpSide {
  enum class State : std::uint8_t {
    kForeign,
    kUndecided,  // may be Remote Desktop: a connection of X.224 as others make it
    kSure,
  };
  State state = State::kUndecided;
  std::size_t need = 0;  // bytes at which looking again is of use; 0 where nothing more is to come
  std::size_t used = 0;  // bytes of the connection request or confirm; 0 until it is whole

  bool is_client = false;
  // Of the client.
  std::optional<std::string> user, routing_token;  // from the cookie
  std::optional<std::uint32_t> requested;          // security protocols, RDP_NEG_REQ
  std::optional<std::uint32_t> client_build;       // TS_UD_CS_CORE
  std::string client_name;
  // Of the server.
  std::optional<std::uint32_t> selected;  // RDP_NEG_RSP
  std::optional<std::uint32_t> failure;   // RDP_NEG_FAILURE
  // Of either: of its core data.
  std::optional<std::uint32_t> version;
};

[[nodiscard]] RdpSide read_rdp_side(std::span<const std::uint8_t> head);

}  // namespace vedette
