// Each second's summary for those who look on: rates of the interfaces, who sent most, which services were
// asked, protocol versions in use, losses, open findings (API: GET /v1/live). While nobody looks on nothing
// is summed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "flow/application_totals.h"
#include "sensor/backend.h"
#include "sensor/live_stream.h"
#include "sensor/second_tally.h"
#include "sensor/status.h"

namespace vedette {

// How things stand at a second's end; counters since whenever, of which the growth is told.
struct SecondTotals {
  Nanoseconds time{};  // since the epoch
  std::vector<InterfaceStatus> interfaces = {};
  std::vector<ApplicationCounts> versions = {};  // of live flows
  std::uint64_t live_flows = 0;
  std::uint64_t created_flows = 0;
  std::uint64_t losses = 0;    // of the whole ledger
  std::uint64_t findings = 0;  // open
};

// The engine's, behind its lock.
class LiveSeconds {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool wanted() const { return !streams_.empty(); }
  // Flow growth of this second; of no use unless wanted().
  void take(const vdt_flow_key& sent, const Flow& flow, std::uint64_t packets, std::uint64_t bytes) {
    tally_.add(sent, flow, packets, bytes);
  }
  // Whether a second has passed since the last tell(), or none was yet for those who look on now.
  [[nodiscard]] bool due(Clock::time_point now) const;
  // Tells every stream what came since the last call; the first one for new streams is only what the next
  // compares with.
  void tell(const SecondTotals& totals, Clock::time_point now);

  // Ends after `count` seconds, 0: goes on. When the client lets go, `forget` is called with the stream's
  // number, which the engine hands on to forget().
  [[nodiscard]] std::unique_ptr<SecondStream> stream(std::uint64_t count,
                                                     std::function<void(std::uint64_t)> forget);
  void forget(std::uint64_t stream);
  void close();

 private:
  struct Watching {
    std::uint64_t number = 0;
    std::uint64_t left = 0;  // seconds still to tell; meaningful where `counted`
    bool counted = false;
    std::shared_ptr<LiveSecondStream::Queue> queue;
  };
  struct Before {
    DirectionCounts in, out;
  };

  [[nodiscard]] std::string second_json(const SecondTotals& totals, Clock::time_point now);

  std::vector<Watching> streams_;
  std::uint64_t next_stream_ = 1;
  SecondTally tally_;
  bool begun_ = false;  // there is something to compare with
  Clock::time_point told_;
  std::map<std::uint32_t, Before> before_;  // by ifindex
  std::uint64_t losses_before_ = 0;
  std::uint64_t created_before_ = 0;
};

}  // namespace vedette
