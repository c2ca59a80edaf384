// A pcap-filter(7) expression over flows: asked whether the frame that the flow's initiator would send
// matches. It sees the flow's tuple alone: addresses, ports, protocol, IP version and, where the expression
// says "vlan", its VLAN tags. "src" is the initiator. What only single packets have (MAC addresses, TCP
// flags, ICMP types, payload) is zero here.
#pragma once

#include <pcap/pcap.h>

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "flow/flow.h"

namespace vedette {

// Immutable once compiled: any thread may ask it.
class FlowFilter {
 public:
  // Error of kind kUnusable with libpcap's message where `expression` is not a filter. An empty one matches
  // every flow.
  [[nodiscard]] static Result<FlowFilter> compile(std::string_view expression);

  [[nodiscard]] bool matches(const Flow& flow) const;

  // What it runs over flow_frame(), and whether that is to have its VLAN tags.
  [[nodiscard]] std::span<const bpf_insn> program() const { return program_; }
  [[nodiscard]] bool sees_vlans() const { return sees_vlans_; }

 private:
  FlowFilter(std::vector<bpf_insn> program, bool sees_vlans)
      : program_(std::move(program)), sees_vlans_(sees_vlans) {}

  std::vector<bpf_insn> program_;
  bool sees_vlans_;  // a tagged frame hides its network header from an expression that doesn't say "vlan"
};

}  // namespace vedette
