// Connections that go on although a segment has ended them in the eyes of whoever watches (Ptacek and
// Newsham, "Insertion, Evasion, and Denial of Service", 1998; Suricata's bug 3286): somebody forges resets
// for the watcher, or they end before their target by TTL or checksum.
// - A reset that RFC 9293 §3.10.7.3 has to end a handshake, and without another SYN the handshake goes on and
//   the client sends data.
// - A reset, and its sender goes on sending data behind it, which the other side acknowledges.
// A connection that is begun anew by a SYN is no such thing, and data that were sent before the reset and
// come after it are not either.
#pragma once

#include "detect/detector.h"
#include "detect/recent_map.h"

namespace vedette {

class TcpEvasion final : public Detector {
 public:
  explicit TcpEvasion(Raise raise) : Detector(std::move(raise)) {}

  void look(const FlowStep& step) override;
  void end(const FlowView& flow) override;
  [[nodiscard]] std::size_t memory() const override { return resets_.memory(); }

 private:
  struct Reset {
    FlowSide side = kInitiator;  // who sent it
    bool of_handshake = false;   // before the responder had answered the SYN
    bool handshake_went_on = false;
    std::uint32_t seq = 0;       // of the reset
    std::uint32_t data_end = 0;  // behind the latest data that its sender sent later
    std::uint32_t data_segments = 0;
  };

  static constexpr std::size_t kMostResets = 16'384;  // flows with a reset at once, 140 bytes each

  void take_reset(const FlowStep& step);
  void go_on(const FlowStep& step, Reset& reset);
  void tell(const FlowStep& step, const Reset& reset, std::string_view what);

  RecentMap<const Flow*, Reset> resets_{kMostResets};
};

}  // namespace vedette
