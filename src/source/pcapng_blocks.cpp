#include "source/pcapng_blocks.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstring>

namespace vedette {

namespace {

enum Block : std::uint32_t { kSection = 0x0a0d0d0a, kInterface = 1, kStatistics = 5, kEnhancedPacket = 6 };

enum Option : std::uint16_t {
  kComment = 1,
  kHardware = 2,
  kOperatingSystem = 3,
  kApplication = 4,
  kInterfaceName = 2,
  kTimeResolution = 9,
  kFilter = 11,
  kPacketFlags = 2,
  kPacketsLost = 7,
};

constexpr std::size_t kLongestOption = 0xffff;

template <typename T>
void append_number(BlockBytes& out, T value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof(value));
  std::memcpy(out.data() + at, &value, sizeof(value));
}

// Since the epoch in nanoseconds; upper half first, whatever the byte order.
void append_time(BlockBytes& out, Nanoseconds since_epoch) {
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch.count(), 0));
  append_number(out, static_cast<std::uint32_t>(time >> 32));
  append_number(out, static_cast<std::uint32_t>(time));
}

void append_padded(BlockBytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.resize((out.size() + 3) & ~std::size_t{3});
}

void append_option(BlockBytes& out, std::uint16_t code, std::span<const std::uint8_t> value) {
  value = value.first(std::min(value.size(), kLongestOption));
  append_number(out, code);
  append_number(out, static_cast<std::uint16_t>(value.size()));
  append_padded(out, value);
}

void append_text_option(BlockBytes& out, std::uint16_t code, std::string_view text) {
  if (!text.empty())
    append_option(out, code, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// Writes both of a block's lengths when its content is complete. `out` holds whole blocks, so that padding to
// four bytes of the buffer is padding of the block.
class OpenBlock {
 public:
  OpenBlock(BlockBytes& out, Block type) : out_(out), start_(out.size()) {
    append_number(out_, static_cast<std::uint32_t>(type));
    append_number(out_, std::uint32_t{0});
  }
  OpenBlock(const OpenBlock&) = delete;
  OpenBlock& operator=(const OpenBlock&) = delete;
  ~OpenBlock() {
    if (options_) append_number(out_, std::uint32_t{0});  // opt_endofopt
    const auto length = static_cast<std::uint32_t>(out_.size() - start_ + sizeof(std::uint32_t));
    std::memcpy(out_.data() + start_ + 4, &length, sizeof(length));
    append_number(out_, length);
  }
  void has_options() { options_ = true; }

 private:
  BlockBytes& out_;
  std::size_t start_;
  bool options_ = false;
};

}  // namespace

CaptureOrigin this_machine(std::string_view version) {
  utsname names{};
  uname(&names);
  return {.hardware = names.machine,
          .operating_system = fmt::format("{} {}", names.sysname, names.release),
          .application = fmt::format("vedette {}", version)};
}

void append_section(BlockBytes& out, const CaptureOrigin& origin) {
  OpenBlock block(out, kSection);
  append_number(out, std::uint32_t{0x1a2b3c4d});
  append_number(out, std::uint16_t{1});
  append_number(out, std::uint16_t{0});
  append_number(out, std::int64_t{-1});  // the section's length isn't known yet
  append_text_option(out, kHardware, origin.hardware);
  append_text_option(out, kOperatingSystem, origin.operating_system);
  append_text_option(out, kApplication, origin.application);
  block.has_options();
}

void append_interface(BlockBytes& out, const WrittenInterface& interface) {
  OpenBlock block(out, kInterface);
  append_number(out, static_cast<std::uint16_t>(interface.link));
  append_number(out, std::uint16_t{0});
  append_number(out, interface.snap_length);
  append_text_option(out, kInterfaceName, interface.name);
  constexpr std::uint8_t kNanoseconds[] = {9};
  append_option(out, kTimeResolution, kNanoseconds);
  if (!interface.filter.empty()) {
    std::string text(1, '\0');  // the code for "a pcap-filter text follows"
    text += interface.filter;
    append_text_option(out, kFilter, text);
  }
  block.has_options();
}

void append_packet(BlockBytes& out, const WrittenPacket& packet) {
  OpenBlock block(out, kEnhancedPacket);
  append_number(out, packet.interface);
  append_time(out, packet.time);
  append_number(out, static_cast<std::uint32_t>(packet.bytes.size()));
  append_number(out, packet.wire_length);
  append_padded(out, packet.bytes);
  append_text_option(out, kComment, packet.comment);
  if (!packet.comment.empty()) block.has_options();
  if (packet.direction == VDT_DIRECTION_UNKNOWN) return;
  const std::uint32_t flags = packet.direction == VDT_DIRECTION_OUT ? 2 : 1;
  append_number(out, static_cast<std::uint16_t>(kPacketFlags));
  append_number(out, static_cast<std::uint16_t>(sizeof(flags)));
  append_number(out, flags);
  block.has_options();
}

void append_statistics(BlockBytes& out, const WrittenStatistics& statistics) {
  OpenBlock block(out, kStatistics);
  append_number(out, statistics.interface);
  append_time(out, statistics.time);
  append_number(out, static_cast<std::uint16_t>(kPacketsLost));
  append_number(out, static_cast<std::uint16_t>(sizeof(statistics.lost)));
  append_number(out, statistics.lost);
  block.has_options();
}

}  // namespace vedette
