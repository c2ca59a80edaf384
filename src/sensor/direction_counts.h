// The kernel's counters of one direction as the sensor tells them.
#pragma once

#include "abi/counters.h"
#include "sensor/status.h"

namespace vedette {

[[nodiscard]] inline DirectionCounts direction_counts(const vdt_direction_counters& counters) {
  return {
      .packets = counters.packets,
      .bytes = counters.bytes,
      .flow_packets = counters.packets - counters.not_ip_packets - counters.lost_packets -
                      counters.blocked_packets - counters.rule_dropped_packets - counters.answered_packets -
                      counters.refused_packets - counters.unsolicited_packets,
      .flow_bytes = counters.bytes - counters.not_ip_bytes - counters.lost_bytes - counters.blocked_bytes -
                    counters.rule_dropped_bytes - counters.answered_bytes - counters.refused_bytes -
                    counters.unsolicited_bytes,
      .not_ip_packets = counters.not_ip_packets,
      .not_ip_bytes = counters.not_ip_bytes,
      .lost_packets = counters.lost_packets,
      .lost_bytes = counters.lost_bytes,
      .blocked_packets = counters.blocked_packets,
      .blocked_bytes = counters.blocked_bytes,
      .rule_dropped_packets = counters.rule_dropped_packets,
      .rule_dropped_bytes = counters.rule_dropped_bytes,
      .answered_packets = counters.answered_packets,
      .answered_bytes = counters.answered_bytes,
      .refused_packets = counters.refused_packets,
      .refused_bytes = counters.refused_bytes,
      .unsolicited_packets = counters.unsolicited_packets,
      .unsolicited_bytes = counters.unsolicited_bytes,
      .protocol_dropped_packets = counters.protocol_dropped_packets,
      .protocol_dropped_bytes = counters.protocol_dropped_bytes,
  };
}

}  // namespace vedette
