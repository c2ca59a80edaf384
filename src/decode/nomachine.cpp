#include "decode/nomachine.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

constexpr std::string_view kClient = "NXSH-", kServer = "NXD-";
constexpr std::size_t kLongestLine = 24;

struct Side {
  SideView view;
  bool client = false;
  std::string_view version;
  std::size_t used = 0;
};

// "8.10.1": three numbers.
bool is_version(std::string_view text) {
  std::size_t numbers = 0;
  for (; !text.empty(); numbers++) {
    const std::string_view number = take_until(text, '.');
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (number.empty() || !std::ranges::all_of(number, is_digit)) return false;
  }
  return numbers == 3;
}

Side read_side(std::span<const std::uint8_t> head) {
  Side side;
  std::string_view text = text_of(head);
  const auto begins = [&](std::string_view word) { return word.starts_with(text.substr(0, word.size())); };
  side.client = begins(kClient);
  side.view.need = head.size() + 1;
  std::string_view rest = text.substr(0, kLongestLine);
  const std::size_t known = rest.size();
  const auto line = take_line(rest);
  if ((!side.client && !begins(kServer)) || (!line && text.size() >= kLongestLine)) {
    side.view.said = Said::kForeign;
    return side;
  }
  if (!line) return side;
  const std::size_t name = (side.client ? kClient : kServer).size();
  side.version = line->substr(std::min(name, line->size()));
  side.used = known - rest.size();
  side.view.said = is_version(side.version) ? Said::kAll : Said::kForeign;
  return side;
}

}  // namespace

Answer decode_nomachine(const Heads& heads, Handshakes& handshakes) {
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; i++) sides[i] = read_side(heads.bytes[i]);
  const auto said = [&](std::size_t i) { return sides[i].view.said == Said::kAll; };
  const auto other = [&](std::size_t i) {
    return sides[i].view.said == Said::kForeign && !heads.bytes[i].empty();
  };
  if (other(0) || other(1) || (said(0) && said(1) && sides[0].client == sides[1].client))
    return {.verdict = Verdict::kNotMine};
  Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict == Verdict::kMine) answer.verdict = Verdict::kUndecided;  // the other's line may be none
  if (answer.verdict != Verdict::kDone) return answer;
  Handshake handshake;
  handshake.app = "nomachine";
  for (const bool client : {true, false})
    for (std::size_t i = 0; i < 2; i++)
      if (said(i) && sides[i].client == client)
        handshake.add(client ? "client_version" : "server_version", std::string(sides[i].version));
  handshakes.push_back(std::move(handshake));
  answer.next = Next::kAny;
  answer.used = {sides[0].used, sides[1].used};
  return answer;
}

}  // namespace vedette
