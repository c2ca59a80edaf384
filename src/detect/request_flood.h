// Floods of requests that a web server answers: HULK, GoldenEye, LOIC and load testers open connection after
// connection, each whole and each with a request, so that nothing is left unanswered for src/detect/floods.h
// to count. Counted are connections in which the server said something, by source and service: 100 a second
// of one source, averaged over five seconds, convict (mod_evasive's default for a site is 50 in one). Where
// no source does, 1,000 a second of all together do that are unusual for a service known for five minutes.
//
// What is usual of a source is learnt over an hour and of a service over minutes (src/detect/cusum.h),
// whatever its size: a proxy that keeps no connections is told once.
//
// Bounded: kMostSources and kMostServices.
#pragma once

#include <cstddef>
#include <cstdint>

#include "detect/bounded_table.h"
#include "detect/cusum.h"
#include "detect/detector.h"
#include "detect/telling.h"
#include "detect/web_services.h"

namespace vedette {

class RequestFlood final : public Detector {
 public:
  static constexpr std::size_t kMostSources = 8'192;
  static constexpr std::size_t kMostServices = 1'024;
  // Bytes that no stream makes it hold more than.
  static constexpr std::size_t kMostMemory = std::size_t{6} * 1024 * 1024;

  using Detector::Detector;
  using Detector::take;
  void take(const FlowStep& step) override;
  void take(const HandshakeView& handshake) override;
  [[nodiscard]] std::size_t memory() const override;

 private:
  // Answered connections of one source, or of many.
  struct Load {
    explicit Load(double weight, double floor) : usual(weight, floor / 10) {}

    double rate = 0;  // a second, weighted by e^-age/5 s
    std::uint64_t second = 0;
    Nanoseconds second_begin{};
    Cusum usual;  // of those in a second
    Nanoseconds since{};
    Nanoseconds first{};  // of what goes on now
    Nanoseconds last{};
    std::uint64_t connections = 0;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    Telling telling;

    void add(const Flow& flow, Nanoseconds now);
  };
  struct Source : Load {
    Source();
  };
  struct Service : Load {
    Service();
  };

  void tell(const Flow& flow, Load& load, bool spread, Severity severity);

  BoundedTable<Source> sources_{kMostSources};
  BoundedTable<Service> services_{kMostServices};  // of sources that aren't told by themselves
  WebServices web_;
};

}  // namespace vedette
