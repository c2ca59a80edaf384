// `vedette watch` for people: a line a packet, in columns that widen where an address needs it and then stay
// so.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace vedette {

// One thread at a time.
class PacketLines {
 public:
  explicit PacketLines(bool color) : color_(color) {}

  void append_heading(fmt::memory_buffer& out) const;
  // `object` is a packet as the contract has it, without white space between tokens.
  void append(fmt::memory_buffer& out, std::string_view object);

 private:
  enum Column { kTime, kInterface, kDirection, kSource, kDestination, kProtocol, kLength, kColumns };

  bool color_;
  // Of 80 characters, 71 with the spaces between; the rest is for flags.
  std::array<std::size_t, kColumns> widths_{15, 6, 3, 17, 17, 5, 5};
};

}  // namespace vedette
