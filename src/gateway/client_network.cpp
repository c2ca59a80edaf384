#include "gateway/client_network.h"

namespace vedette {

boost::asio::ip::address plain_address(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  if (address.is_v6()) return boost::asio::ip::address_v6(address.to_v6().to_bytes());
  return address;
}

ClientNetwork ClientNetwork::of(const boost::asio::ip::address& address) {
  const auto plain = plain_address(address);
  if (plain.is_v4()) return {plain.to_v4().to_uint(), false};
  ClientNetwork network{0, true};
  const auto bytes = plain.to_v6().to_bytes();
  for (std::size_t at = 0; at < sizeof(network.bits); at++) network.bits = network.bits << 8U | bytes[at];
  return network;
}

}  // namespace vedette
