// What stands in the control packets of one side of OpenVPN, where they aren't encrypted: the bytes of its
// TLS connection, in pieces that are numbered and sent again until the other side has acknowledged them
// (draft-schwarze-openvpn-protocol, "Reliable messages").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vedette {

class OpenvpnControl {
 public:
  // `protection` bytes of HMAC, number and time stand behind the session's.
  explicit OpenvpnControl(std::size_t protection) : protection_(protection) {}

  // A packet of this side, which may be of any kind.
  void add(std::span<const std::uint8_t> packet);

  // What is known without a gap from the first byte on.
  [[nodiscard]] std::vector<std::uint8_t> stream() const;

 private:
  std::size_t protection_;
  std::vector<std::span<const std::uint8_t>> pieces_;  // by number less one; empty where it is missing
};

}  // namespace vedette
