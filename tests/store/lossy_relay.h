// Stands between a client and an HTTP server, and does to requests what networks, proxies and ends of
// processes do at the worst moments.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace vedette::tests {

class LossyRelay {
 public:
  // To 127.0.0.1:port. `seed`: of what happens to which request.
  LossyRelay(std::uint16_t port, unsigned seed);
  LossyRelay(const LossyRelay&) = delete;
  LossyRelay& operator=(const LossyRelay&) = delete;
  ~LossyRelay();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // From now on half of the requests that insert fare badly, or none does.
  void set_lossy(bool lossy) { lossy_ = lossy; }
  struct Counts {
    unsigned unsent = 0;      // cut off before the server had them
    unsigned unanswered = 0;  // done by the server, whose answer was lost
    unsigned late = 0;        // cut off, and given to the server a second later
  };
  [[nodiscard]] Counts counts();

 private:
  void serve(int client);

  const std::uint16_t server_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> lossy_ = false;
  std::mutex mutex_;
  std::mt19937 random_;
  Counts counts_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

}  // namespace vedette::tests
