// Packets whose addresses lie: sources that none may have (martians: RFC 1812, 5.3.7; RFC 6890; RFC 4291),
// the victim's own address and port as source (LAND: CERT CA-1997-28), echoes and small services asked by
// broadcast or multicast for whom the source names (Smurf and fraggle: CERT CA-1998-01, RFC 2644), and by a
// source that is a multicast group (rsmurf6 of THC-IPv6). What WinNuke sends (CVE-1999-0153: urgent data to
// NetBIOS' session port) is told here too: one look at a step.
#pragma once

#include "detect/detector.h"
#include "detect/finding_tally.h"

namespace vedette {

class SpoofedSource final : public Detector {
 public:
  explicit SpoofedSource(const Raise& raise) : Detector(raise), tally_(raise) {}
  using Detector::take;
  void take(const FlowStep& step) override;
  void look(const FlowStep& step) override;
  void tick(Nanoseconds now) override { tally_.tick(now); }
  void finish() override { tally_.finish(); }
  [[nodiscard]] std::size_t memory() const override { return tally_.memory(); }

 private:
  void look_at_source(const FlowStep& step);
  void look_at_broadcast(const FlowStep& step);
  void look_at_tcp(const FlowStep& step);

  FindingTally tally_;
};

}  // namespace vedette
