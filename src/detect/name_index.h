// Names (domains, fingerprints), each with whose it is, in one text: some 16 bytes a name beside its letters,
// where a map of strings takes a hundred.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

// Filled by one thread; once it is, asked by any number of them.
class NameIndex {
 public:
  static constexpr std::size_t kLongest = 255;  // bytes of a name

  // False where it is too long or the index full (4 GiB of letters); of a name that is added twice the first
  // owner stays.
  bool add(std::string_view name, std::uint16_t owner);

  struct Found {
    std::string_view name;  // valid as long as the index
    std::uint16_t owner = 0;
  };
  [[nodiscard]] std::optional<Found> find(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  struct Name {
    std::uint32_t begin;  // in the letters
    std::uint16_t owner;
    std::uint16_t length;
  };

  [[nodiscard]] std::string_view text_of(const Name& name) const {
    return std::string_view(letters_).substr(name.begin, name.length);
  }
  // Where the name's number is, or belongs.
  [[nodiscard]] std::size_t slot_of(std::string_view name) const;
  void grow();

  std::string letters_;
  std::vector<Name> names_;
  std::vector<std::uint32_t> slots_;  // open addressing: 1 + a name's number, 0 where there is none
};

}  // namespace vedette
