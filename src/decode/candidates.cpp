#include "decode/candidates.h"

#include <array>

#include "parse/protocols.h"

namespace vedette {

namespace {

// Of the decoders of TCP, those that a direction's first byte leaves while the other one is silent: what they
// say of it alone, asked once for each value. Most flows come with one that a handful of decoders know.
class FirstBytes {
 public:
  const std::bitset<kMostDecoders>& leave(std::size_t side, std::uint8_t byte) {
    Row& row = rows_[side][byte];
    if (!row.asked) ask(row, side, byte);
    return row.left;
  }

 private:
  struct Row {
    bool asked = false;
    std::bitset<kMostDecoders> left;
  };
  static void ask(Row& row, std::size_t side, std::uint8_t byte) {
    const Arrival arrival{.end = 1};
    Heads heads;
    heads.bytes[side] = {&byte, 1};
    heads.arrivals[side] = {&arrival, 1};
    const auto all = decoders();
    Handshakes none;
    for (std::size_t i = 0; i < all.size(); i++) {
      heads.ports = {all[i].port, all[i].port};
      row.left[i] = all[i].protocol == VDT_IP_TCP && all[i].decode(heads, none).verdict != Verdict::kNotMine;
    }
    row.asked = true;
  }
  std::array<std::array<Row, 256>, 2> rows_;
};

const std::bitset<kMostDecoders>& decoders_for(std::uint8_t protocol) {
  static const auto kOf = [](std::uint8_t wanted) {
    std::bitset<kMostDecoders> candidates;
    const auto all = decoders();
    for (std::size_t i = 0; i < all.size(); i++) candidates[i] = all[i].protocol == wanted;
    return candidates;
  };
  static const std::bitset<kMostDecoders> kTcp = kOf(VDT_IP_TCP), kUdp = kOf(VDT_IP_UDP);
  return protocol == VDT_IP_TCP ? kTcp : kUdp;
}

}  // namespace

Candidates::Candidates(std::uint8_t protocol) : protocol_(protocol), left_(decoders_for(protocol)) {}

Asked Candidates::ask(const Heads& heads) {
  if (!named_) return ask_all(heads);
  Asked asked;
  asked.answer = named_(heads, asked.handshakes);
  return asked;
}

Asked Candidates::ask_all(const Heads& heads) {
  static thread_local FirstBytes first_bytes;
  for (std::size_t side = 0; side < 2; side++)
    if (protocol_ == VDT_IP_TCP && !heads.bytes[side].empty() && heads.bytes[1 - side].empty())
      left_ &= first_bytes.leave(side, heads.bytes[side][0]);
  Asked asked;
  Answer all_of_them;
  const auto all = decoders();
  for (std::size_t i = 0; i < all.size(); i++) {
    if (!left_[i]) continue;
    const Answer answer = all[i].decode(heads, asked.handshakes);
    if (answer.verdict == Verdict::kMine || answer.verdict == Verdict::kDone) {
      asked.answer = answer;
      asked.decoder = i;
      asked.app = all[i].name;
      return asked;
    }
    if (answer.verdict == Verdict::kNotMine) {
      left_.reset(i);
      continue;
    }
    for (std::size_t side = 0; side < 2; side++)
      if (answer.need[side] != 0 &&
          (all_of_them.need[side] == 0 || answer.need[side] < all_of_them.need[side]))
        all_of_them.need[side] = answer.need[side];
  }
  if (left_.none()) all_of_them.verdict = Verdict::kNotMine;
  asked.answer = all_of_them;
  return asked;
}

void Candidates::keep_only(const Asked& asked) {
  if (asked.decoder == kMostDecoders) return;
  left_.reset();
  left_.set(asked.decoder);
}

void Candidates::hand_on(const Asked& asked) {
  switch (asked.answer.next) {
    case Next::kNobody:
      left_.reset();
      named_ = nullptr;
      return;
    case Next::kSame:
      if (named_) return;
      if (protocol_ == VDT_IP_TCP) return keep_only(asked);
      left_ = decoders_for(protocol_);
      return;
    case Next::kAny:
      left_ = decoders_for(protocol_);
      named_ = nullptr;
      return;
    case Next::kNamed:
      named_ = asked.answer.named;
      return;
  }
}

}  // namespace vedette
