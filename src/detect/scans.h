// Scans: what asks for many ports (detect/port_scan.h) or many hosts (detect/host_scan.h,
// detect/arp_sweep.h), fed by the first contacts that flows show (detect/contact_tracker.h).
#pragma once

#include "detect/arp_sweep.h"
#include "detect/contact_tracker.h"
#include "detect/detector.h"
#include "detect/host_scan.h"
#include "detect/port_scan.h"

namespace vedette {

class Scans final : public Detector {
 public:
  // Bytes that no stream makes it hold more than.
  static constexpr std::size_t kMostMemory = std::size_t{64} * 1024 * 1024;

  explicit Scans(const Raise& raise)
      : Detector(raise), ports_(raise), hosts_(raise), arp_(raise), contacts_([this](const Contact& contact) {
          ports_.take(contact);
          hosts_.take(contact);
        }) {}

  void take(const FlowStep& step) override { contacts_.take(step); }
  void look(const FlowStep& step) override { contacts_.look(step); }
  using Detector::take;
  void take(const Packet& packet) override {
    contacts_.take(packet);
    arp_.take(packet);
  }
  void end(const FlowView& flow) override { contacts_.end(flow); }
  void tick(Nanoseconds now) override { contacts_.tick(now); }
  [[nodiscard]] std::size_t memory() const override {
    return ports_.memory() + hosts_.memory() + arp_.memory() + contacts_.memory();
  }

 private:
  PortScan ports_;
  HostScan hosts_;
  ArpSweep arp_;
  ContactTracker contacts_;
};

}  // namespace vedette
