#include "packet/link_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace vedette {

namespace {

struct Row {
  LinkType type;
  std::string_view name;
  LinkLayer layer;
};

// In the order of the numbers.
constexpr Row kRows[] = {
    {LinkType::kNull, "null", link_null},
    {LinkType::kEthernet, "ethernet", link_ethernet},
    {LinkType::kTokenRing, "token_ring", link_token_ring},
    {LinkType::kArcnet, "arcnet", link_arcnet},
    {LinkType::kSlip, "slip", link_slip},
    {LinkType::kPpp, "ppp", link_ppp},
    {LinkType::kFddi, "fddi", link_fddi},
    {LinkType::kDltRaw, "raw", link_raw_ip},
    {LinkType::kDltRawOpenBsd, "raw", link_raw_ip},
    {LinkType::kPppHdlc, "ppp_hdlc", link_ppp},
    {LinkType::kPppoe, "pppoe", link_pppoe},
    {LinkType::kAtmRfc1483, "atm_rfc1483", link_llc},
    {LinkType::kRaw, "raw", link_raw_ip},
    {LinkType::kCiscoHdlc, "c_hdlc", link_cisco_hdlc},
    {LinkType::kWlan, "ieee802_11", link_wlan},
    {LinkType::kFrameRelay, "frame_relay", link_frame_relay},
    {LinkType::kLoop, "loop", link_null},
    {LinkType::kOpenBsdEnc, "enc", link_enc},
    {LinkType::kLinuxCooked, "linux_sll", link_cooked},
    {LinkType::kPflog, "pflog", link_pflog},
    {LinkType::kPrism, "ieee802_11_prism", link_prism},
    {LinkType::kIpOverFibreChannel, "ip_over_fc", link_fibre_channel},
    {LinkType::kSunAtm, "sunatm", link_sun_atm},
    {LinkType::kWlanRadiotap, "ieee802_11_radiotap", link_radiotap},
    {LinkType::kArcnetLinux, "arcnet_linux", link_arcnet_linux},
    {LinkType::kAppleIpOverFirewire, "ip_over_ieee1394", link_firewire},
    {LinkType::kWlanAvs, "ieee802_11_avs", link_avs},
    {LinkType::kPpi, "ppi", link_ppi},
    {LinkType::kPppWithDirection, "ppp_with_direction", link_ppp_with_direction},
    {LinkType::kMpls, "mpls", link_mpls},
    {LinkType::kIpv4, "ipv4", link_ipv4},
    {LinkType::kIpv6, "ipv6", link_ipv6},
    {LinkType::kNflog, "nflog", link_nflog},
    {LinkType::kIpOverInfiniband, "ip_over_infiniband", link_infiniband},
    {LinkType::kPktap, "pktap", link_pktap},
    {LinkType::kLinuxCooked2, "linux_sll2", link_cooked2},
};

static_assert(std::ranges::is_sorted(kRows, {}, &Row::type), "row() searches by halving");

const Row* row(LinkType type) {
  const Row* found = std::ranges::lower_bound(kRows, type, {}, &Row::type);
  return found != std::end(kRows) && found->type == type ? found : nullptr;
}

}  // namespace

LinkLayer link_layer(LinkType type) {
  const Row* found = row(type);
  return found ? found->layer : nullptr;
}

std::string link_type_name(LinkType type) {
  const Row* found = row(type);
  return found ? std::string(found->name) : fmt::format("{}", static_cast<std::uint32_t>(type));
}

NetworkStart link_ethernet(LinkFrame& frame, std::uint32_t offset) {
  const std::uint32_t behind = vdt_parse_ethernet(frame.begin(), frame.end(), offset, &frame.core());
  return behind ? NetworkStart(behind) : std::nullopt;
}

}  // namespace vedette
