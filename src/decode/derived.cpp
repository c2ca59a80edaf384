#include "decode/derived.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "decode/candidates.h"

namespace vedette {

namespace {

// `derived` as it came, arrival by arrival, without what was used: who is asked, and says what, then hangs on
// nothing that came later.
class Replay {
 public:
  Replay(const DerivedBytes& derived, const Heads& outer) : derived_(derived) {
    heads_.depth = static_cast<std::uint8_t>(outer.depth + 1);
    show();
  }

  // False where all has come.
  bool take_next() {
    const auto left = [&](std::size_t side) { return taken_[side] < derived_.arrivals[side].size(); };
    if (!left(0) && !left(1)) return false;
    const auto time = [&](std::size_t side) { return derived_.arrivals[side][taken_[side]].time; };
    const std::size_t side = !left(0) || (left(1) && time(1) < time(0)) ? 1 : 0;
    heads_.now = time(side);
    taken_[side]++;
    show();
    return true;
  }

  void use(const std::array<std::size_t, 2>& count) {
    for (std::size_t side = 0; side < 2; side++) used_[side] += count[side];
    show();
  }

  [[nodiscard]] const Heads& heads() const { return heads_; }
  [[nodiscard]] bool empty() const { return heads_.bytes[0].empty() && heads_.bytes[1].empty(); }
  [[nodiscard]] bool ended() const { return heads_.ended[0]; }  // both have
  [[nodiscard]] bool has(const std::array<std::size_t, 2>& need) const {
    return (need[0] != 0 && heads_.bytes[0].size() >= need[0]) ||
           (need[1] != 0 && heads_.bytes[1].size() >= need[1]);
  }
  // In the derived bytes, what is needed of those that are left.
  [[nodiscard]] std::array<std::size_t, 2> need(const std::array<std::size_t, 2>& of_rest) const {
    std::array<std::size_t, 2> need{};
    for (std::size_t side = 0; side < 2; side++)
      if (of_rest[side] != 0) need[side] = used_[side] + of_rest[side];
    return need;
  }

 private:
  void show() {
    for (std::size_t side = 0; side < 2; side++) {
      const auto came = std::span(derived_.arrivals[side]).first(taken_[side]);
      const std::size_t known = came.empty() ? 0 : came.back().end;
      const std::size_t begin = std::min(used_[side], known);
      heads_.bytes[side] = std::span(derived_.bytes[side]).subspan(begin, known - begin);
      arrivals_[side].clear();
      for (Arrival arrival : came) {
        if (arrival.end <= begin) continue;
        arrival.end -= static_cast<std::uint32_t>(begin);
        arrivals_[side].push_back(arrival);
      }
      heads_.arrivals[side] = arrivals_[side];
    }
    // One side's end alone is not told: bytes of the other may come that would be asked about before it.
    const auto all = [&](std::size_t side) { return taken_[side] == derived_.arrivals[side].size(); };
    const bool ended = derived_.ended[0] && derived_.ended[1] && all(0) && all(1);
    heads_.ended = {ended, ended};
  }

  const DerivedBytes& derived_;
  Heads heads_;
  std::array<std::vector<Arrival>, 2> arrivals_;
  std::array<std::size_t, 2> taken_{};  // arrivals
  std::array<std::size_t, 2> used_{};   // bytes
};

// More bytes may be there, and more may be told.
Answer waiting(const Replay& replay, const Asked& last, std::size_t stand, Handshakes& handshakes) {
  const bool claimed = stand > 0 || last.answer.verdict == Verdict::kMine;
  const Answer answer{.verdict = claimed ? Verdict::kMine : Verdict::kUndecided,
                      .need = replay.need(last.answer.need),
                      .stand = stand + last.answer.stand};
  handshakes.insert(handshakes.end(), last.handshakes.begin(), last.handshakes.end());
  return answer;
}

Answer over(std::size_t stand) {
  return {.verdict = stand > 0 ? Verdict::kDone : Verdict::kNotMine, .stand = stand};
}

}  // namespace

void DerivedBytes::add(std::size_t side, std::span<const std::uint8_t> more, Nanoseconds time) {
  if (!arrivals[side].empty() && arrivals[side].back().time == time) {
    bytes[side].insert(bytes[side].end(), more.begin(), more.end());
    arrivals[side].back().end = static_cast<std::uint32_t>(bytes[side].size());
    return;
  }
  add_datagram(side, more, time, false);
}

void DerivedBytes::add_datagram(std::size_t side, std::span<const std::uint8_t> more, Nanoseconds time,
                                bool cut) {
  if (more.empty()) return;
  bytes[side].insert(bytes[side].end(), more.begin(), more.end());
  arrivals[side].push_back({.end = static_cast<std::uint32_t>(bytes[side].size()), .cut = cut, .time = time});
}

Answer decode_derived(const DerivedBytes& derived, const Heads& outer, std::uint8_t protocol,
                      Handshakes& handshakes) {
  if (outer.depth >= kMostDepth) return {.verdict = Verdict::kNotMine};
  Candidates candidates(protocol);
  Replay replay(derived, outer);
  Asked last;  // since something was used: what nobody has said all of
  last.answer.need = {1, 1};
  const std::size_t before = handshakes.size();
  for (std::size_t asked_times = 0;; asked_times++) {
    const std::size_t stand = handshakes.size() - before;
    if (stand >= kMostDerived) return over(stand);
    while (!replay.has(last.answer.need) && replay.take_next()) {
    }
    if (replay.empty()) return replay.ended() ? over(stand) : waiting(replay, last, stand, handshakes);
    if (!replay.has(last.answer.need) && !replay.ended()) return waiting(replay, last, stand, handshakes);
    if (asked_times >= kMostAsked) {
      handshakes.insert(handshakes.end(), last.handshakes.begin(),
                        last.handshakes.begin() + static_cast<std::ptrdiff_t>(last.answer.stand));
      return over(handshakes.size() - before);
    }
    Asked asked = candidates.ask(replay.heads());
    const Verdict verdict = asked.answer.verdict;
    if (verdict == Verdict::kNotMine) return over(stand);
    if (verdict == Verdict::kDone) {
      std::ranges::move(asked.handshakes, std::back_inserter(handshakes));
      if (asked.answer.next == Next::kNobody) return over(handshakes.size() - before);
      replay.use(asked.answer.used);
      candidates.hand_on(asked);
      last = {};
      last.answer.need = {1, 1};
      continue;
    }
    if (verdict == Verdict::kMine) candidates.keep_only(asked);
    last = std::move(asked);
    if (replay.ended()) return waiting(replay, last, stand, handshakes);
  }
}

}  // namespace vedette
