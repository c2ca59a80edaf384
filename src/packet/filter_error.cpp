#include "packet/filter_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace vedette {

namespace {

constexpr int kWordsOfOnePrimitive =
    8;  // "src net 10.0.0.0 mask 255.0.0.0 …": so far on is looked for its end
constexpr std::size_t kLongestFilter = 4096;  // bytes; in a longer one no place is looked for
constexpr std::size_t kShown = 32;            // bytes of the filter

constexpr std::array<std::string_view, 4> kConnectives{"and", "or", "&&", "||"};
constexpr std::array<std::string_view, 2> kNegations{"not", "!"};

// Reads a filter from left to right, primitive by primitive, until there is none.
class Reader {
 public:
  explicit Reader(const RefusedFilter& found) : found_(found), filter_(found.filter) {}

  // The offset of what can't be understood; the filter's size where it ends too early.
  std::size_t trouble() {
    for (;;) {
      open();
      const std::optional<std::size_t> end = primitives_end();
      if (!end) return at_;
      at_ = *end;
      close();
      if (!take_one_of(kConnectives)) return at_;
    }
  }

 private:
  void pass_spaces() {
    while (at_ < filter_.size() && is_space(filter_[at_])) at_++;
  }
  static bool is_space(char letter) { return letter == ' ' || letter == '\t' || letter == '\n'; }
  static bool is_bracket(char letter) { return letter == '(' || letter == ')'; }

  // Behind the word, or the bracket, that begins at `from`.
  [[nodiscard]] std::size_t word_end(std::size_t from) const {
    if (from < filter_.size() && is_bracket(filter_[from])) return from + 1;
    while (from < filter_.size() && !is_space(filter_[from]) && !is_bracket(filter_[from])) from++;
    return from;
  }

  template <std::size_t Size>
  bool take_one_of(const std::array<std::string_view, Size>& words) {
    const std::string_view word = filter_.substr(at_, word_end(at_) - at_);
    if (std::ranges::find(words, word) == words.end()) return false;
    at_ += word.size();
    return true;
  }

  // Brackets and negations before a primitive.
  void open() {
    for (pass_spaces(); at_ < filter_.size(); pass_spaces()) {
      if (filter_[at_] == '(') {
        at_++;
        depth_++;
      } else if (!take_one_of(kNegations)) {
        return;
      }
    }
  }

  // As many brackets behind one as were opened.
  void close() {
    for (pass_spaces(); at_ < filter_.size() && filter_[at_] == ')' && depth_ > 0; pass_spaces()) {
      at_++;
      depth_--;
    }
  }

  // Of the longest piece from here on that is a filter.
  [[nodiscard]] std::optional<std::size_t> primitives_end() const {
    std::optional<std::size_t> end;
    int in_vain = 0;
    for (std::size_t piece = at_; piece < filter_.size() && in_vain < kWordsOfOnePrimitive;) {
      while (piece < filter_.size() && is_space(filter_[piece])) piece++;
      if (piece == filter_.size()) break;
      piece = word_end(piece);
      const bool compiles = found_.compiles(std::string(filter_.substr(at_, piece - at_)));
      in_vain = compiles ? 0 : in_vain + 1;
      if (compiles) end = piece;
    }
    return end;
  }

  const RefusedFilter& found_;
  std::string_view filter_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::string shown(std::string_view text) {
  return text.size() <= kShown ? std::string(text) : std::string(text.substr(0, kShown)) + "…";
}

}  // namespace

std::unexpected<Error> filter_error(const RefusedFilter& found) {
  constexpr std::string_view kParser = "can't parse filter expression: ";
  std::string what(found.said.starts_with(kParser) ? found.said.substr(kParser.size()) : found.said);
  // Where nothing at all compiles, as for a link type that libpcap doesn't know, the filter isn't to blame.
  if (found.filter.size() > kLongestFilter || !found.compiles(""))
    return unusable(found.where, what, std::string(found.hint));
  const std::size_t at = Reader(found).trouble();
  what += at < found.filter.size() ? fmt::format(" at \"{}\"", shown(found.filter.substr(at)))
                                   : std::string(" where the filter ends");
  return unusable(fmt::format("{}: column {}", found.where, at + 1), what, std::string(found.hint));
}

}  // namespace vedette
