// The first packets of Google's own QUIC, Q024 to Q048, whose handshake messages stand in clear: "QUIC Wire
// Layout Specification" and "QUIC Crypto" (Google, 2013 to 2018), Chromium's quic_framer.cc and
// crypto_framer.cc. Q050 protects the packets as QUIC does, and its messages are these.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vedette {

// A client's CHLO, or a server's REJ or SHLO.
struct GquicMessage {
  bool client = false;
  bool whole = true;                        // false: its last values are cut off
  std::optional<std::string> server_name;   // SNI
  std::optional<std::string> user_agent;    // UAID
  std::optional<std::string> proof_demand;  // PDMD: which kinds of proof the client takes: "X509"
};

// The message that `bytes` begin with; it may be cut short.
[[nodiscard]] std::optional<GquicMessage> parse_gquic_message(std::span<const std::uint8_t> bytes);

struct GquicPacket {
  std::optional<std::uint32_t> version;  // in the public header only as long as the client isn't sure of it
  std::vector<std::uint32_t> versions;   // of a server's version negotiation
  std::optional<GquicMessage> message;   // the first that stands in it in clear
};

// A datagram; nothing where it is none of Google's, or doesn't say so surely.
[[nodiscard]] std::optional<GquicPacket> parse_gquic_packet(std::span<const std::uint8_t> datagram);

}  // namespace vedette
