// How often a password may be tried: of one client, and in all. By GCRA (ITU-T I.371): one time a client,
// that at which all its tries are paid for, and no window at whose edge twice as many pass.
//
// What holds back all clients would let anybody shut the administrator out. So who has signed in from a
// network before is held to that network's own limit alone.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "base/units.h"
#include "gateway/client_network.h"

namespace vedette {

// Any thread. Times are steady ones.
class SignInThrottle {
 public:
  struct Pace {
    Nanoseconds each;      // what a try costs
    unsigned at_once = 1;  // tries that needn't wait
  };
  struct Options {
    Pace a_client{std::chrono::seconds(30), 5};
    Pace in_all{std::chrono::seconds(1), 30};
    std::size_t clients = 4096;  // remembered at most: the one whose tries are paid for first gives way
    std::size_t trusted = 64;
  };

  SignInThrottle() : SignInThrottle(Options{}) {}
  explicit SignInThrottle(const Options& options) : options_(options) {}

  // Takes one try: nothing where it may be made, else how long until one may.
  [[nodiscard]] std::optional<Nanoseconds> take(const ClientNetwork& client, Nanoseconds now);
  // The last try was right: it costs nothing, nor do those before it.
  void succeeded(const ClientNetwork& client);

  [[nodiscard]] std::size_t remembered() const;

 private:
  using Times = std::map<ClientNetwork, Nanoseconds>;

  static Nanoseconds paid_after(Nanoseconds paid, const Pace& pace, Nanoseconds now);
  [[nodiscard]] static Nanoseconds wait(Nanoseconds paid_after, const Pace& pace, Nanoseconds now);
  void make_room(Nanoseconds now);

  Options options_;
  mutable std::mutex mutex_;
  Nanoseconds all_paid_{};
  Times paid_;
  std::list<ClientNetwork> trusted_;  // the latest first
};

}  // namespace vedette
