#include "detect/network_index.h"

#include <algorithm>
#include <tuple>

namespace vedette {

namespace {

constexpr int kBitLength = 24;  // of the networks that have a bit
constexpr std::size_t kBits = std::size_t{1} << kBitLength;

constexpr std::uint64_t first_bits(int count) {
  if (count <= 0) return 0;
  return count >= 64 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} >> count);
}

}  // namespace

NetworkIndex::Bits NetworkIndex::bits_of(const vdt_address& address) {
  Bits bits{};
  for (std::size_t at = 0; at < sizeof address.bytes; at++)
    bits[at / 8] = bits[at / 8] << 8 | address.bytes[at];
  return bits;
}

Prefix NetworkIndex::prefix_of(const Network& network) {
  vdt_address address{};
  for (std::size_t at = 0; at < sizeof address.bytes; at++)
    address.bytes[at] = static_cast<std::uint8_t>(network.address[at / 8] >> (56 - at % 8 * 8));
  return vedette::prefix_of(address, network.ip_version, network.length);
}

bool NetworkIndex::Network::holds(const Bits& other) const {
  return ((address[0] ^ other[0]) & first_bits(length)) == 0 &&
         ((address[1] ^ other[1]) & first_bits(length - 64)) == 0;
}

void NetworkIndex::add(const Prefix& network, std::uint16_t owner) {
  networks_.push_back({bits_of(network.address), 0, owner, network.length, network.ip_version});
}

void NetworkIndex::set_bits(const Network& network) {
  ipv4_bits_.resize(kBits / 64);
  const std::size_t first = network.address[0] >> (64 - kBitLength);
  const std::size_t count =
      network.length >= kBitLength ? 1 : std::size_t{1} << (kBitLength - network.length);
  for (std::size_t at = first; at < first + count; at++) ipv4_bits_[at / 64] |= std::uint64_t{1} << at % 64;
}

void NetworkIndex::sort() {
  std::ranges::stable_sort(networks_, {}, &Network::place);
  const auto twice = std::ranges::unique(networks_, {}, &Network::place);
  networks_.erase(twice.begin(), twice.end());
  networks_.shrink_to_fit();
  std::vector<std::uint32_t> open;  // those around the one that is looked at, the widest first
  for (std::uint32_t at = 0; at < networks_.size(); at++) {
    Network& network = networks_[at];
    const auto around = [&](std::uint32_t other) {
      return networks_[other].ip_version == network.ip_version && networks_[other].holds(network.address);
    };
    while (!open.empty() && !around(open.back())) open.pop_back();
    network.holder = open.empty() ? at : open.back();
    open.push_back(at);
    if (network.ip_version == 4) set_bits(network);
  }
}

std::optional<NetworkIndex::Held> NetworkIndex::find(const vdt_address& address,
                                                     std::uint8_t ip_version) const {
  const Bits bits = bits_of(address);
  if (ip_version == 4) {
    const std::size_t bit = bits[0] >> (64 - kBitLength);
    if (ipv4_bits_.empty() || !(ipv4_bits_[bit / 64] >> bit % 64 & 1)) return {};
  }
  const auto after = std::ranges::upper_bound(networks_, std::tuple(ip_version, bits, std::uint8_t{128}), {},
                                              &Network::place);
  if (after == networks_.begin()) return {};
  // What stands before it and doesn't hold the address lies in all that do.
  auto at = static_cast<std::uint32_t>(after - networks_.begin() - 1);
  while (networks_[at].ip_version != ip_version || !networks_[at].holds(bits)) {
    if (networks_[at].holder == at) return {};
    at = networks_[at].holder;
  }
  return Held{prefix_of(networks_[at]), networks_[at].owner};
}

}  // namespace vedette
