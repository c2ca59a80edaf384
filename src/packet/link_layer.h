// Link layers other than Ethernet: from a frame's first byte to its network header, where bpf/parse goes on.
// Each function is one row of the table in link_layer.cpp and stands in the file named after its family.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "packet/link_type.h"
#include "parse/frame.h"

namespace vedette {

// The bytes of one frame and what is known of it so far: the only way in which a link layer reads bytes.
// A link layer may shorten it (an FCS at its end). One thread.
class LinkFrame {
 public:
  LinkFrame(std::span<const std::uint8_t> bytes, vdt_packet_core& core)
      : begin_(bytes.data()), end_(bytes.data() + bytes.size()), core_(core) {}

  // `size` readable bytes at `offset`; null where the frame ends before them.
  [[nodiscard]] const std::uint8_t* at(std::uint32_t offset, std::uint32_t size) const {
    return vdt_at(begin_, end_, offset, size);
  }
  [[nodiscard]] const std::uint8_t* begin() const { return begin_; }
  [[nodiscard]] const std::uint8_t* end() const { return end_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(end_ - begin_); }
  [[nodiscard]] vdt_packet_core& core() { return core_; }
  void drop_last(std::uint32_t bytes) { end_ -= bytes < size() ? bytes : size(); }

 private:
  const std::uint8_t* begin_;
  const std::uint8_t* end_;
  vdt_packet_core& core_;
};

// Offset of the header that core.ether_type announces; nothing where the frame carries none that we know.
// core.malformed then says why, or stays "none" for what is whole and not IP.
using NetworkStart = std::optional<std::uint32_t>;

// Reads the link header that begins at `offset`.
using LinkLayer = NetworkStart (*)(LinkFrame& frame, std::uint32_t offset);

// Null where there is no parser for `type`.
[[nodiscard]] LinkLayer link_layer(LinkType type);

// The frame ends inside a link header.
inline NetworkStart truncated_link(LinkFrame& frame) {
  frame.core().malformed = VDT_MALFORMED_LINK_TRUNCATED;
  return std::nullopt;
}

inline NetworkStart network_at(LinkFrame& frame, std::uint32_t offset, std::uint16_t ether_type) {
  frame.core().ether_type = ether_type;
  return offset;
}

inline void set_macs(LinkFrame& frame, const std::uint8_t* src, const std::uint8_t* dst) {
  vdt_copy_mac(frame.core().src_mac, src);
  vdt_copy_mac(frame.core().dst_mac, dst);
  frame.core().facts |= VDT_FACT_MAC;
}

// Ethernet behind another header.
NetworkStart link_ethernet(LinkFrame& frame, std::uint32_t offset);

// link_ip.cpp: an IP packet behind nothing or behind its address family.
NetworkStart link_raw_ip(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_ipv4(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_ipv6(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_null(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_enc(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_pflog(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_slip(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_mpls(LinkFrame& frame, std::uint32_t offset);

// link_cooked.cpp: Linux's cooked captures and netfilter's log.
NetworkStart link_cooked(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_cooked2(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_nflog(LinkFrame& frame, std::uint32_t offset);

// link_serial.cpp: PPP, HDLC, frame relay.
NetworkStart link_ppp(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_ppp_with_direction(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_pppoe(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_cisco_hdlc(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_frame_relay(LinkFrame& frame, std::uint32_t offset);

// link_llc.cpp: IEEE 802.2 and the networks that carry it.
NetworkStart link_llc(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_fddi(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_token_ring(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_fibre_channel(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_sun_atm(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_arcnet(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_arcnet_linux(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_firewire(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_infiniband(LinkFrame& frame, std::uint32_t offset);

// link_wlan.cpp: IEEE 802.11 and the radio headers before it.
NetworkStart link_wlan(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_radiotap(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_prism(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_avs(LinkFrame& frame, std::uint32_t offset);

// link_wrapped.cpp: headers that name the link type behind them.
NetworkStart link_ppi(LinkFrame& frame, std::uint32_t offset);
NetworkStart link_pktap(LinkFrame& frame, std::uint32_t offset);

}  // namespace vedette
