// BSON documents (bsonspec.org, 1.1): elements by their names, without a copy.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vedette {

struct BsonElement {
  std::uint8_t type = 0;
  std::string_view name;
  std::span<const std::uint8_t> value;  // as it is encoded
};

class BsonDocument {
 public:
  // The document at the beginning of `bytes`: its elements as far as they can be passed over. Nothing where
  // its length can't be one or its first element is none.
  [[nodiscard]] static std::optional<BsonDocument> parse(std::span<const std::uint8_t> bytes);

  // The first element's name, which is a command's.
  [[nodiscard]] std::string_view first_name() const { return elements_.front().name; }
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
  [[nodiscard]] std::optional<BsonDocument> document(std::string_view name) const;
  [[nodiscard]] std::optional<std::int32_t> number(std::string_view name) const;
  // Whether the boolean `name` is there and true.
  [[nodiscard]] bool is_true(std::string_view name) const;

 private:
  [[nodiscard]] const BsonElement* find(std::string_view name, std::uint8_t type) const;

  std::vector<BsonElement> elements_;
};

}  // namespace vedette
