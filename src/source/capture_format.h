// What both capture formats give to the file that hides them: packets, interfaces, and the words for damage.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "abi/packet.h"
#include "base/error.h"
#include "base/units.h"
#include "packet/link_type.h"
#include "source/byte_window.h"

namespace vedette {

// One record of a capture file, not parsed. A view: `bytes` stay valid until the file's next call.
struct RawPacket {
  Nanoseconds time{};           // since the epoch
  std::uint32_t interface = 0;  // index into the file's interfaces
  LinkType link = LinkType::kEthernet;
  std::uint8_t direction = VDT_DIRECTION_UNKNOWN;  // enum vdt_direction
  std::span<const std::uint8_t> bytes;             // what was captured, without FCS
  std::uint32_t wire_length = 0;                   // bytes on the wire, without FCS
};

// An interface that a file names or that its format implies.
struct CaptureInterface {
  std::string name;  // empty where the file names none
  LinkType link = LinkType::kEthernet;
};

// More bytes than any packet has: a record that claims more is damage. The largest that any writer gives is
// below 1 MiB (USB, 802.11 aggregates), and libpcap refuses more than 128 MiB of some link types alone.
inline constexpr std::uint32_t kLargestPacket = 16 * 1024 * 1024;

// Reads one format from a window. One thread at a time.
class CaptureFormat {
 public:
  virtual ~CaptureFormat() = default;
  // The next record into `packet`, whose bytes stay valid until the window's release(); false at the end of
  // the input. Fails where the input is damaged: there is no next one then.
  virtual Result<bool> next(ByteWindow& window, RawPacket& packet) = 0;
  [[nodiscard]] const std::vector<CaptureInterface>& interfaces() const { return interfaces_; }

 protected:
  std::vector<CaptureInterface> interfaces_;
};

// Numbers of either byte order.
class WireOrder {
 public:
  explicit WireOrder(bool swapped) : swapped_(swapped) {}
  [[nodiscard]] std::uint64_t load64(const std::uint8_t* at) const {
    std::uint64_t value;
    __builtin_memcpy(&value, at, sizeof(value));
    return swapped_ ? __builtin_bswap64(value) : value;
  }
  [[nodiscard]] std::uint32_t load32(const std::uint8_t* at) const {
    std::uint32_t value;
    __builtin_memcpy(&value, at, sizeof(value));
    return swapped_ ? __builtin_bswap32(value) : value;
  }
  [[nodiscard]] std::uint16_t load16(const std::uint8_t* at) const {
    std::uint16_t value;
    __builtin_memcpy(&value, at, sizeof(value));
    return swapped_ ? __builtin_bswap16(value) : value;
  }

 private:
  bool swapped_;
};

// Damage at `offset` bytes from the start of the unpacked input.
[[nodiscard]] inline std::unexpected<Error> damage_at(const std::string& name, std::uint64_t offset,
                                                      std::string what) {
  return unusable(fmt::format("{}: offset {}", name, offset), std::move(what));
}

// `what` should have `expected` bytes from where the window stands, and the input ended or failed before.
[[nodiscard]] inline std::unexpected<Error> cut_off(const std::string& name, const ByteWindow& window,
                                                    std::string_view what, std::uint64_t expected) {
  if (window.failure()) return std::unexpected(*window.failure());
  return damage_at(name, window.offset(),
                   fmt::format("expected {} of {} bytes, found the end of the file after {}", what, expected,
                               window.left()));
}

}  // namespace vedette
