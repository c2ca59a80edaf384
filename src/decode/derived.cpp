#include "decode/derived.h"

#include <algorithm>
#include <iterator>

#include "decode/candidates.h"

namespace vedette {

namespace {

// What of `derived` nobody has used yet.
class Rest {
 public:
  Rest(const DerivedBytes& derived, const Heads& outer) : derived_(derived) {
    heads_.ended = derived.ended;
    heads_.now = outer.now;
    heads_.depth = static_cast<std::uint8_t>(outer.depth + 1);
    arrivals_ = derived.arrivals;
    use({});
  }

  void use(const std::array<std::size_t, 2>& count) {
    for (std::size_t side = 0; side < 2; side++) {
      used_[side] += count[side];
      const std::size_t gone = std::min(used_[side], derived_.bytes[side].size());
      heads_.bytes[side] = std::span(derived_.bytes[side]).subspan(gone);
      std::erase_if(arrivals_[side], [&](const Arrival& arrival) { return arrival.end <= count[side]; });
      for (Arrival& arrival : arrivals_[side]) arrival.end -= static_cast<std::uint32_t>(count[side]);
      heads_.arrivals[side] = arrivals_[side];
    }
  }

  [[nodiscard]] const Heads& heads() const { return heads_; }
  [[nodiscard]] bool empty() const { return heads_.bytes[0].empty() && heads_.bytes[1].empty(); }
  [[nodiscard]] bool ended() const { return heads_.ended[0] && heads_.ended[1]; }

  // In the derived bytes, what is needed of the rest.
  [[nodiscard]] std::array<std::size_t, 2> need(const std::array<std::size_t, 2>& of_rest) const {
    std::array<std::size_t, 2> need{};
    for (std::size_t side = 0; side < 2; side++)
      if (of_rest[side] != 0) need[side] = used_[side] + of_rest[side];
    return need;
  }

 private:
  const DerivedBytes& derived_;
  Heads heads_;
  std::array<std::vector<Arrival>, 2> arrivals_;
  std::array<std::size_t, 2> used_{};
};

}  // namespace

void DerivedBytes::add(std::size_t side, std::span<const std::uint8_t> more, Nanoseconds time, bool cut) {
  if (more.empty()) return;
  bytes[side].insert(bytes[side].end(), more.begin(), more.end());
  arrivals[side].push_back({.end = static_cast<std::uint32_t>(bytes[side].size()), .cut = cut, .time = time});
}

Answer decode_derived(const DerivedBytes& derived, const Heads& outer, std::uint8_t protocol,
                      Handshakes& handshakes) {
  if (outer.depth >= kMostDepth) return {.verdict = Verdict::kNotMine};
  Candidates candidates(protocol);
  Rest rest(derived, outer);
  const std::size_t before = handshakes.size();
  for (;;) {
    const std::size_t stand = handshakes.size() - before;
    if (stand >= kMostDerived) return {.verdict = Verdict::kDone, .stand = stand};
    if (rest.empty()) {
      if (rest.ended()) return {.verdict = stand > 0 ? Verdict::kDone : Verdict::kNotMine, .stand = stand};
      return {.verdict = stand > 0 ? Verdict::kMine : Verdict::kUndecided,
              .need = rest.need({1, 1}),
              .stand = stand};
    }
    Asked asked = candidates.ask(rest.heads());
    const Answer& answer = asked.answer;
    if (answer.verdict == Verdict::kNotMine)
      return {.verdict = stand > 0 ? Verdict::kDone : Verdict::kNotMine, .stand = stand};
    std::ranges::move(asked.handshakes, std::back_inserter(handshakes));
    if (answer.verdict != Verdict::kDone) {
      const bool claimed = stand > 0 || answer.verdict == Verdict::kMine;
      return {.verdict = claimed ? Verdict::kMine : Verdict::kUndecided,
              .need = rest.need(answer.need),
              .stand = stand + answer.stand};
    }
    if (answer.next == Next::kNobody)
      return {.verdict = handshakes.size() > before ? Verdict::kDone : Verdict::kNotMine,
              .stand = handshakes.size() - before};
    rest.use(answer.used);
    candidates.hand_on(asked);
  }
}

}  // namespace vedette
