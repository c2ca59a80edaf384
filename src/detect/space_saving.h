// The most frequent of any number of things, in room for so few: Metwally, Agrawal and El Abbadi, "Efficient
// computation of frequent and top-k elements in data streams" (2005). What came more often than one in `Kept`
// is surely held; a count is never below the truth, and above it by at most `error`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace vedette {

template <typename Thing, std::size_t Kept, typename Same = std::equal_to<>>
class SpaceSaving {
 public:
  struct Counted {
    Thing thing{};
    std::uint32_t count = 0;
    std::uint32_t error = 0;  // of `count`, what may have been others'
  };

  void add(const Thing& thing) {
    Counted* least = kept_.data();
    for (Counted& counted : kept_) {
      if (counted.count != 0 && Same()(counted.thing, thing)) {
        counted.count++;
        return;
      }
      if (counted.count < least->count) least = &counted;
    }
    *least = {.thing = thing, .count = least->count + 1, .error = least->count};
  }

  // The one that came most often; its count is 0 where none came.
  [[nodiscard]] const Counted& top() const { return *std::ranges::max_element(kept_, {}, &Counted::count); }

 private:
  std::array<Counted, Kept> kept_{};
};

}  // namespace vedette
