// Heartbleed (CVE-2014-0160): heartbeats (RFC 6520) that ask a TLS server for more than they hold. In clear
// the request tells it itself: its payload_length is beyond its record. Encrypted, the lengths of request and
// answer tell it, as in Zeek's policy/protocols/ssl/heartbleed: a request that is shorter than a heartbeat
// can be, or an answer that is longer than the request, where the two must be equal. Reads records that begin
// with a segment; looks into nothing else. Live it looks at connections' first packets.
#pragma once

#include "detect/detector.h"
#include "detect/recent_map.h"

namespace vedette {

class Heartbleed final : public Detector {
 public:
  explicit Heartbleed(Raise raise) : Detector(std::move(raise)) {}

  void look(const FlowStep& step) override;
  void end(const FlowView& flow) override;
  [[nodiscard]] std::size_t memory() const override { return connections_.memory(); }

 private:
  struct Connection {
    std::array<bool, 2> encrypted{};         // by side: it changed to encryption
    bool begun = false;                      // its first hello was seen in clear
    std::array<std::uint32_t, 2> request{};  // by side: bytes of its latest heartbeat's record
    bool data = false;                       // application data were seen
    bool attacked = false;                   // by a request in clear
  };

  static constexpr std::size_t kMostConnections = 65'536;  // 150 bytes each

  void take_heartbeat(const FlowStep& step, Connection& connection, std::uint32_t length,
                      std::span<const std::uint8_t> body);
  void judge_clear(const FlowStep& step, Connection& connection, std::uint32_t length,
                   std::span<const std::uint8_t> body) const;
  void judge_encrypted(const FlowStep& step, Connection& connection, std::uint32_t length) const;
  void tell(const FlowStep& step, Severity severity, double score, double threshold, std::string why) const;

  RecentMap<const Flow*, Connection> connections_{kMostConnections};
};

}  // namespace vedette
