// Bencoding (BEP 3): a dictionary's values by their keys, without a copy. Bounded in depth.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette {

class BencodeDictionary {
 public:
  // The dictionary that `text` is, to its very end; nothing where it is none. Keys may be in any order.
  [[nodiscard]] static std::optional<BencodeDictionary> parse(std::string_view text);

  // The string at `key`; nothing where there is none, or something else than a string.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const;
  // The dictionary at `key`.
  [[nodiscard]] std::optional<BencodeDictionary> dictionary(std::string_view key) const;

 private:
  // The value as it is encoded.
  [[nodiscard]] std::string_view at(std::string_view key) const;

  std::vector<std::pair<std::string_view, std::string_view>> values_;
};

}  // namespace vedette
