#include "decode/http_chunks.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "decode/http1.h"
#include "decode/text.h"

namespace vedette {

namespace {

using State = HttpChunks::State;

constexpr std::size_t kLongestLine = 4096;  // of a chunk's size and extensions, or of a trailer's field
constexpr std::size_t kMostTrailer = 8192;  // bytes

// Nothing where it is none that can be passed over.
std::optional<std::size_t> chunk_size(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
  std::size_t size = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() || size > kMostUsed) return {};
  return size;
}

// Takes the trailer's fields, up to an empty line.
State take_trailer(std::string_view& text) {
  const std::size_t size = text.size();
  while (const auto line = take_line(text))
    if (line->empty()) return State::kEnded;
  return size > kMostTrailer ? State::kWrong : State::kMore;
}

template <bool kFirst, bool kSecond>
Answer pass_over(const Heads& heads, Handshakes&) {
  constexpr std::array kStands = {kFirst, kSecond};
  std::array<bool, 2> stands{};
  Answer answer;
  bool over = true;  // nothing will be passed over any more
  for (std::size_t side = 0; side < 2; side++) {
    if (!kStands[side]) continue;
    const HttpChunks chunks = read_http_chunks(heads.bytes[side]);
    if (chunks.state == State::kWrong) return {.verdict = Verdict::kNotMine};
    stands[side] = chunks.state == State::kMore;
    answer.used[side] = std::min(chunks.end, kMostUsed);
    if (!heads.ended[side]) answer.need[side] = heads.bytes[side].size() + 1;
    over = over && (heads.ended[side] || !stands[side]);
  }
  if (answer.used[0] + answer.used[1] == 0) {
    if (over) answer.verdict = Verdict::kNotMine;
    return answer;
  }
  answer.verdict = Verdict::kDone;
  answer.next = Next::kNamed;
  answer.named = pass_over_http_chunks(stands);
  if (!answer.named) answer.named = decode_http1;
  return answer;
}

}  // namespace

HttpChunks read_http_chunks(std::span<const std::uint8_t> bytes) {
  HttpChunks chunks;
  std::string_view text = text_of(bytes);
  for (;;) {
    if (std::string_view behind = text; take_line(behind) == "") text = behind;  // behind a chunk
    const auto line = take_line(text);
    if (!line) {
      if (text.size() > kLongestLine) chunks.state = State::kWrong;
      return chunks;
    }
    const auto size = chunk_size(*line);
    const std::size_t begin = bytes.size() - text.size();
    if (!size || begin + *size > kMostUsed) {
      chunks.state = State::kWrong;
      return chunks;
    }
    if (*size == 0) {
      chunks.state = take_trailer(text);
      if (chunks.state == State::kEnded) chunks.end = bytes.size() - text.size();
      return chunks;
    }
    chunks.end = begin + *size;
    if (text.size() < *size) return chunks;
    const auto data = text.substr(0, *size);
    chunks.content.insert(chunks.content.end(), data.begin(), data.end());
    text.remove_prefix(*size);
  }
}

Decode pass_over_http_chunks(const std::array<bool, 2>& stands_before) {
  if (stands_before[0]) return stands_before[1] ? pass_over<true, true> : pass_over<true, false>;
  return stands_before[1] ? pass_over<false, true> : nullptr;
}

}  // namespace vedette
