#include "replay/interface_numbers.h"

namespace vedette {

std::uint32_t InterfaceNumbers::of(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) return found->second;
  return by_name_.emplace(name, ++last_).first->second;
}

void InterfaceNumbers::begin_file() {
  in_file_.clear();
}

std::uint32_t InterfaceNumbers::of(const Packet& packet) {
  const std::uint32_t number = packet.facts->core.key.ifindex;
  if (number >= in_file_.size()) in_file_.resize(number + 1);
  if (in_file_[number] == 0)
    in_file_[number] = packet.interface_name.empty() ? ++last_ : of(packet.interface_name);
  return in_file_[number];
}

}  // namespace vedette
