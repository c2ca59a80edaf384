// A client and a server that speak in lines and in turns: which of them comes next, and what to wait for.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "decode/decoder.h"
#include "decode/lines.h"

namespace vedette {

struct Dialogue {
  Dialogue(const Heads& heads, std::size_t client_side)
      : client(client_side),
        server(1 - client_side),
        commands(heads.bytes[client]),
        replies(heads.bytes[server]),
        ended(heads.ended) {}

  std::size_t client, server;  // sides of the flow
  Lines commands, replies;
  std::array<bool, 2> ended;

  // No further line than those that were read will come.
  [[nodiscard]] bool commands_end() const { return ended[client] || commands.over(); }
  [[nodiscard]] bool replies_end() const { return ended[server] || replies.over(); }

  // Where the answer to a STARTTLS is missing, the client's next bytes tell: whether they are still to come.
  [[nodiscard]] bool awaits_tls() const { return commands.rest().size() < 2 && !ended[client]; }

  // Waiting for the next line of the sides named, as far as they can still say one.
  [[nodiscard]] Answer wait(Verdict verdict, bool for_command, bool for_reply) const {
    Answer answer{.verdict = verdict};
    if (for_command && !commands_end()) answer.need[client] = commands.need();
    if (for_reply && !replies_end()) answer.need[server] = replies.need();
    return answer;
  }
  // The flow goes on in another protocol, behind the lines that were read.
  [[nodiscard]] Answer hand_on() const {
    Answer answer{.verdict = Verdict::kDone, .next = Next::kAny};
    answer.used[client] = commands.used();
    answer.used[server] = replies.used();
    return answer;
  }
};

// The first word of a text that may go on: as far as it is known, and whether it ends there. No word that a
// protocol knows is longer than kLongestWord, so that nobody looks through a flow's whole head for a blank.
struct FirstWord {
  static constexpr std::size_t kLongestWord = 24;

  explicit FirstWord(std::string_view text) {
    const std::string_view begin = text.substr(0, kLongestWord);
    const std::size_t end = begin.find_first_of(" \r\n");
    said = begin.substr(0, end);
    ended = end != std::string_view::npos;
  }
  // Whether it is, or may become, `word`.
  [[nodiscard]] bool may_be(std::string_view word) const {
    return ended ? word == said : word.starts_with(said);
  }

  std::string_view said;
  bool ended = false;
};

// Whether `text`, whole or not, may begin with one of `words`, which are in capitals, in any case of letters.
template <typename Words, typename WordOf = std::identity>
[[nodiscard]] bool may_begin_with(std::string_view text, const Words& words, WordOf word_of = {}) {
  const std::string known = upper_case(text.substr(0, FirstWord::kLongestWord));
  const FirstWord first(known);
  return std::ranges::any_of(
      words, [&](std::string_view word) { return first.may_be(word); }, word_of);
}

// Whether `text` begins with `word`, in any case of letters, and the word ends there.
[[nodiscard]] bool begins_with_word(std::string_view text, std::string_view word);
// Whether `word` stands anywhere in `text`, in any case of letters.
[[nodiscard]] bool mentions(std::string_view text, std::string_view word);
// What stands behind the first word of `line`.
[[nodiscard]] std::string_view argument_of(std::string_view line);
// Whether a TLS handshake record begins here (RFC 8446 §5.1): a client alone doesn't tell whether its
// STARTTLS was accepted, but what it says then does.
[[nodiscard]] bool goes_on_in_tls(std::string_view rest);

}  // namespace vedette
