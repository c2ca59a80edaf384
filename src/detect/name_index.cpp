#include "detect/name_index.h"

#include <functional>
#include <limits>

namespace vedette {

namespace {

constexpr std::size_t kFirstSlots = 64;  // a power of two

}  // namespace

std::size_t NameIndex::slot_of(std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = std::hash<std::string_view>()(name) & mask;
  while (slots_[at] != 0 && text_of(names_[slots_[at] - 1]) != name) at = (at + 1) & mask;
  return at;
}

void NameIndex::grow() {
  slots_.assign(slots_.empty() ? kFirstSlots : slots_.size() * 2, 0);
  for (std::uint32_t number = 0; number < names_.size(); number++)
    slots_[slot_of(text_of(names_[number]))] = number + 1;
}

bool NameIndex::add(std::string_view name, std::uint16_t owner) {
  if (name.size() > kLongest || letters_.size() + name.size() > std::numeric_limits<std::uint32_t>::max())
    return false;
  if (2 * (names_.size() + 1) > slots_.size()) grow();
  std::uint32_t& slot = slots_[slot_of(name)];
  if (slot != 0) return true;
  names_.push_back(
      {static_cast<std::uint32_t>(letters_.size()), owner, static_cast<std::uint16_t>(name.size())});
  letters_ += name;
  slot = static_cast<std::uint32_t>(names_.size());
  return true;
}

std::optional<NameIndex::Found> NameIndex::find(std::string_view name) const {
  if (names_.empty()) return {};
  const std::uint32_t slot = slots_[slot_of(name)];
  if (slot == 0) return {};
  return Found{text_of(names_[slot - 1]), names_[slot - 1].owner};
}

}  // namespace vedette
