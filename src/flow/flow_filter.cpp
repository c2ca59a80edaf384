#include "flow/flow_filter.h"

#include <array>
#include <cctype>
#include <cstring>
#include <memory>
#include <string>

#include "packet/filter_error.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr int kSnapLength = 262144;

// The frame that the flow's initiator would send: Ethernet, VLAN tags, IP, and four bytes of ports.
class Frame {
 public:
  Frame(const vdt_flow_key& key, bool tagged) {
    size_ = 12;
    if (tagged)
      for (const std::uint16_t vlan : key.vlan)
        if (vlan != 0) put16(VDT_ETHER_VLAN), put16(vlan);
    if (key.ip_version == 6)
      put_ipv6(key);
    else
      put_ipv4(key);
    if (!protocol_has_ports(key.protocol)) return;
    put16(key.src_port);
    put16(key.dst_port);
  }

  // The rest of it is zeros: room for whatever a filter reads behind the ports.
  [[nodiscard]] bool matches(const std::vector<bpf_insn>& program) const {
    const auto size = static_cast<u_int>(bytes_.size());
    return bpf_filter(program.data(), bytes_.data(), size, size) != 0;
  }

 private:
  void put8(unsigned value) { bytes_[size_++] = static_cast<std::uint8_t>(value); }
  void put16(unsigned value) { put8(value >> 8), put8(value & 0xff); }
  void put_bytes(const void* from, std::size_t size) {
    std::memcpy(&bytes_[size_], from, size);
    size_ += size;
  }

  void put_ipv4(const vdt_flow_key& key) {
    constexpr unsigned kTotalLength = 40;
    put16(VDT_ETHER_IPV4);
    put16(0x4500);
    put16(kTotalLength);
    put16(0);  // identification
    put16(0);  // not a fragment
    put8(64);
    put8(key.protocol);
    put16(0);
    put_bytes(&key.src, 4);
    put_bytes(&key.dst, 4);
  }

  void put_ipv6(const vdt_flow_key& key) {
    constexpr unsigned kPayloadLength = 20;
    put16(VDT_ETHER_IPV6);
    put16(0x6000);
    put16(0);
    put16(kPayloadLength);
    put8(key.protocol);
    put8(64);
    put_bytes(&key.src, 16);
    put_bytes(&key.dst, 16);
  }

  std::array<std::uint8_t, 128> bytes_{};
  std::size_t size_ = 0;
};

bool names_vlans(std::string_view expression) {
  constexpr std::string_view kWord = "vlan";
  const auto in_word = [&](std::size_t at) {
    return at < expression.size() && (std::isalnum(static_cast<unsigned char>(expression[at])) != 0);
  };
  for (std::size_t at = expression.find(kWord); at != std::string_view::npos;
       at = expression.find(kWord, at + 1))
    if ((at == 0 || !in_word(at - 1)) && !in_word(at + kWord.size())) return true;
  return false;
}

bool compile_into(pcap_t* compiler, std::string_view expression, bpf_program& program) {
  return pcap_compile(compiler, &program, std::string(expression).c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
}

}  // namespace

Result<FlowFilter> FlowFilter::compile(std::string_view expression) {
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> compiler(pcap_open_dead(DLT_EN10MB, kSnapLength),
                                                            pcap_close);
  if (!compiler) return failed("filter", "libpcap could not be set up: no memory");
  bpf_program compiled{};
  if (!compile_into(compiler.get(), expression, compiled)) {
    const std::string said = pcap_geterr(compiler.get());
    return filter_error({.where = "filter",
                         .filter = expression,
                         .said = said,
                         .hint = "see pcap-filter(7)",
                         .compiles = [&](const std::string& piece) {
                           bpf_program program{};
                           const bool done = compile_into(compiler.get(), piece, program);
                           if (done) pcap_freecode(&program);
                           return done;
                         }});
  }
  std::vector<bpf_insn> program(compiled.bf_insns, compiled.bf_insns + compiled.bf_len);
  pcap_freecode(&compiled);
  return FlowFilter(std::move(program), names_vlans(expression));
}

bool FlowFilter::matches(const Flow& flow) const {
  return Frame(flow.key, sees_vlans_).matches(program_);
}

}  // namespace vedette
