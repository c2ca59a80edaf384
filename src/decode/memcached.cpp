#include "decode/memcached.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/dialogue.h"

namespace vedette {

namespace {

constexpr std::string_view kCommands[] = {"get",     "gets",   "gat",     "gats",    "set",       "add",
                                          "replace", "append", "prepend", "cas",     "incr",      "decr",
                                          "touch",   "delete", "stats",   "version", "verbosity", "flush_all",
                                          "mg",      "ms",     "md",      "mn",      "quit"};
constexpr std::string_view kReplies[] = {"VALUE",     "END",     "STORED",       "NOT_STORED",   "EXISTS",
                                         "NOT_FOUND", "DELETED", "TOUCHED",      "STAT",         "VERSION",
                                         "OK",        "ERROR",   "CLIENT_ERROR", "SERVER_ERROR", "RESET"};

template <typename Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::ranges::find(words, word) != std::end(words);
}

// Whether `text`, whole or not, may begin with one of `words`.
template <typename Words>
bool may_begin(std::string_view text, const Words& words) {
  const FirstWord first(text);
  return std::ranges::any_of(words, [&](std::string_view word) { return first.may_be(word); });
}

std::string_view first_word(std::string_view line) {
  return line.substr(0, line.find(' '));
}

// "get key", "stats": a command and as many arguments as it wants.
bool is_command(std::string_view line) {
  const std::string_view word = first_word(line);
  if (!is_one_of(word, kCommands)) return false;
  const auto blanks = std::ranges::count(line, ' ');
  if (word == "stats" || word == "version" || word == "quit" || word == "flush_all" || word == "mn")
    return blanks <= 2;
  if (is_one_of(word, std::array<std::string_view, 6>{"set", "add", "replace", "append", "prepend", "cas"}))
    return blanks >= 4;
  return blanks >= 1;
}

void tell(std::string_view command, std::string_view reply, Handshakes& handshakes) {
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "memcached";
  if (!command.empty()) handshake.add("command", std::string(first_word(command)));
  if (first_word(reply) == "VERSION") handshake.add("server_software", std::string(argument_of(reply)));
}

}  // namespace

Answer decode_memcached_tcp(const Heads& heads, Handshakes& handshakes) {
  const auto says = [&](std::size_t i, bool server) {
    const std::string_view text = text_of(heads.bytes[i]);
    return text.empty() || (server ? may_begin(text, kReplies) : may_begin(text, kCommands));
  };
  const bool first = says(0, false) && says(1, true);
  if (!first && !(says(1, false) && says(0, true))) return {.verdict = Verdict::kNotMine};
  Dialogue dialogue(heads, first ? 0 : 1);
  const auto command = dialogue.commands.next(), reply = dialogue.replies.next();
  if ((!command && !dialogue.commands_end()) || (!reply && !dialogue.replies_end()))
    return dialogue.wait(Verdict::kUndecided, !command, !reply);
  if (!command || !reply || !is_command(*command) || !is_one_of(first_word(*reply), kReplies))
    return {.verdict = Verdict::kNotMine};
  tell(*command, *reply, handshakes);
  return {.verdict = Verdict::kDone};
}

// One datagram decides: whoever amplifies doesn't answer.
Answer decode_memcached_udp(const Heads& heads, Handshakes& handshakes) {
  const auto datagrams = datagrams_of(heads, 1);
  if (datagrams.empty()) {
    const bool ended = heads.ended[0] && heads.ended[1];
    return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
  }
  ByteReader reader(datagrams.front().bytes);
  reader.u16();
  const std::uint16_t number = reader.u16(), count = reader.u16(), reserved = reader.u16();
  std::string_view text = text_of(reader.take(reader.left()));
  const auto line = take_line(text);
  if (reserved != 0 || count == 0 || number != 0 || !line || !Lines::is_text(*line))
    return {.verdict = Verdict::kNotMine};
  const bool command = count == 1 && is_command(*line);
  if (!command && !is_one_of(first_word(*line), kReplies)) return {.verdict = Verdict::kNotMine};
  tell(command ? *line : std::string_view{}, command ? std::string_view{} : *line, handshakes);
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
