// What flows speak, by number: a flow's record has room for two bytes, and a host's flows share a few dozen
// protocols and versions. Numbers are the process' own, given once and valid to its end; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

struct Spoken {
  std::string app, app_version;
  std::string outdated_reason;  // empty where it isn't outdated
};

inline constexpr std::uint16_t kNothingSpoken = 0;

// What others choose as their version is bounded: once there are kMostSpoken, a new version's number is that
// of its protocol without one, or kNothingSpoken.
inline constexpr std::size_t kMostSpoken = 4096;
[[nodiscard]] std::uint16_t spoken_number(std::string_view app, std::string_view app_version,
                                          std::string_view outdated_reason);

// `number` is one that was given, or kNothingSpoken, whose texts are empty.
[[nodiscard]] const Spoken& spoken(std::uint16_t number);

}  // namespace vedette
