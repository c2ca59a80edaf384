// What most decoders conclude from their two directions: each has said nothing yet, something foreign, or
// something that only this protocol says; the flow is the protocol's as soon as one direction surely is.
#pragma once

#include <array>

#include "decode/decoder.h"

namespace vedette {

enum class Said : std::uint8_t {
  kNothing,  // that decides anything
  kForeign,  // can't be this protocol
  kPartly,   // surely is, and more bytes tell more
  kAll,      // surely is, and all that will be told of this direction is known
};

struct SideView {
  Said said = Said::kNothing;
  std::size_t need = 0;  // bytes at which looking again is of use

  [[nodiscard]] bool sure() const { return said == Said::kPartly || said == Said::kAll; }
};

// The facts are to be told where it is kDone.
[[nodiscard]] inline Answer settle(const Heads& heads, const std::array<SideView, 2>& sides) {
  Answer answer;
  for (std::size_t i = 0; i < 2; i++)
    if (!heads.ended[i] && (sides[i].said == Said::kNothing || sides[i].said == Said::kPartly))
      answer.need[i] = sides[i].need;
  if (sides[0].sure() || sides[1].sure()) {
    const bool waits = answer.need[0] != 0 || answer.need[1] != 0;
    answer.verdict = waits ? Verdict::kMine : Verdict::kDone;
    return answer;
  }
  const auto silent = [&](std::size_t i) {
    return sides[i].said == Said::kForeign || heads.bytes[i].empty() || heads.ended[i];
  };
  const bool foreign = sides[0].said == Said::kForeign || sides[1].said == Said::kForeign;
  if ((foreign && silent(0) && silent(1)) || (heads.ended[0] && heads.ended[1]))
    answer.verdict = Verdict::kNotMine;
  return answer;
}

// When the byte at `offset` came.
[[nodiscard]] inline Nanoseconds time_at(std::span<const Arrival> arrivals, std::size_t offset) {
  for (const Arrival& arrival : arrivals)
    if (arrival.end > offset) return arrival.time;
  return {};
}

}  // namespace vedette
