// The decoders that may still know a conversation, and how they are asked: every one of its transport at
// first, those that say that it isn't theirs no more, one alone once it claims it.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decode/decoder.h"
#include "decode/registry.h"

namespace vedette {

struct Asked {
  Answer answer;
  std::size_t decoder = kMostDecoders;  // whose answer it is, where one of the registry claims the bytes
  std::string_view app;                 // that this one tells, where it is one alone
  Handshakes handshakes;
};

class Candidates {
 public:
  // `protocol`: IANA number of the transport, 6 TCP or 17 UDP.
  explicit Candidates(std::uint8_t protocol);

  // What the first says that claims the bytes; else what all say, each wanting to be asked again as early as
  // any. Where none is left, the verdict is kNotMine.
  [[nodiscard]] Asked ask(const Heads& heads);
  // After kMine: nobody else is asked any more.
  void keep_only(const Asked& asked);
  // After kDone: whom it leaves the rest to.
  void hand_on(const Asked& asked);

 private:
  [[nodiscard]] Asked ask_all(const Heads& heads);

  std::uint8_t protocol_;
  std::bitset<kMostDecoders> left_;  // by their place among decoders()
  Decode named_ = nullptr;           // it alone
};

}  // namespace vedette
