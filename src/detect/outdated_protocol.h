// Services and clients that speak an outdated version of a protocol: what the table of outdated versions
// (data/outdated.yaml, which names each one's source) says of their handshakes. One finding for each client,
// server and port; where a host has it with many others, one for the host.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "detect/detector.h"

namespace vedette {

class OutdatedProtocol final : public Detector {
 public:
  static constexpr std::size_t kNamedOthers = 16;  // of a host, before it alone is named
  static constexpr std::size_t kHosts = 4096;      // remembered at once

  using Detector::Detector;
  using Detector::take;
  void take(const HandshakeView& handshake) override;
  [[nodiscard]] std::size_t memory() const override { return bytes_; }

 private:
  // By host and what it speaks, the others that it does so with.
  using Others = std::map<std::pair<Prefix, std::string>, std::set<Prefix>>;

  // Whether the host has it with so many others that it alone is named.
  bool has_many(Others& others, const Prefix& host, const std::string& spoken, const Prefix& other);

  Others clients_of_;
  Others servers_of_;
  std::size_t bytes_ = 0;
};

}  // namespace vedette
