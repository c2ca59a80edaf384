// Times and rates in people's words.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "policy/near_word.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

constexpr std::uint64_t kLongestSeconds = 10ULL * 365 * 86'400;
constexpr std::uint64_t kMostASecond = 1'000'000'000'000;  // a terabyte, or as many packets

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kTimes{
    {{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kFactors{{{"Ki", 1ULL << 10},
                                                                              {"Mi", 1ULL << 20},
                                                                              {"Gi", 1ULL << 30},
                                                                              {"k", 1'000},
                                                                              {"K", 1'000},
                                                                              {"M", 1'000'000},
                                                                              {"G", 1'000'000'000},
                                                                              {"", 1}}};

struct UnitWord {
  std::string_view word;
  RateUnit unit;
  std::uint64_t bits;  // of one; 0: it isn't counted in bits
};

constexpr UnitWord kUnits[] = {
    {"", RateUnit::kPackets, 0},    {"packets", RateUnit::kPackets, 0}, {"packet", RateUnit::kPackets, 0},
    {"bytes", RateUnit::kBytes, 8}, {"byte", RateUnit::kBytes, 8},      {"B", RateUnit::kBytes, 8},
    {"bits", RateUnit::kBytes, 1},  {"bit", RateUnit::kBytes, 1},       {"syns", RateUnit::kSyns, 0},
    {"syn", RateUnit::kSyns, 0},    {"flows", RateUnit::kFlows, 0},     {"flow", RateUnit::kFlows, 0},
};

constexpr std::array<std::string_view, 5> kPer{"all", "source", "source_prefix", "destination",
                                               "destination_port"};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// The number at the text's begin, which is taken off it; nothing where there is none or it is too large.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > kMostASecond * 8) return {};
  text = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return number;
}

struct Amount {
  std::uint64_t number = 0;
  RateUnit unit = RateUnit::kPackets;
  std::uint64_t bits = 0;
};

// "10Mbit", "3 packets".
std::optional<Amount> amount(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return {};
  for (const auto& [prefix, factor] : kFactors) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view rest = trimmed(text.substr(prefix.size()));
    const auto* unit = std::ranges::find(kUnits, rest, &UnitWord::word);
    if (unit == std::end(kUnits)) continue;
    if (*number > kMostASecond * 8 / factor) return {};
    return Amount{*number * factor, unit->unit, unit->bits};
  }
  return {};
}

}  // namespace

Result<Nanoseconds> read_duration(std::string_view text) {
  constexpr std::string_view kWhat = "a time like 90s, 10m, 2h or 7d, of ten years at most";
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto* unit = std::ranges::find(kTimes, rest, &std::pair<std::string_view, std::uint64_t>::first);
  if (!number || unit == kTimes.end() || *number == 0 || *number > kLongestSeconds / unit->second)
    return std::unexpected(unexpected_word(kWhat, text));
  return std::chrono::seconds(*number * unit->second);
}

std::string duration_word(Nanoseconds duration) {
  const auto seconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  for (const auto& [word, length] : kTimes)
    if (seconds % length == 0) return fmt::format("{}{}", seconds / length, word);
  return fmt::format("{}s", seconds);
}

Result<Rate> read_rate(std::string_view text) {
  constexpr std::string_view kWhat =
      "a rate like 1000/s (packets), \"20 syns/s\", \"5 flows/s\", 10Mbit/s or \"5 MB/s\"";
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos)
    return std::unexpected(unexpected_word(kWhat, text, "behind a slash it is said: a second (s), m or h"));
  const auto given = amount(text.substr(0, slash));
  const auto* time = std::ranges::find(kTimes, trimmed(text.substr(slash + 1)),
                                       &std::pair<std::string_view, std::uint64_t>::first);
  if (!given || time == kTimes.end() || time->first == "d")
    return std::unexpected(unexpected_word(kWhat, text));
  const std::uint64_t divisor = time->second * (given->bits == 1 ? 8 : 1);
  if (given->number == 0 || given->number % divisor != 0)
    return std::unexpected(unexpected_word(
        given->bits ? "a whole number of bytes a second, 1 at least" : "a whole number a second, 1 at least",
        text));
  Rate rate{.unit = given->unit, .a_second = given->number / divisor};
  if (rate.a_second > kMostASecond) return std::unexpected(unexpected_word(kWhat, text));
  rate.burst = rate.a_second;
  return rate;
}

Result<std::uint64_t> read_amount(std::string_view text) {
  const auto given = amount(text);
  const std::uint64_t divisor = given && given->bits == 1 ? 8 : 1;
  if (!given || given->number == 0 || given->number % divisor != 0)
    return std::unexpected(unexpected_word("an amount like 3000, 3k or 1MB, 1 at least", text));
  return given->number / divisor;
}

std::string rate_word(const Rate& rate) {
  constexpr std::array<std::string_view, 4> kWords{"packets", "bytes", "syns", "flows"};
  return fmt::format("{} {}/s", rate.a_second, kWords[static_cast<std::size_t>(rate.unit)]);
}

Result<RatePer> read_rate_per(std::string_view text) {
  const auto* found = std::ranges::find(kPer, text);
  if (found == kPer.end())
    return std::unexpected(unexpected_word("all, source, source_prefix, destination or destination_port",
                                           text, did_you_mean(text, kPer)));
  return static_cast<RatePer>(found - kPer.begin());
}

std::string_view rate_per_word(RatePer per) {
  return kPer[static_cast<std::size_t>(per)];
}

}  // namespace vedette
