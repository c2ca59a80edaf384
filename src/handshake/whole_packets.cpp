#include "handshake/whole_packets.h"

#include "parse/frame.h"

namespace vedette {

WholePackets::WholePackets(FlowTable& flows, HandshakeTracker& tracker, ReassemblyOptions options)
    : flows_(flows),
      tracker_(tracker),
      reassembly_(
          options,
          [this](const Packet& whole) {
            if (!(whole.facts->core.facts & VDT_FACT_FRAGMENT)) return take(whole);
            // As deep as tunnels are opened: hostile datagrams lie in one another without end.
            if (depth_ == VDT_TUNNELS_OPENED) return;
            depth_++;
            reassembly_.add(whole, flows_.find(whole.facts->core.key));
            depth_--;
          },
          [this](const Packet& first) { take(first); }) {}

void WholePackets::take(const Packet& packet) {
  if (!(packet.facts->core.facts & VDT_FACT_IP)) return;
  const FlowTable::Place place = flows_.place_of(packet.facts->core.key);
  if (place.flow == nullptr) {
    without_flow_++;
    return;
  }
  tracker_.add(packet, place);
}

}  // namespace vedette
