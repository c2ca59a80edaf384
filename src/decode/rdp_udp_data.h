// What the datagrams of one direction of RDP over UDP carry behind their headers, put in order by their
// numbers: pieces of a TLS connection, or datagrams of DTLS where the transport is lossy. Versions 1 and 2
// ([MS-RDPEUDP] §2.2.2) and version 3 ([MS-RDPEUDP2] §2.2.1), which has other headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "decode/derived.h"

namespace vedette {

// [MS-RDPEUDP] §2.2.2.1: which headers follow, and what only SYNs have.
enum RdpUdpFlag : std::uint16_t {
  kRdpUdpSyn = 0x0001,
  kRdpUdpAck = 0x0004,
  kRdpUdpData = 0x0008,
  kRdpUdpFec = 0x0010,
  kRdpUdpAckOfAcks = 0x0100,
  kRdpUdpLossy = 0x0200,
  kRdpUdpCorrelationId = 0x0800,
  kRdpUdpExtension = 0x1000,
  kRdpUdpUnknown = 0xe000,
};

struct RdpUdpData {
  std::uint32_t number = 0;        // of the packet; one that is sent again has the same
  std::uint32_t acknowledged = 0;  // the other side's; not of version 3
  std::vector<std::uint8_t> bytes;
};

// None where the datagram carries no data (or that of error correction), or isn't one.
[[nodiscard]] std::optional<RdpUdpData> parse_rdp_udp_data(std::span<const std::uint8_t> datagram);
[[nodiscard]] std::optional<RdpUdpData> parse_rdp_udp2_data(std::span<const std::uint8_t> datagram);

// The data is whole records of TLS or DTLS, one behind another.
[[nodiscard]] bool is_rdp_udp_records(std::span<const std::uint8_t> data);

struct RdpUdpTransport {
  bool version3 = false;
  bool lossy = false;
};

// Adds what the datagrams of one direction of `heads` carry; `first` is the number of its first piece, where
// that is known. Of a stream, what is known without a gap.
void add_rdp_udp_carried(const Heads& heads, std::size_t side, RdpUdpTransport transport,
                         std::optional<std::uint32_t> first, DerivedBytes& carried);

}  // namespace vedette
