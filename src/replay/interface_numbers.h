// The numbers that a dry run's interfaces have in the kernel's programs: files name interfaces or don't, and
// may name the same in different orders, while a policy's rules are compiled before any file was read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "packet/packet.h"

namespace vedette {

// One thread.
class InterfaceNumbers {
 public:
  // Of a name, the same each time; never 0.
  [[nodiscard]] std::uint32_t of(std::string_view name);

  // Before a file's first packet: interfaces without a name are this file's own.
  void begin_file();
  [[nodiscard]] std::uint32_t of(const Packet& packet);

 private:
  std::map<std::string, std::uint32_t, std::less<>> by_name_;
  std::vector<std::uint32_t> in_file_;  // by the interface's number in it; 0: not seen yet
  std::uint32_t last_ = 0;
};

}  // namespace vedette
