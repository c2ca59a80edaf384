// Handshake messages out of the datagrams of one direction of a DTLS connection (RFC 6347 §4.1 and §4.2, RFC
// 9147 §4 and §5): a datagram holds records, a handshake record holds fragments of messages, and fragments
// come in any order, overlapping and again. Only records in clear are read, which are those of epoch 0.
//
// Others may share the flow (RFC 7983, WebRTC): STUN messages and TURN ChannelData (RFC 8656 §12.4) are
// passed over, and a datagram that ChannelData carries is taken for one of the flow; behind a DTLS record so
// is whatever isn't DTLS (SRTP).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "decode/decoder.h"

namespace vedette {

// A handshake message, as far as it is known from its first byte on.
struct DtlsMessage {
  std::uint8_t type = 0;
  std::vector<std::uint8_t> body;
  std::size_t size = 0;  // bytes that its fragments announce

  [[nodiscard]] bool whole() const { return body.size() == size; }
};

class DtlsMessages {
 public:
  // Reads all datagrams of a direction; `bytes` must outlive this.
  DtlsMessages(std::span<const std::uint8_t> bytes, std::span<const Arrival> arrivals);

  // The first datagram that is neither STUN nor ChannelData doesn't begin with a record of DTLS.
  [[nodiscard]] bool foreign() const { return foreign_; }
  // A datagram was DTLS.
  [[nodiscard]] bool any() const { return any_; }
  // A change_cipher_spec, an encrypted record or a fatal alert came: no more messages in clear are to be
  // expected.
  [[nodiscard]] bool over() const { return over_; }
  // Of the first record that isn't of epoch 0: such ones carry the version that was negotiated.
  [[nodiscard]] std::optional<std::uint16_t> ciphered_version() const { return ciphered_version_; }

  // Message number `sequence` of the direction, counted by the sender from 0; none where nothing is known of
  // it.
  [[nodiscard]] std::optional<DtlsMessage> message(std::uint16_t sequence) const;
  // Numbers of which anything is known, in order.
  [[nodiscard]] std::vector<std::uint16_t> sequences() const;

 private:
  struct Fragment {
    std::uint16_t sequence;
    std::uint8_t type;
    std::size_t size, offset;
    std::span<const std::uint8_t> bytes;
  };

  void read_datagram(std::span<const std::uint8_t> datagram, bool cut);
  void read_fragments(std::span<const std::uint8_t> content);

  bool foreign_ = false, any_ = false, over_ = false;
  std::optional<std::uint16_t> ciphered_version_;
  std::vector<Fragment> fragments_;  // ordered by sequence and offset
};

}  // namespace vedette
