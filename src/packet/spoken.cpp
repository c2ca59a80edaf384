#include "packet/spoken.h"

#include <deque>
#include <map>
#include <mutex>
#include <tuple>

namespace vedette {

namespace {

class SpokenNumbers {
 public:
  std::uint16_t number(std::string_view app, std::string_view version, std::string_view outdated) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = numbers_.find({app, version, outdated}); found != numbers_.end())
      return found->second;
    if (all_.size() >= kMostSpoken) {
      const auto bare = numbers_.find({app, {}, {}});
      return bare == numbers_.end() ? kNothingSpoken : bare->second;
    }
    const Spoken& kept =
        all_.emplace_back(Spoken{std::string(app), std::string(version), std::string(outdated)});
    const auto number = static_cast<std::uint16_t>(all_.size() - 1);
    numbers_.emplace(Key{kept.app, kept.app_version, kept.outdated_reason}, number);
    return number;
  }
  const Spoken& of(std::uint16_t number) const {
    const std::scoped_lock lock(mutex_);
    return all_.at(number);
  }

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  mutable std::mutex mutex_;
  std::deque<Spoken> all_{Spoken{}};  // never moved, never taken away
  std::map<Key, std::uint16_t> numbers_;
};

SpokenNumbers& numbers() {
  static SpokenNumbers all;
  return all;
}

}  // namespace

std::uint16_t spoken_number(std::string_view app, std::string_view app_version,
                            std::string_view outdated_reason) {
  return numbers().number(app, app_version, outdated_reason);
}

const Spoken& spoken(std::uint16_t number) {
  static const Spoken kNothing;
  return number == kNothingSpoken ? kNothing : numbers().of(number);
}

}  // namespace vedette
