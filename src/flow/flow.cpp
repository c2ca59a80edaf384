#include "flow/flow.h"

#include "parse/protocols.h"

namespace vedette {

bool protocol_has_ports(std::uint8_t protocol) {
  return protocol == VDT_IP_TCP || protocol == VDT_IP_UDP || protocol == VDT_IP_UDPLITE ||
         protocol == VDT_IP_SCTP || protocol == VDT_IP_DCCP;
}

bool has_ports(const Flow& flow) {
  return protocol_has_ports(flow.key.protocol) && (flow.key.src_port != 0 || flow.key.dst_port != 0);
}

FlowState flow_state(const Flow& flow) {
  const bool answered = flow.sent[kResponder].packets > 0;
  if (flow.key.protocol != VDT_IP_TCP) return answered ? FlowState::kReplied : FlowState::kNew;

  const unsigned initiator = flow.tcp_flags[kInitiator];
  const unsigned responder = flow.tcp_flags[kResponder];
  if (initiator & responder & VDT_TCP_FIN) return FlowState::kClosed;
  if ((initiator | responder) & VDT_TCP_RST) return FlowState::kReset;
  if ((initiator | responder) & VDT_TCP_FIN) return FlowState::kClosing;
  if (initiator & VDT_TCP_ACK) return FlowState::kEstablished;
  if (responder & VDT_TCP_SYN) return FlowState::kSynReceived;
  if ((initiator & VDT_TCP_SYN) && !(responder & VDT_TCP_ACK)) return FlowState::kSynSent;
  return FlowState::kEstablished;
}

std::string_view flow_state_name(FlowState state) {
  constexpr std::string_view kNames[] = {"new",         "replied", "syn_sent", "syn_received",
                                         "established", "closing", "closed",   "reset"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace vedette
