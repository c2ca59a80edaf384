// Networks, each with whose it is, and the narrowest of them that holds an address: 24 bytes a network, and a
// bit for each IPv4 network of 24 bits, so that nearly all addresses that are in none cost one access to
// memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "base/prefix.h"

namespace vedette {

// Filled by one thread, then sorted; from then on asked by any number of them.
class NetworkIndex {
 public:
  void add(const Prefix& network, std::uint16_t owner);
  // Once all are added. Of networks that were added twice the first stays.
  void sort();

  struct Held {
    Prefix network;
    std::uint16_t owner = 0;
  };
  [[nodiscard]] std::optional<Held> find(const vdt_address& address, std::uint8_t ip_version) const;
  [[nodiscard]] std::size_t size() const { return networks_.size(); }

 private:
  using Bits = std::array<std::uint64_t, 2>;  // of an address, the first one highest

  struct Network {
    Bits address;
    std::uint32_t holder;  // the narrowest network that holds this one; itself where none does
    std::uint16_t owner;
    std::uint8_t length;
    std::uint8_t ip_version;

    [[nodiscard]] bool holds(const Bits& other) const;
    [[nodiscard]] auto place() const { return std::tuple(ip_version, address, length); }
  };

  [[nodiscard]] static Bits bits_of(const vdt_address& address);
  [[nodiscard]] static Prefix prefix_of(const Network& network);
  void set_bits(const Network& network);

  std::vector<Network> networks_;
  std::vector<std::uint64_t> ipv4_bits_;  // empty: there is no IPv4 network
};

}  // namespace vedette
