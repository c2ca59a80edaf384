// Whom a limit counts as one: an IPv4 address, or the /64 of an IPv6 address, in which one host has as many
// addresses as it likes.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <compare>
#include <cstdint>

namespace vedette {

struct ClientNetwork {
  std::uint64_t bits = 0;
  bool is_v6 = false;

  // IPv4 addresses within IPv6 ("::ffff:192.0.2.1") are those of IPv4.
  [[nodiscard]] static ClientNetwork of(const boost::asio::ip::address& address);

  friend auto operator<=>(const ClientNetwork&, const ClientNetwork&) = default;
};

// The address as others would write it: an IPv4 address within IPv6 as that, no interface behind a local one.
[[nodiscard]] boost::asio::ip::address plain_address(const boost::asio::ip::address& address);

}  // namespace vedette
