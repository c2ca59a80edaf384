#include "packet/link_layer.h"
#include "parse/wlan.h"

namespace vedette {

namespace {

// Of frame control, whatever the version (IEEE 802.11-2020 §9.2.4.1); its other fields: parse/wlan.h.
constexpr std::uint8_t kTypeMask = 0x0c;

// Where the two ends' addresses stand, by ToDS and FromDS (IEEE 802.11-2020 table 9-30).
struct Ends {
  std::uint8_t src;
  std::uint8_t dst;
};
constexpr Ends kEnds[] = {{10, 4}, {10, 16}, {16, 4}, {24, 16}};

std::uint16_t load16_le(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}

std::uint32_t load32_le(const std::uint8_t* at) {
  return load16_le(at) | static_cast<std::uint32_t>(load16_le(at + 2)) << 16;
}

// `padded`: the receiver aligned what follows the header to four bytes.
NetworkStart behind_wlan(LinkFrame& frame, std::uint32_t offset, bool padded) {
  const std::uint8_t* header = frame.at(offset, 2);
  if (!header) return truncated_link(frame);
  if ((header[0] & kTypeMask) != VDT_WLAN_DATA) return std::nullopt;
  const std::uint8_t ds = header[1] & (VDT_WLAN_TO_DS | VDT_WLAN_FROM_DS);
  const bool four_addresses = ds == (VDT_WLAN_TO_DS | VDT_WLAN_FROM_DS);
  const bool qos = header[0] & VDT_WLAN_QOS;
  std::uint32_t size = four_addresses ? 30 : 24;
  const std::uint32_t qos_at = size;
  if (qos) size += header[1] & VDT_WLAN_ORDER ? 6 : 2;
  header = frame.at(offset, size);
  if (!header) return truncated_link(frame);
  set_macs(frame, header + kEnds[ds].src, header + kEnds[ds].dst);
  if (header[0] & VDT_WLAN_NO_DATA || header[1] & VDT_WLAN_PROTECTED) return std::nullopt;
  const bool later_fragment = header[22] & 0x0f;
  if (later_fragment) return std::nullopt;
  if (padded) size = (size + 3) & ~3U;
  const bool amsdu = qos && header[qos_at] & VDT_WLAN_AMSDU;
  if (!amsdu) return link_llc(frame, offset + size);
  // Several packets in one frame: told is the first.
  const std::uint8_t* subframe = frame.at(offset + size, 14);
  if (!subframe) return truncated_link(frame);
  set_macs(frame, subframe + 6, subframe);
  return link_llc(frame, offset + size + 14);
}

constexpr std::uint32_t kRadiotapTsft = 1U << 0;
constexpr std::uint32_t kRadiotapFlags = 1U << 1;
constexpr std::uint32_t kRadiotapMore = 1U << 31;
constexpr std::uint8_t kRadiotapFcsAtEnd = 0x10;
constexpr std::uint8_t kRadiotapPadded = 0x20;

// The flags byte; 0 where the header has none. `offset`: of the radiotap header.
std::uint8_t radiotap_flags(const LinkFrame& frame, std::uint32_t offset) {
  std::uint32_t field = offset + 4;
  const std::uint8_t* present = frame.at(field, 4);
  if (!present) return 0;
  const std::uint32_t first = load32_le(present);
  for (std::uint32_t word = first; word & kRadiotapMore;) {
    field += 4;
    present = frame.at(field, 4);
    if (!present) return 0;
    word = load32_le(present);
  }
  field += 4;
  if (!(first & kRadiotapFlags)) return 0;
  // Fields are aligned to their own size, counted from the header's start.
  if (first & kRadiotapTsft) field = offset + ((field - offset + 7) & ~7U) + 8;
  const std::uint8_t* flags = frame.at(field, 1);
  return flags ? *flags : 0;
}

}  // namespace

NetworkStart link_wlan(LinkFrame& frame, std::uint32_t offset) {
  return behind_wlan(frame, offset, false);
}

NetworkStart link_radiotap(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 8);
  if (!header) return truncated_link(frame);
  const std::uint8_t flags = radiotap_flags(frame, offset);
  const std::uint32_t size = load16_le(header + 2);
  if (size < 8) return truncated_link(frame);
  if (flags & kRadiotapFcsAtEnd && frame.size() == frame.core().length) frame.drop_last(4);
  return behind_wlan(frame, offset + size, flags & kRadiotapPadded);
}

NetworkStart link_prism(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 8);
  if (!header) return truncated_link(frame);
  if ((vdt_load32(header) & 0xfffff000) == 0x80211000) return link_avs(frame, offset);
  // The message length stands in the byte order of the device; a header is shorter than 64 KiB.
  const std::uint32_t size = load32_le(header + 4) <= 0xffff ? load32_le(header + 4) : vdt_load32(header + 4);
  if (size < 8 || size > VDT_OFFSET_MAX) return truncated_link(frame);
  return link_wlan(frame, offset + size);
}

NetworkStart link_avs(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 8);
  if (!header) return truncated_link(frame);
  const std::uint32_t size = vdt_load32(header + 4);
  if (size < 8 || size > VDT_OFFSET_MAX) return truncated_link(frame);
  return link_wlan(frame, offset + size);
}

}  // namespace vedette
