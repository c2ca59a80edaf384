#include "flow/flow_frame.h"

#include <cstring>

#include "flow/flow.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

class Writer {
 public:
  void skip(std::size_t size) { size_ += size; }
  void put8(unsigned value) { frame_[size_++] = static_cast<std::uint8_t>(value); }
  void put16(unsigned value) { put8(value >> 8), put8(value & 0xff); }
  void put_bytes(const void* from, std::size_t size) {
    std::memcpy(&frame_[size_], from, size);
    size_ += size;
  }
  [[nodiscard]] const FlowFrame& frame() const { return frame_; }

 private:
  FlowFrame frame_{};
  std::size_t size_ = 0;
};

void put_ipv4(Writer& to, const vdt_flow_key& key) {
  constexpr unsigned kTotalLength = 40;
  to.put16(VDT_ETHER_IPV4);
  to.put16(0x4500);
  to.put16(kTotalLength);
  to.put16(0);  // identification
  to.put16(0);  // not a fragment
  to.put8(64);
  to.put8(key.protocol);
  to.put16(0);
  to.put_bytes(&key.src, 4);
  to.put_bytes(&key.dst, 4);
}

void put_ipv6(Writer& to, const vdt_flow_key& key) {
  constexpr unsigned kPayloadLength = 20;
  to.put16(VDT_ETHER_IPV6);
  to.put16(0x6000);
  to.put16(0);
  to.put16(kPayloadLength);
  to.put8(key.protocol);
  to.put8(64);
  to.put_bytes(&key.src, 16);
  to.put_bytes(&key.dst, 16);
}

}  // namespace

FlowFrame flow_frame(const vdt_flow_key& key, bool tagged) {
  constexpr std::size_t kMacAddresses = 12;
  Writer to;
  to.skip(kMacAddresses);
  if (tagged)
    for (const std::uint16_t vlan : key.vlan)
      if (vlan != 0) to.put16(VDT_ETHER_VLAN), to.put16(vlan);
  if (key.ip_version == 6)
    put_ipv6(to, key);
  else
    put_ipv4(to, key);
  if (protocol_has_ports(key.protocol)) to.put16(key.src_port), to.put16(key.dst_port);
  return to.frame();
}

}  // namespace vedette
