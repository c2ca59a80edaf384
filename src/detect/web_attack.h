// Attacks on web applications, each kind its own detector: "web_sql_injection", "web_cross_site_scripting",
// "web_path_traversal", "web_sensitive_file", "web_command_injection", "web_code_injection",
// "web_server_side_request", "log4shell", "shellshock", and "web_scanner" for tools that say who they are.
// What they look like: detect/web_patterns.h. An attempt that was answered with success (2xx) is graver than
// one that was refused.
#pragma once

#include "detect/detector.h"
#include "detect/recent_map.h"
#include "detect/service_key.h"
#include "detect/web_patterns.h"

namespace vedette {

class WebAttacks final : public Detector {
 public:
  using Detector::take;
  explicit WebAttacks(Raise raise) : Detector(std::move(raise)) {}

  void take(const HandshakeView& handshake) override;
  [[nodiscard]] std::size_t memory() const override { return attempts_.memory(); }

 private:
  struct Attempts {
    Nanoseconds first{};
    std::uint64_t requests = 0;
    std::uint64_t succeeded = 0;  // answered with 2xx
    std::uint64_t packets = 0;    // of their connections, each counted once
    std::uint64_t bytes = 0;
    const Flow* flow = nullptr;  // the latest one counted, only ever compared
  };

  static constexpr std::size_t kMostAttempts =
      16'384;  // of a source on a service by one attack, 280 bytes each

  void count(const HandshakeView& handshake, std::string_view detector, std::uint32_t attack,
             Severity severity, bool succeeded, std::string_view what);

  RecentMap<ServiceKey, Attempts, ServiceHash> attempts_{kMostAttempts};
};

}  // namespace vedette
