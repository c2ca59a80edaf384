// Domains that a program makes up by the hundred to find its master (Antonakakis et al., "From Throw-Away
// Traffic to Bots: Detecting the Rise of DGA-Based Malware", USENIX Security 2012): a host asks for many
// registered domains that don't exist, and they look generated (detect/name_shape.h). One odd name alone says
// nothing, nor do typing errors and a search list's suffixes, which are few or under one domain.
#pragma once

#include <bitset>
#include <string>

#include "detect/detector.h"
#include "detect/recent_map.h"
#include "detect/service_key.h"

namespace vedette {

class GeneratedNames final : public Detector {
 public:
  using Detector::take;
  explicit GeneratedNames(Raise raise) : Detector(std::move(raise)) {}

  void take(const HandshakeView& handshake) override;
  [[nodiscard]] std::size_t memory() const override { return hosts_.memory(); }

 private:
  struct Asked {
    Nanoseconds begun{};          // of this window
    std::uint64_t missing = 0;    // registered domains that don't exist, each once
    std::uint64_t generated = 0;  // of them that look generated
    std::uint64_t there = 0;      // registered domains that do, each once
    std::bitset<2048> seen{};
    std::string example{};  // a generated one
  };

  static constexpr std::size_t kMostHosts = 16'384;  // 600 bytes each

  RecentMap<ServiceKey, Asked, ServiceHash> hosts_{kMostHosts};
};

}  // namespace vedette
