#include "policy/rule_addresses.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <memory>

namespace vedette {

namespace {

class AddressTable {
 public:
  explicit AddressTable(RuleTableWriter& table) : table_(table) {}

  std::uint32_t add_root(const std::array<std::uint32_t, 65536>& root) {
    const std::uint32_t at = table_.begin();
    for (const std::uint32_t entry : root) table_.add(entry);
    return at;
  }

  std::uint32_t add_root4(const AddressRanges& ranges) {
    auto root = std::make_unique<std::array<std::uint32_t, 65536>>();
    auto range = ranges.begin();
    std::uint32_t before = 0;  // class of what comes before the next range
    for (std::uint32_t high = 0; high < 65536; high++) {
      std::vector<Range4> inside;
      for (; range != ranges.end() && static_cast<std::uint32_t>(range->begin >> 16) == high; ++range) {
        const auto low = static_cast<std::uint32_t>(range->begin & 0xffff);
        if (inside.empty() && low != 0) inside.push_back({0, before});
        before = range->class_number;
        inside.push_back({low, before});
      }
      (*root)[high] = inside.empty() ? before : entry4(inside);
    }
    return add_root(*root);
  }

  struct Range4 {
    std::uint32_t begin = 0;  // of an address' lower 16 bits
    std::uint32_t class_number = 0;
  };

  static constexpr std::size_t kFewRanges = 8;  // found in three steps

  // What stands for a /16's ranges, the first of which holds its first address: a class, the ranges, or of
  // many a table by the third byte.
  std::uint32_t entry4(const std::vector<Range4>& ranges) {
    if (ranges.size() == 1) return ranges[0].class_number;
    if (ranges.size() <= kFewRanges) return VDT_RULES_SEARCH | add_ranges4(ranges);
    std::array<std::uint32_t, 256> entries{};
    auto range = ranges.begin();
    std::uint32_t before = 0;
    for (std::uint32_t byte = 0; byte < 256; byte++) {
      const std::uint32_t begin = byte << 8;
      std::vector<Range4> inside;
      for (; range != ranges.end() && range->begin < begin + 256; ++range) {
        if (inside.empty() && range->begin != begin) inside.push_back({begin, before});
        before = range->class_number;
        inside.push_back(*range);
      }
      entries[byte] = inside.empty() ? before : last_entry4(inside);
    }
    const std::uint32_t at = table_.begin();
    for (const std::uint32_t entry : entries) table_.add(entry);
    return VDT_RULES_TABLE | at;
  }

  // The same of a /24. A search takes three times as long as a table, which takes 512 bytes: so few ranges
  // are searched only once there are many tables.
  std::uint32_t last_entry4(const std::vector<Range4>& ranges) {
    constexpr std::size_t kRoomyTables = 1024;
    if (ranges.size() == 1) return ranges[0].class_number;
    if (ranges.size() <= kFewRanges && last_tables_ >= kRoomyTables)
      return VDT_RULES_SEARCH | add_ranges4(ranges);
    last_tables_++;
    const std::uint32_t at = table_.begin();
    auto range = ranges.begin();
    for (std::uint32_t byte = 0; byte < 256; byte++) {
      const auto next = std::next(range);
      if (next != ranges.end() && (next->begin & 0xff) == byte) range = next;
      table_.add(static_cast<std::uint16_t>(range->class_number));
    }
    return VDT_RULES_TABLE | at;
  }

  std::uint32_t add_ranges4(const std::vector<Range4>& ranges) {
    const std::uint32_t at = table_.begin();
    table_.add(static_cast<std::uint32_t>(ranges.size()));
    for (const Range4& range : ranges) table_.add(range.begin << 16 | range.class_number);
    return at;
  }

  // The ranges of one upper half of IPv6 addresses.
  struct Upper {
    std::uint64_t begin = 0;
    std::vector<ClassRange<std::uint64_t>> lower;  // the first one begins at 0
  };

  static std::vector<Upper> uppers_of(const AddressRanges& ranges) {
    std::vector<Upper> uppers;
    std::uint32_t before = 0;
    const auto go_on_to = [&](std::uint64_t begin) {
      if (uppers.empty() || uppers.back().begin != begin) uppers.push_back({begin, {{0, before}}});
    };
    for (std::size_t i = 0; i < ranges.size(); i++) {
      const auto begin = static_cast<std::uint64_t>(ranges[i].begin >> 64);
      const auto low = static_cast<std::uint64_t>(ranges[i].begin);
      go_on_to(begin);
      before = ranges[i].class_number;
      if (low == 0)
        uppers.back().lower[0].class_number = before;
      else
        uppers.back().lower.push_back({low, before});
      const bool last_here =
          i + 1 == ranges.size() || static_cast<std::uint64_t>(ranges[i + 1].begin >> 64) != begin;
      // What its lower ranges end with goes on from the next upper half.
      if (last_here && low != 0 && begin != ~std::uint64_t{0}) go_on_to(begin + 1);
    }
    return uppers;
  }

  std::uint32_t class_or_lower(const Upper& upper, std::vector<std::uint32_t>& lower) {
    if (upper.lower.size() == 1) return upper.lower[0].class_number;
    const std::uint32_t at = table_.begin();
    table_.add(static_cast<std::uint64_t>(upper.lower.size()));
    for (const auto& range : upper.lower) {
      table_.add(range.begin);
      table_.add(std::uint64_t{range.class_number});
    }
    lower.push_back(at);
    return VDT_RULES_LOWER | static_cast<std::uint32_t>(lower.size() - 1);
  }

  std::optional<Error> add_root6(const AddressRanges& ranges, vdt_rule_field_place& place) {
    const std::vector<Upper> uppers = uppers_of(ranges);
    auto root = std::make_unique<std::array<std::uint32_t, 65536>>();
    std::vector<std::uint32_t> lower;
    auto upper = uppers.begin();
    std::uint32_t before = 0;
    for (std::uint32_t high = 0; high < 65536; high++) {
      std::vector<std::uint64_t> inside;
      for (; upper != uppers.end() && upper->begin >> 48 == high; ++upper) {
        const std::uint64_t low = upper->begin & 0xffffffffffff;
        if (inside.empty() && low != 0) inside.push_back(before);
        before = upper->lower.back().class_number;
        inside.push_back(low << 16 | class_or_lower(*upper, lower));
      }
      const bool one = inside.empty() || (inside.size() == 1 && !(inside[0] & VDT_RULES_LOWER));
      (*root)[high] = one ? (inside.empty() ? before : static_cast<std::uint32_t>(inside[0]))
                          : VDT_RULES_SEARCH | add_ranges6(inside);
    }
    place.table = add_root(*root);
    place.lower = table_.begin();
    for (const std::uint32_t at : lower) table_.add(at);
    if (lower.size() <= VDT_RULES_LOWER) return {};
    return Error{ErrorKind::kUnusable, "rules",
                 fmt::format("name addresses of {} IPv6 /64 networks, and at most {} are told apart",
                             lower.size(), VDT_RULES_LOWER),
                 "prefixes of up to 64 bits take no such room"};
  }

  std::uint32_t add_ranges6(const std::vector<std::uint64_t>& ranges) {
    const std::uint32_t at = table_.begin();
    table_.add(static_cast<std::uint64_t>(ranges.size()));
    for (const std::uint64_t range : ranges) table_.add(range);
    return at;
  }

  RuleTableWriter& table_;
  std::size_t last_tables_ = 0;  // by the last byte
};

}  // namespace

std::uint32_t add_addresses4(RuleTableWriter& table, const AddressRanges& ranges) {
  return AddressTable(table).add_root4(ranges);
}

std::optional<Error> add_addresses6(RuleTableWriter& table, const AddressRanges& ranges,
                                    vdt_rule_field_place& place) {
  return AddressTable(table).add_root6(ranges, place);
}

}  // namespace vedette
