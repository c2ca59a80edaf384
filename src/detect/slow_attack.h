// Web servers whose connections are held by feeding them as slowly as they bear: slowloris (a request's head
// a line at a time), R.U.D.Y. (its body a few bytes at a time), slow read (a response that a closed window
// keeps from being sent). Hansen 2009; Raz 2010; Shekyan 2012; the tools are slowloris and slowhttptest.
//
// A connection is held where its client goes on with what it says after a pause and the server, which has the
// floor no sooner, stays silent; or where its client's window stays closed. Many held at once from one source
// convict, or very many from several. Told by flows' steps and ends, so that live and file agree.
//
// Bounded: kMostHeld connections and kMost sources and services.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "detect/bounded_table.h"
#include "detect/detector.h"
#include "detect/telling.h"
#include "detect/web_services.h"

namespace vedette {

class SlowAttack final : public Detector {
 public:
  static constexpr std::size_t kMostHeld = 65'536;
  static constexpr std::size_t kMost = 8'192;
  // Bytes that no stream makes it hold more than.
  static constexpr std::size_t kMostMemory = std::size_t{24} * 1024 * 1024;

  using Detector::Detector;
  void take(const FlowStep& step) override;
  void take(const HandshakeView& handshake) override;
  using Detector::take;
  void end(const FlowView& flow) override;
  [[nodiscard]] std::size_t memory() const override;

 private:
  // A connection that may be held.
  struct Connection {
    Nanoseconds fed{};         // when its client last went on
    bool served = false;       // the server has said something since
    std::uint16_t stalls = 0;  // of its flow's zero windows, those counted
    Nanoseconds stalled{};     // the latest that was looked at
    std::uint64_t taken = 0;   // bytes of the server, at that time
    bool held = false;
    bool reads = false;  // slow read
  };
  // By source and service, and by service alone.
  struct Holder {
    std::uint64_t held = 0;  // now
    std::uint64_t reads = 0;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    Nanoseconds first{};
    Telling telling;
  };

  void feed(const FlowStep& step);
  void stall(const FlowStep& step);
  Connection* connection_of(const FlowStep& step);
  void hold(const Flow& flow, Connection& connection, bool reads, Nanoseconds now);
  void go_on(const FlowStep& step);
  void let_go(const Flow& flow, Connection& connection);
  void judge(const Flow& flow, Holder& holder, bool spread, Nanoseconds now);

  std::unordered_map<const Flow*, Connection> connections_;
  BoundedTable<Holder> by_source_{kMost};
  BoundedTable<Holder> by_service_{kMost};
  WebServices web_;
};

}  // namespace vedette
