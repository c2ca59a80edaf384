#include "sensor/losses.h"

namespace vedette {

namespace {

// In the order of LossReason.
constexpr std::array<Loss, kLossReasons> kList{{
    {"flow_table_full", "packets",
     "no slot could be freed, as the telemetry ring was full: packet not in any flow"},
    {"watch_ring_full", "packets", "a watched packet found the ring to user space full"},
    {"watch_queue_full", "packets", "a watched packet found its client too far behind"},
    {"drop_table_full", "packets", "a packet that the kernel dropped found no room in the table of reasons"},
    {"drop_missed", "packets",
     "a packet was dropped while the CPU counted another, and the kernel did not tell it"},
    {"connection_table_full", "events", "a TCP connection found no room in the table of connections"},
    {"connection_missed", "events",
     "a TCP event came while the CPU counted another, and the kernel did not tell it"},
    {"owner_untold", "events", "the kernel had no memory to note a socket's process"},
    {"first_bytes_over_budget", "events",
     "one of a flow's first packets with a payload came while the CPU's budget for these was spent: the flow "
     "counts it, no decoder saw it"},
    {"first_bytes_ring_full", "events", "such a packet found the ring to user space full"},
    {"heads_over_budget", "events",
     "an odd packet, a dropped one, or one of a flow's first came while the CPU's budget for these was "
     "spent: no "
     "detector looked at it, and it is no evidence"},
    {"heads_ring_full", "events", "such a packet's head found the ring to user space full"},
    {"evidence_given_up", "events", "a finding came with so many others that its packets were not saved"},
    {"handshake_given_up", "events",
     "a flow's first bytes gave way to those of later flows before they had said all"},
    {"handshake_queue_full", "events", "a handshake found its client too far behind"},
    {"name_table_full", "events", "an address's name gave way to later ones before its time"},
    {"hook_untold", "events", "a finding found a hook's queue full, or the hook failed at it"},
    {"audit_unwritten", "events",
     "a change of what passes and drops could not be written to the audit trail"},
    {"export_queue_full", "events", "a flow found the queue to a collector full: it was not exported"},
    {"export_unsent", "events", "a flow could not be sent to a collector, or nobody listened there"},
    {"store_queue_full", "events",
     "a flow, a finding or an interface's second found too many rows waiting for the store"},
    {"store_unwritten", "events",
     "the same, as the store's folder could not be written, or too much waits there for a server"},
    {"interface_missed", "packets", "an interface had no buffer for it: no program saw it"},
    {"interface_errors", "packets", "an interface refused it as broken: no program saw it"},
    {"interface_dropped", "packets", "dropped by an interface's driver or queue: no program saw it"},
}};

}  // namespace

std::vector<Loss> Losses::all() const {
  std::vector<Loss> rows;
  rows.reserve(kLossReasons);
  for (std::size_t i = 0; i < kLossReasons; i++) {
    if (!counts_[i]) continue;
    rows.push_back(kList[i]);
    rows.back().count = *counts_[i];
  }
  return rows;
}

}  // namespace vedette
