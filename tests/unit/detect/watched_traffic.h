// Made traffic for detectors: packets between any two hosts at any time, through the parser, the flow table,
// the handshake tracker and all detectors, as `vedette read --show findings` does it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "detect/detection.h"
#include "handshake/whole_packets.h"
#include "packet/parse.h"
#include "tests/packet_builder.h"

namespace vedette::tests {

struct Ends4 {
  std::uint32_t src;  // 0xc0000201 is 192.0.2.1
  std::uint32_t dst;
};

class WatchedTraffic : public ::testing::Test {
 protected:
  explicit WatchedTraffic(DetectionOptions options = {})
      : detection_(
            [this](const Finding& finding, FindingNews news) {
              if (news == FindingNews::kRaised) raised_.push_back(finding);
              if (news == FindingNews::kGrown) grown_++;
              if (news == FindingNews::kOver) over_.push_back(finding);
            },
            options) {}

  // `frame` is any Ethernet frame.
  void add(const Bytes& frame, Nanoseconds time) {
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    const Packet packet{.time = time, .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = {}};
    const FlowTable::Place place = table_.add_packet(packet);
    detection_.add(packet, place);
    whole_.add(packet, place);
  }
  void send(Ends4 ends, std::uint8_t protocol, const Bytes& transport, Nanoseconds time) {
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(protocol, transport));
    const Bytes addresses = be32(ends.src) + be32(ends.dst);
    std::ranges::copy(addresses, frame.begin() + 26);
    add(frame, time);
  }
  // The input ends: all findings are over.
  void finish() {
    whole_.finish();
    table_.finish();
    detection_.finish();
  }
  // How many of `over_` a detector raised.
  [[nodiscard]] std::size_t raised_by(std::string_view detector) const {
    return static_cast<std::size_t>(std::ranges::count(over_, detector, &Finding::detector));
  }

  std::vector<Finding> raised_;  // as they were when raised
  std::vector<Finding> over_;
  std::size_t grown_ = 0;  // how often a finding was told to have grown
  OutdatedTable outdated_ = OutdatedTable::built_in();
  Detection detection_;
  HandshakeTracker tracker_{{.outdated = &outdated_},
                            [this](const HandshakeView& handshake) { detection_.add(handshake); }};
  FlowTable table_{{}, [this](const FlowView& flow) {
                     whole_.end(flow.flow);
                     detection_.end(flow);
                   }};
  WholePackets whole_{table_, tracker_};
};

}  // namespace vedette::tests
