#include "detect/detectors.h"

#include "detect/brute_force.h"
#include "detect/outdated_protocol.h"
#include "detect/scans.h"
#include "detect/slow_attack.h"

namespace vedette {

std::vector<std::unique_ptr<Detector>> make_detectors(const Detector::Raise& raise) {
  std::vector<std::unique_ptr<Detector>> detectors;
  detectors.push_back(std::make_unique<OutdatedProtocol>(raise));
  detectors.push_back(std::make_unique<BruteForce>(raise));
  detectors.push_back(std::make_unique<Scans>(raise));
  detectors.push_back(std::make_unique<SlowAttack>(raise));
  return detectors;
}

}  // namespace vedette
