#include "cli/block_cutter.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

namespace vedette {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kInterfaceStatistics = 5;
constexpr std::size_t kStatisticsOptions = 20;      // behind the header, interface and time
constexpr std::uint16_t kPacketsLost = 7;           // isb_osdrop
constexpr std::size_t kBlockHeader = 8;             // type and length
constexpr std::uint32_t kShortestBlock = 12;        // with the length behind the body
constexpr std::uint32_t kLongestBlock = 16U << 20;  // far beyond a packet with its options

template <typename T = std::uint32_t>
T number_at(std::string_view bytes, std::size_t at) {
  T number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

// isb_osdrop of a whole statistics block; nothing where it has none.
std::optional<std::uint64_t> packets_lost(std::string_view block) {
  std::size_t at = kStatisticsOptions;
  while (at + 4 + sizeof(std::uint64_t) <= block.size()) {
    const auto code = number_at<std::uint16_t>(block, at), size = number_at<std::uint16_t>(block, at + 2);
    if (code == kPacketsLost && size == sizeof(std::uint64_t)) return number_at<std::uint64_t>(block, at + 4);
    at += 4 + (size + 3U) / 4 * 4;
  }
  return std::nullopt;
}

}  // namespace

Result<void> BlockCutter::take(std::string_view bytes) {
  waiting_ += bytes;
  while (waiting_.size() - whole_ >= kBlockHeader) {
    const std::uint32_t type = number_at(waiting_, whole_);
    const std::uint32_t length = number_at(waiting_, whole_ + 4);
    if (bytes_ == 0 && type != kSectionHeader) {
      return failed("capture", fmt::format("a pcapng section expected, {:#010x} found", type));
    }
    if (length < kShortestBlock || length > kLongestBlock || length % 4 != 0) {
      return failed(fmt::format("capture: offset {}", bytes_),
                    fmt::format("a block of 12 to {} bytes expected, {} found", kLongestBlock, length));
    }
    if (waiting_.size() - whole_ < length) break;
    if (type == kInterfaceStatistics)
      lost_ = packets_lost(std::string_view(waiting_).substr(whole_, length)).value_or(lost_);
    whole_ += length;
    bytes_ += length;
    packets_ += type == kEnhancedPacket ? 1 : 0;
  }
  return {};
}

void BlockCutter::written() {
  waiting_.erase(0, whole_);
  whole_ = 0;
}

}  // namespace vedette
