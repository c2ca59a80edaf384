// Link types of capture files, by the number that stands in the file (tcpdump.org's LINKTYPE_ registry):
// those from whose frames a network header can be reached. Live interfaces are Ethernet or raw IP.
#pragma once

#include <cstdint>
#include <string>

namespace vedette {

enum class LinkType : std::uint32_t {
  kNull = 0,
  kEthernet = 1,
  kTokenRing = 6,
  kArcnet = 7,
  kSlip = 8,
  kPpp = 9,
  kFddi = 10,
  kDltRaw = 12,  // the system's own number for raw IP, which some writers put into the file
  kDltRawOpenBsd = 14,
  kPppHdlc = 50,
  kPppoe = 51,
  kAtmRfc1483 = 100,
  kRaw = 101,
  kCiscoHdlc = 104,
  kWlan = 105,
  kFrameRelay = 107,
  kLoop = 108,
  kOpenBsdEnc = 109,
  kLinuxCooked = 113,
  kPflog = 117,
  kPrism = 119,
  kIpOverFibreChannel = 122,
  kSunAtm = 123,
  kWlanRadiotap = 127,
  kArcnetLinux = 129,
  kAppleIpOverFirewire = 138,
  kWlanAvs = 163,
  kPppWithDirection = 204,
  kPpi = 192,
  kMpls = 219,
  kIpv4 = 228,
  kIpv6 = 229,
  kNflog = 239,
  kIpOverInfiniband = 242,
  kPktap = 258,
  kLinuxCooked2 = 276,
};

// "ethernet", "linux_sll", …; the number for a link type that has no parser here.
[[nodiscard]] std::string link_type_name(LinkType type);

}  // namespace vedette
