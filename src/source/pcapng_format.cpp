#include "source/pcapng_format.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace vedette {

namespace {

__extension__ using Wide = __int128;

enum BlockType : std::uint32_t {
  kSectionHeader = 0x0a0d0d0a,
  kInterfaceDescription = 1,
  kObsoletePacket = 2,
  kSimplePacket = 3,
  kEnhancedPacket = 6,
};

constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kBlockOverhead = 12;                                // type and both lengths
constexpr std::uint32_t kLargestPacketBlock = kLargestPacket + (1U << 20);  // options beside the packet
constexpr std::size_t kMostInterfaces = 65536;

enum Option : std::uint16_t {
  kEndOfOptions = 0,
  kPacketFlags = 2,
  kInterfaceName = 2,
  kTimeResolution = 9,
  kFcsLength = 13,
  kTimeOffset = 14,
};

// How an interface counts time (if_tsresol, if_tsoffset).
struct Clock {
  std::uint8_t resolution = 6;  // negative power of ten, or of two with the highest bit set
  std::int64_t offset_s = 0;

  [[nodiscard]] Nanoseconds time(std::uint64_t ticks) const {
    constexpr Wide kSecond = 1'000'000'000;
    const unsigned exponent = resolution & 0x7f;
    Wide nanoseconds;
    if (resolution & 0x80) {
      nanoseconds = exponent < 64 ? static_cast<Wide>(ticks) * kSecond >> exponent : 0;
    } else {
      Wide divisor = 1;
      for (unsigned i = 0; i < std::min(exponent, 20U); i++) divisor *= 10;
      nanoseconds = static_cast<Wide>(ticks) * kSecond / divisor;
    }
    nanoseconds += static_cast<Wide>(offset_s) * kSecond;
    constexpr Wide kLast = std::numeric_limits<std::int64_t>::max();
    return Nanoseconds(static_cast<std::int64_t>(std::clamp<Wide>(nanoseconds, -kLast, kLast)));
  }
};

// An interface as the section's packets refer to it.
struct SectionInterface {
  std::uint32_t number = 0;  // index into interfaces()
  LinkType link = LinkType::kEthernet;
  std::uint32_t snap_length = 0;  // bytes; 0 = none
  std::uint32_t fcs = 0;          // bytes at the end of each frame
  Clock clock;
};

class Pcapng final : public CaptureFormat {
 public:
  explicit Pcapng(std::string name) : name_(std::move(name)) {}

  Result<bool> next(ByteWindow& window, RawPacket& packet) override {
    for (;;) {
      const std::uint8_t* header = window.peek(8);
      if (!header) {
        if (window.left() == 0 && !window.failure()) return false;
        return cut_off(name_, window, "a block header", 8);
      }
      const auto found = take_block(window, header, packet);
      if (!found || *found) return found;
    }
  }

 private:
  // True where the block held a packet.
  Result<bool> take_block(ByteWindow& window, const std::uint8_t* header, RawPacket& packet) {
    const std::uint32_t type = order_.load32(header);
    if (type == kSectionHeader) {
      if (auto begun = begin_section(window); !begun) return std::unexpected(begun.error());
    }
    const std::uint32_t length = order_.load32(window.peek(8) + 4);
    if (length < kBlockOverhead || length % 4 != 0)
      return damage_at(
          name_, window.offset() + 4,
          fmt::format("expected a block length of at least {} bytes and a multiple of 4, found {}",
                      kBlockOverhead, length));
    const bool wanted = type == kInterfaceDescription || type == kEnhancedPacket || type == kSimplePacket ||
                        type == kObsoletePacket;
    if (!wanted) {
      if (!window.skip(length)) return cut_off(name_, window, "the rest of a block", length);
      return false;
    }
    if (length > kLargestPacketBlock)
      return damage_at(
          name_, window.offset() + 4,
          fmt::format("expected a block of at most {} bytes, found {}", kLargestPacketBlock, length));
    const std::uint8_t* block = window.peek(length);
    if (!block) return cut_off(name_, window, "a block", length);
    if (order_.load32(block + length - 4) != length)
      return damage_at(name_, window.offset() + length - 4,
                       fmt::format("expected the block length {} again, found {}", length,
                                   order_.load32(block + length - 4)));
    const auto found = read_block(type, {block + 8, length - kBlockOverhead}, window.offset(), packet);
    if (found) window.pass(length);
    return found;
  }

  Result<bool> read_block(std::uint32_t type, std::span<const std::uint8_t> body, std::uint64_t offset,
                          RawPacket& packet) {
    if (type == kInterfaceDescription) return describe_interface(body, offset);
    if (type == kSimplePacket) return simple_packet(body, offset, packet);
    return packet_block(type, body, offset, packet);
  }

  Result<bool> begin_section(ByteWindow& window) {
    const std::uint8_t* block = window.peek(28);
    if (!block) return cut_off(name_, window, "a section header", 28);
    if (WireOrder(false).load32(block + 8) == kByteOrderMagic)
      order_ = WireOrder(false);
    else if (WireOrder(true).load32(block + 8) == kByteOrderMagic)
      order_ = WireOrder(true);
    else
      return damage_at(name_, window.offset() + 8,
                       fmt::format("expected the byte-order magic {:#x}, found {:#x}", kByteOrderMagic,
                                   WireOrder(false).load32(block + 8)));
    if (order_.load16(block + 12) != 1)
      return damage_at(name_, window.offset() + 12,
                       fmt::format("expected pcapng version 1, found {}", order_.load16(block + 12)));
    section_.clear();
    return true;
  }

  // Calls `take(code, value)` for each option in `bytes`.
  template <typename Take>
  void each_option(std::span<const std::uint8_t> bytes, Take&& take) const {
    while (bytes.size() >= 4) {
      const std::uint16_t code = order_.load16(bytes.data());
      const std::size_t length = order_.load16(bytes.data() + 2);
      if (code == kEndOfOptions || bytes.size() - 4 < length) return;
      take(code, bytes.subspan(4, length));
      bytes = bytes.subspan(std::min(bytes.size(), 4 + ((length + 3) & ~std::size_t{3})));
    }
  }

  Result<bool> describe_interface(std::span<const std::uint8_t> body, std::uint64_t offset) {
    if (body.size() < 8)
      return damage_at(
          name_, offset,
          fmt::format("expected an interface of at least 20 bytes, found {}", body.size() + kBlockOverhead));
    if (section_.size() == kMostInterfaces)
      return damage_at(name_, offset, fmt::format("expected at most {} interfaces", kMostInterfaces));
    SectionInterface described;
    std::string interface_name;
    described.link = static_cast<LinkType>(order_.load16(body.data()));
    described.snap_length = order_.load32(body.data() + 4);
    each_option(body.subspan(8), [&](std::uint16_t code, std::span<const std::uint8_t> value) {
      if (code == kInterfaceName) interface_name.assign(value.begin(), value.end());
      if (code == kTimeResolution && value.size() >= 1) described.clock.resolution = value[0];
      if (code == kFcsLength && value.size() >= 1) described.fcs = fcs_bytes(value[0]);
      if (code == kTimeOffset && value.size() >= 8)
        described.clock.offset_s = static_cast<std::int64_t>(order_.load64(value.data()));
    });
    described.number = number_of(interface_name, described.link);
    section_.push_back(described);
    return false;
  }

  // The draft counts bits, writers count bytes; no FCS is as short as eight bits.
  static std::uint32_t fcs_bytes(std::uint8_t told) { return told >= 8 ? told / 8 : told; }

  // A later section that describes the same interface again (appended captures) goes on under its number.
  std::uint32_t number_of(const std::string& interface_name, LinkType link) {
    const std::size_t position = section_.size();
    if (position < interfaces_.size() && interfaces_[position].name == interface_name &&
        interfaces_[position].link == link)
      return static_cast<std::uint32_t>(position);
    interfaces_.push_back({.name = interface_name, .link = link});
    return static_cast<std::uint32_t>(interfaces_.size() - 1);
  }

  [[nodiscard]] Result<const SectionInterface*> interface_of(std::uint32_t id, std::uint64_t offset) const {
    if (id < section_.size()) return &section_[id];
    return damage_at(name_, offset + 8,
                     fmt::format("expected the id of one of {} interfaces, found {}", section_.size(), id));
  }

  // Enhanced, and the obsolete one that it replaced: the same but for a shorter id and a drop counter.
  Result<bool> packet_block(std::uint32_t type, std::span<const std::uint8_t> body, std::uint64_t offset,
                            RawPacket& packet) {
    if (body.size() < 20)
      return damage_at(name_, offset,
                       fmt::format("expected a packet block of at least 32 bytes, found {}",
                                   body.size() + kBlockOverhead));
    const std::uint8_t* at = body.data();
    const auto from = interface_of(type == kObsoletePacket ? order_.load16(at) : order_.load32(at), offset);
    if (!from) return std::unexpected(from.error());
    const std::uint32_t captured = order_.load32(at + 12);
    const std::size_t room = body.size() - 20;
    if (captured > room || captured > kLargestPacket)
      return damage_at(
          name_, offset + 20,
          fmt::format("expected a captured length of at most {} bytes, found {}", room, captured));
    const std::uint64_t ticks = std::uint64_t{order_.load32(at + 4)} << 32 | order_.load32(at + 8);
    packet.time = (*from)->clock.time(ticks);
    packet.direction = VDT_DIRECTION_UNKNOWN;
    fill(**from, {at + 20, captured}, order_.load32(at + 16), packet);
    const std::size_t options = std::min(room, (std::size_t{captured} + 3) & ~std::size_t{3});
    if (options < room) take_flags(body.subspan(20 + options), packet);
    return true;
  }

  void take_flags(std::span<const std::uint8_t> options, RawPacket& packet) const {
    each_option(options, [&](std::uint16_t code, std::span<const std::uint8_t> value) {
      if (code != kPacketFlags || value.size() < 4) return;
      const std::uint32_t direction = order_.load32(value.data()) & 3;
      if (direction == 1) packet.direction = VDT_DIRECTION_IN;
      if (direction == 2) packet.direction = VDT_DIRECTION_OUT;
    });
  }

  // No time and no captured length: that is what the interface's snap length leaves.
  Result<bool> simple_packet(std::span<const std::uint8_t> body, std::uint64_t offset, RawPacket& packet) {
    if (body.size() < 4) return damage_at(name_, offset, "expected a simple packet of at least 16 bytes");
    const auto from = interface_of(0, offset);
    if (!from) return std::unexpected(from.error());
    const std::uint32_t wire = order_.load32(body.data());
    const std::uint32_t snap = (*from)->snap_length;
    const std::size_t expected = snap != 0 ? std::min(wire, snap) : wire;
    const auto captured = body.subspan(4).first(std::min(body.size() - 4, expected));
    packet.time = Nanoseconds(0);
    packet.direction = VDT_DIRECTION_UNKNOWN;
    fill(**from, captured, wire, packet);
    return true;
  }

  static void fill(const SectionInterface& from, std::span<const std::uint8_t> captured, std::uint32_t wire,
                   RawPacket& packet) {
    packet.interface = from.number;
    packet.link = from.link;
    packet.wire_length = wire > from.fcs ? wire - from.fcs : 0;
    packet.bytes =
        from.fcs == 0 ? captured : captured.first(std::min<std::size_t>(captured.size(), packet.wire_length));
  }

  WireOrder order_{false};
  std::vector<SectionInterface> section_;
  std::string name_;
};

}  // namespace

bool is_pcapng(std::span<const std::uint8_t, 4> magic) {
  return WireOrder(false).load32(magic.data()) == kSectionHeader;  // the same in either byte order
}

std::unique_ptr<CaptureFormat> open_pcapng(std::string name) {
  return std::make_unique<Pcapng>(std::move(name));
}

}  // namespace vedette
