// Contact with the address where a cloud tells a machine about itself, credentials included: 169.254.169.254
// (AWS, Azure, Google, OpenStack and others) and fd00:ec2::254 (AWS). Machines in a cloud ask there by
// themselves, so it is worth knowing and no more; asking for credentials over HTTP is what intruders do too
// (MITRE ATT&CK T1552.005).
#pragma once

#include "detect/detector.h"

namespace vedette {

class MetadataService final : public Detector {
 public:
  using Detector::Detector;
  using Detector::take;

  void take(const FlowStep& step) override;
  void take(const HandshakeView& handshake) override;
};

}  // namespace vedette
