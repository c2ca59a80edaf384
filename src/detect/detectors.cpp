#include "detect/detectors.h"

#include "detect/amplification.h"
#include "detect/brute_force.h"
#include "detect/dhcp_abuse.h"
#include "detect/floods.h"
#include "detect/fragment_attack.h"
#include "detect/icmp_abuse.h"
#include "detect/ip_options.h"
#include "detect/neighbour_spoofing.h"
#include "detect/outdated_protocol.h"
#include "detect/scans.h"
#include "detect/slow_attack.h"
#include "detect/spoofed_source.h"

namespace vedette {

std::vector<std::unique_ptr<Detector>> make_detectors(const Detector::Raise& raise) {
  std::vector<std::unique_ptr<Detector>> detectors;
  detectors.push_back(std::make_unique<Amplification>(raise));
  detectors.push_back(std::make_unique<BruteForce>(raise));
  detectors.push_back(std::make_unique<DhcpAbuse>(raise));
  detectors.push_back(std::make_unique<Floods>(raise));
  detectors.push_back(std::make_unique<FragmentAttack>(raise));
  detectors.push_back(std::make_unique<IcmpAbuse>(raise));
  detectors.push_back(std::make_unique<IpOptions>(raise));
  detectors.push_back(std::make_unique<NeighbourSpoofing>(raise));
  detectors.push_back(std::make_unique<OutdatedProtocol>(raise));
  detectors.push_back(std::make_unique<Scans>(raise));
  detectors.push_back(std::make_unique<SlowAttack>(raise));
  detectors.push_back(std::make_unique<SpoofedSource>(raise));
  return detectors;
}

}  // namespace vedette
