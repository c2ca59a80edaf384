// Guessing of passwords that is spread over many sources, none of which guesses often enough to be told by
// itself: by how many log-ins one service refuses of how many, as in Javed and Paxson, "Detecting stealthy,
// distributed SSH brute-forcing" (CCS 2013), who let a site have 20 refusals an hour.
//
// A run is 100 refusals within an hour, of at least 20 sources, and more than four of them for each log-in
// that was accepted meanwhile: many users mistype too, but they get in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "detect/bounded_table.h"
#include "detect/entropy.h"
#include "detect/finding.h"
#include "detect/telling.h"
#include "flow/flow.h"

namespace vedette {

class SpreadGuesses {
 public:
  static constexpr std::size_t kMost = 1024;  // services; 1.2 KiB each

  // Refusals of a source that isn't convicted by itself, or its log-in. What is to be raised, if anything.
  [[nodiscard]] std::optional<Finding> take(const Flow& flow, std::string_view app, std::uint64_t refused,
                                            bool accepted);
  [[nodiscard]] std::size_t memory() const { return services_.memory(); }

 private:
  struct Service {
    HashedSpread sources;
    Nanoseconds first{};
    std::uint64_t refused = 0;
    std::uint64_t accepted = 0;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    Telling telling;
  };

  BoundedTable<Service> services_{kMost};
};

}  // namespace vedette
