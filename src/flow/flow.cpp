#include "flow/flow.h"

#include "parse/protocols.h"

namespace vedette {

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
