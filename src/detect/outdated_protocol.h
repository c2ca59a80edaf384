// Services and clients that speak an outdated version of a protocol: what the table of outdated versions
// (data/outdated.yaml, which names each one's source) says of their handshakes. One finding for each server,
// port and version.
#pragma once

#include "detect/detector.h"

namespace vedette {

class OutdatedProtocol final : public Detector {
 public:
  using Detector::Detector;
  using Detector::take;
  void take(const HandshakeView& handshake) override;
};

}  // namespace vedette
