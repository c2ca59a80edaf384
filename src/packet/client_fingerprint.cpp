#include "packet/client_fingerprint.h"

#include <deque>
#include <mutex>
#include <unordered_map>

namespace vedette {

namespace {

class Fingerprints {
 public:
  std::uint32_t number(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    const auto found = places_.find(text);
    if (found == places_.end()) return number_of(take_place(text));
    all_[found->second].wanted = true;
    return number_of(found->second);
  }

  std::string of(std::uint32_t number) const {
    const std::scoped_lock lock(mutex_);
    const std::size_t place = (number & kPlaceMask) - 1;
    return place < all_.size() && number_of(place) == number ? all_[place].text : std::string();
  }

 private:
  static constexpr unsigned kPlaceBits = 16;
  static constexpr std::uint32_t kPlaceMask = (1u << kPlaceBits) - 1;
  static_assert(kMostFingerprints < kPlaceMask);

  struct Place {
    std::string text;
    std::uint16_t taken = 0;  // how often it was taken again: told apart by this, until it comes around
    bool wanted = false;      // since the hand last passed
  };

  std::uint32_t number_of(std::size_t place) const {
    return static_cast<std::uint32_t>(all_[place].taken) << kPlaceBits |
           static_cast<std::uint32_t>(place + 1);
  }

  // By the clock of Corbató, "A paging experiment with the Multics system", 1968.
  std::size_t take_place(std::string_view text) {
    std::size_t place = all_.size();
    if (place < kMostFingerprints) {
      all_.emplace_back(Place{.text = std::string(text), .taken = 0, .wanted = false});
    } else {
      for (; all_[hand_].wanted; hand_ = (hand_ + 1) % kMostFingerprints) all_[hand_].wanted = false;
      place = hand_;
      hand_ = (hand_ + 1) % kMostFingerprints;
      places_.erase(all_[place].text);
      all_[place].text = text;
      all_[place].taken++;
    }
    places_.emplace(all_[place].text, place);
    return place;
  }

  mutable std::mutex mutex_;
  std::deque<Place> all_;  // never moved: places_ has views of their texts
  std::unordered_map<std::string_view, std::size_t> places_;
  std::size_t hand_ = 0;
};

Fingerprints& fingerprints() {
  static Fingerprints all;
  return all;
}

}  // namespace

std::uint32_t client_fingerprint_number(std::string_view text) {
  return text.empty() ? kNoFingerprint : fingerprints().number(text);
}

std::string client_fingerprint(std::uint32_t number) {
  return number == kNoFingerprint ? std::string() : fingerprints().of(number);
}

}  // namespace vedette
