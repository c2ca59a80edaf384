#include "packet/link_layer.h"

namespace vedette {

namespace {

std::uint32_t load32_le(const std::uint8_t* at) {
  return at[0] | at[1] << 8 | at[2] << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

// A wrapper inside a wrapper has no use but to keep a parser busy.
NetworkStart behind_wrapper(LinkFrame& frame, std::uint32_t offset, std::uint32_t number) {
  const auto type = static_cast<LinkType>(number);
  const bool wrapper = type == LinkType::kPpi || type == LinkType::kPktap;
  const LinkLayer layer = wrapper ? nullptr : link_layer(type);
  if (layer) return layer(frame, offset);
  frame.core().malformed = VDT_MALFORMED_LINK_TYPE;
  return std::nullopt;
}

}  // namespace

// CACE's per-packet information: little-endian always.
NetworkStart link_ppi(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 8);
  if (!header) return truncated_link(frame);
  const std::uint32_t size = header[2] | header[3] << 8;
  if (size < 8) return truncated_link(frame);
  return behind_wrapper(frame, offset + size, load32_le(header + 4));
}

// Apple's packet tap: the header's own length, the type of record (1: a packet), the link type behind it.
NetworkStart link_pktap(LinkFrame& frame, std::uint32_t offset) {
  const std::uint8_t* header = frame.at(offset, 12);
  if (!header) return truncated_link(frame);
  const std::uint32_t size = load32_le(header);
  if (size < 12 || size > VDT_OFFSET_MAX) return truncated_link(frame);
  if (load32_le(header + 4) != 1) return std::nullopt;
  return behind_wrapper(frame, offset + size, load32_le(header + 8));
}

}  // namespace vedette
