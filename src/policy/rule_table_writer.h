// A struct vdt_rules as it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "abi/rules.h"

namespace vedette {

// What is begun begins at a multiple of 8 bytes, where begin() says.
class RuleTableWriter {
 public:
  RuleTableWriter() : bytes_(sizeof(vdt_rules_head)) {}

  std::uint32_t begin() {
    bytes_.resize((bytes_.size() + 7) & ~std::size_t{7});
    return static_cast<std::uint32_t>(bytes_.size());
  }
  template <typename T>
  void add(const T& value) {
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof(value));
  }
  template <typename T>
  void add_all(const std::vector<T>& values) {
    const auto* from = reinterpret_cast<const std::byte*>(values.data());
    bytes_.insert(bytes_.end(), from, from + values.size() * sizeof(T));
  }
  std::uint32_t add_text(const std::string& text) {
    const std::uint32_t at = begin();
    for (const char letter : text) add(letter);
    add('\0');
    return at;
  }
  vdt_rules_head head{};

  std::vector<std::byte> take() {
    std::memcpy(bytes_.data(), &head, sizeof(head));
    begin();
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace vedette
