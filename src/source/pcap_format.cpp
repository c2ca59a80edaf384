#include "source/pcap_format.h"

#include <algorithm>
#include <optional>

namespace vedette {

namespace {

struct Variant {
  std::uint32_t magic;
  std::uint32_t fraction;       // nanoseconds of a unit of the time stamp's second half
  std::uint32_t file_header;    // bytes
  std::uint32_t record_header;  // bytes
};

constexpr Variant kVariants[] = {
    {0xa1b2c3d4, 1000, 24, 16}, {0xa1b23c4d, 1, 24, 16},
    {0xa1b2cd34, 1000, 24, 24},  // Kuznetzov: interface, protocol and packet type in each record
    {0x1c0001ac, 1, 28, 16},     // IXIA lcap from hardware: the file's length follows the header
    {0x1c0001ab, 1000, 28, 16},  // and from software
};

struct Found {
  Variant variant;
  bool swapped;
};

std::optional<Found> find_variant(const std::uint8_t* magic) {
  for (const bool swapped : {false, true})
    for (const Variant& variant : kVariants)
      if (WireOrder(swapped).load32(magic) == variant.magic) return Found{variant, swapped};
  return std::nullopt;
}

// Before version 2.3 the two lengths of a record were the other way round; 2.3 was written both ways.
enum class LengthOrder { kCapturedFirst, kWireFirst, kEither };

LengthOrder length_order(std::uint16_t major, std::uint16_t minor) {
  if (major == 2 && minor == 3) return LengthOrder::kEither;
  return major == 543 || (major == 2 && minor < 3) ? LengthOrder::kWireFirst : LengthOrder::kCapturedFirst;
}

// The link type field's upper bits: whether the lower 28 to 31 hold the FCS's length in 16-bit words.
constexpr std::uint32_t kFcsLengthKnown = 0x04000000;

constexpr std::size_t kHeadersBegin =
    64;  // bytes into a record: its second cache line holds transport headers

class Pcap final : public CaptureFormat {
 public:
  Pcap(const Found& found, LengthOrder lengths, std::uint32_t link_field, std::string name)
      : order_(found.swapped),
        lengths_(lengths),
        variant_(found.variant),
        link_(static_cast<LinkType>(link_field & 0xffff)),
        fcs_(link_field & kFcsLengthKnown ? (link_field >> 28) * 2 : 0),
        name_(std::move(name)) {
    interfaces_.push_back({.name = {}, .link = link_});
  }

  Result<bool> next(ByteWindow& window, RawPacket& packet) override {
    const std::uint8_t* header = window.peek(variant_.record_header);
    if (!header) [[unlikely]] {
      if (window.left() == 0 && !window.failure()) return false;
      return cut_off(name_, window, "a record header", variant_.record_header);
    }
    std::uint32_t captured = order_.load32(header + 8);
    std::uint32_t wire = order_.load32(header + 12);
    if (lengths_ != LengthOrder::kCapturedFirst) [[unlikely]]
      if (lengths_ == LengthOrder::kWireFirst || captured > wire) std::swap(captured, wire);
    if (captured > kLargestPacket) [[unlikely]]
      return damage_at(
          name_, window.offset() + 8,
          fmt::format("expected a captured length of at most {} bytes, found {}", kLargestPacket, captured));
    const std::uint64_t seconds = order_.load32(header);
    const std::uint64_t fraction = order_.load32(header + 4);
    const std::uint8_t* record = window.peek(variant_.record_header + captured);
    if (!record) [[unlikely]]
      return cut_off(name_, window, "a record", std::uint64_t{variant_.record_header} + captured);
    __builtin_prefetch(record + kHeadersBegin);
    __builtin_prefetch(record + variant_.record_header + captured);
    packet.time =
        Nanoseconds(static_cast<std::int64_t>(seconds * 1'000'000'000 + fraction * variant_.fraction));
    packet.interface = 0;
    packet.link = link_;
    packet.direction = VDT_DIRECTION_UNKNOWN;
    packet.wire_length = wire > fcs_ ? wire - fcs_ : 0;
    packet.bytes = {record + variant_.record_header,
                    fcs_ == 0 ? captured : std::min(captured, packet.wire_length)};
    window.pass(variant_.record_header + captured);
    return true;
  }

 private:
  WireOrder order_;
  LengthOrder lengths_;
  Variant variant_;
  LinkType link_;
  std::uint32_t fcs_;  // bytes at the end of each frame
  std::string name_;
};

}  // namespace

bool is_pcap(std::span<const std::uint8_t, 4> magic) {
  return find_variant(magic.data()).has_value();
}

Result<std::unique_ptr<CaptureFormat>> open_pcap(ByteWindow& window, std::string name) {
  const std::uint8_t* header = window.peek(kPcapFileHeader);
  if (!header) return cut_off(name, window, "a pcap file header", kPcapFileHeader);
  const std::optional<Found> found = find_variant(header);
  if (!found) return unusable(std::move(name), "expected a pcap file header, found something else");
  const WireOrder order(found->swapped);
  const LengthOrder lengths = length_order(order.load16(header + 4), order.load16(header + 6));
  const std::uint32_t link_field = order.load32(header + 20);
  if (!window.skip(found->variant.file_header))
    return cut_off(name, window, "a pcap file header", found->variant.file_header);
  return std::make_unique<Pcap>(*found, lengths, link_field, std::move(name));
}

}  // namespace vedette
