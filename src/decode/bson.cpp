#include "decode/bson.h"

#include <algorithm>

#include "decode/byte_reader.h"
#include "decode/text.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kShortest = 5;  // length and end
constexpr std::size_t kMostElements = 64;

enum Type : std::uint8_t {
  kDouble = 0x01,
  kString = 0x02,
  kDocument = 0x03,
  kArray = 0x04,
  kBinary = 0x05,
  kObjectId = 0x07,
  kBoolean = 0x08,
  kDate = 0x09,
  kNull = 0x0a,
  kInt32 = 0x10,
  kTimestamp = 0x11,
  kInt64 = 0x12,
};

// Of the value at the reader's place; nothing of a type that no hello has.
std::optional<std::size_t> value_size(std::uint8_t type, ByteReader reader) {
  switch (type) {
    case kString:
      return 4 + std::size_t{reader.little32()};
    case kDocument:
    case kArray:
      return std::max<std::size_t>(reader.little32(), kShortest);
    case kBinary:
      return 5 + std::size_t{reader.little32()};
    case kObjectId:
      return 12;
    case kBoolean:
      return 1;
    case kNull:
      return 0;
    case kInt32:
      return 4;
    case kDouble:
    case kDate:
    case kTimestamp:
    case kInt64:
      return 8;
    default:
      return {};
  }
}

}  // namespace

std::optional<BsonDocument> BsonDocument::parse(Bytes bytes) {
  ByteReader length(bytes);
  const std::size_t size = length.little32();
  if (length.failed() || size < kShortest) return {};
  ByteReader reader(bytes.first(std::min(size, bytes.size())).subspan(4));
  BsonDocument document;
  while (reader.left() > 1 && document.elements_.size() < kMostElements) {
    BsonElement element{.type = reader.u8(), .name = {}, .value = {}};
    const Bytes rest = bytes.first(std::min(size, bytes.size())).last(reader.left());
    const auto end = std::ranges::find(rest, std::uint8_t{0});
    if (element.type == 0 || end == rest.end()) break;
    element.name = text_of(reader.take(static_cast<std::size_t>(end - rest.begin())));
    reader.u8();
    const auto value = value_size(element.type, reader);
    if (!value) break;
    element.value = reader.take(*value);
    if (reader.failed()) break;
    document.elements_.push_back(element);
  }
  if (document.elements_.empty() || document.elements_.front().name.empty()) return {};
  return document;
}

const BsonElement* BsonDocument::find(std::string_view name, std::uint8_t type) const {
  const auto found = std::ranges::find(elements_, name, &BsonElement::name);
  return found == elements_.end() || found->type != type ? nullptr : &*found;
}

std::optional<std::string_view> BsonDocument::text(std::string_view name) const {
  const BsonElement* element = find(name, kString);
  if (element == nullptr || element->value.size() < 5) return {};
  return text_of(element->value.subspan(4, element->value.size() - 5));  // without its end
}

std::optional<BsonDocument> BsonDocument::document(std::string_view name) const {
  const BsonElement* element = find(name, kDocument);
  return element == nullptr ? std::nullopt : parse(element->value);
}

std::optional<std::int32_t> BsonDocument::number(std::string_view name) const {
  const BsonElement* element = find(name, kInt32);
  if (element == nullptr) return {};
  return static_cast<std::int32_t>(ByteReader(element->value).little32());
}

bool BsonDocument::is_true(std::string_view name) const {
  const BsonElement* element = find(name, kBoolean);
  return element != nullptr && element->value.front() == 1;
}

}  // namespace vedette
