#include "tests/export/decoded_messages.h"

namespace vedette::tests {

struct Collector::Reader {
  std::span<const std::uint8_t> left;
  bool over = false;

  std::uint64_t number(std::size_t bytes) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : take(bytes)) number = number << 8 | byte;
    return number;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::span<const std::uint8_t> take(std::size_t bytes) {
    over = over || bytes > left.size();
    if (over) return {};
    const auto taken = left.first(bytes);
    left = left.subspan(bytes);
    return taken;
  }
};

Decoded Collector::decode(std::span<const std::uint8_t> message) {
  Decoded decoded;
  Reader in{message};
  decoded.version = in.u16();
  decoded.count = in.u16();
  const bool netflow9 = decoded.version == 9;
  if (!netflow9 && decoded.count != message.size()) decoded.wrong = "another length";
  if (netflow9) decoded.up_time = in.u32();
  decoded.time = in.u32();
  decoded.sequence = in.u32();
  decoded.domain = in.u32();
  while (!in.left.empty() && decoded.wrong.empty()) {
    const std::uint16_t id = in.u16(), length = in.u16();
    if (length < 4) decoded.wrong = "a set without a length";
    if (netflow9 && length % 4 != 0) decoded.wrong = "a set that isn't padded";
    Reader set{in.take(length - 4U)};
    const std::uint16_t templates = netflow9 ? 0 : 2;
    if (id == templates || id == templates + 1)
      take_templates(set, decoded, id != templates, netflow9);
    else if (templates_.contains(id))
      take_records(set, decoded, id);
    else
      decoded.wrong = "a set without a template";
    if (in.over || set.over) decoded.wrong = "a set beyond the message's end";
  }
  return decoded;
}

void Collector::take_templates(Reader& in, Decoded& decoded, bool options, bool netflow9) {
  while (in.left.size() >= 4) {
    const std::uint16_t id = in.u16();
    std::size_t fields = in.u16();
    if (options) fields = netflow9 ? (fields + in.u16()) / 4 : (in.u16(), fields);
    std::vector<Field> all;
    for (; fields > 0 && !in.over; fields--) {
      Field field{.element = in.u16(), .bytes = in.u16()};
      if (!netflow9 && (field.element & 0x8000) != 0) {
        field.element &= 0x7fff;
        field.reverse = in.u32() == 29305;
        if (!field.reverse) decoded.wrong = "an enterprise that isn't RFC 5103's";
      }
      all.push_back(field);
    }
    templates_[id] = all;
    decoded.templates++;
  }
}

void Collector::take_records(Reader& in, Decoded& decoded, std::uint16_t id) const {
  std::size_t bytes = 0;
  for (const Field& field : templates_.at(id)) bytes += field.bytes;
  while (in.left.size() >= bytes) {
    Record record;
    for (const Field& field : templates_.at(id)) {
      const auto value = in.take(field.bytes);
      if (!record.emplace(std::pair{field.element, field.reverse}, std::vector(value.begin(), value.end()))
               .second)
        decoded.wrong = "an element twice";
    }
    (id <= 257 ? decoded.flows : decoded.options).push_back(std::move(record));
  }
  if (in.left.size() > 3) decoded.wrong = "more than padding behind a set's records";
}

std::uint64_t number(const Record& record, std::uint16_t element, bool reverse) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : record.at({element, reverse})) number = number << 8 | byte;
  return number;
}

}  // namespace vedette::tests
