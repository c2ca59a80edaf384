// What is there now and was not in a longer time before: services, sources, countries, protocol versions,
// fingerprints. Some newcomers are usual: of things seen on exactly one of D former days there are f1, and a
// day brings f1 / D that were never seen before (Good, "The population frequencies of species and the
// estimation of population parameters", Biometrika 1953, for days in the place of specimens). A public host's
// thousand new sources are no news; its one new country is.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyse/amount_text.h"
#include "analyse/local_time.h"
#include "analyse/query_behind.h"

namespace vedette {

struct Sighting {
  std::string value;    // "443/tcp", "192.0.2.7", "NZ", "tls 1.0"
  double amount = 0;    // of it now
  Nanoseconds first{};  // when it was first seen now, since the epoch
};

// The longer time before.
struct Known {
  std::unordered_map<std::string, std::uint32_t> days_seen;  // on how many of the days each value was seen
  std::uint32_t days = 0;                                    // with any known value, of those asked for
  std::uint32_t days_asked = 0;
};

struct Newcomers {
  std::string what;              // "service", "country"
  std::vector<Sighting> values;  // the largest first
  std::size_t left_out = 0;      // that were smaller
  double usual = 0;              // newcomers that as long a time usually brings
  // The probability of as many where that is usual; 1 where there are not more. At most: Chernoff's bound.
  double by_chance = 1;
  std::uint32_t days = 0;  // that they were not there before
  bool is_short = false;   // the history holds fewer days than were asked for
  std::string says;
  QueryBehind query_before;
  QueryBehind query_now;
};

// Of what is there now, in `window_days` (> 0) days, the `most` largest of what wasn't before. Nothing is new
// where the history holds no day before: `days` is 0 then, and `values` empty.
[[nodiscard]] Newcomers newcomers_among(const std::vector<Sighting>& now, const Known& before,
                                        double window_days, const std::string& what, Unit unit,
                                        std::size_t most, const LocalOffset& local);

}  // namespace vedette
