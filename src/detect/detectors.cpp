#include "detect/detectors.h"

#include "detect/acl_violation.h"
#include "detect/amplification.h"
#include "detect/bare_shell.h"
#include "detect/beacon.h"
#include "detect/brute_force.h"
#include "detect/dhcp_abuse.h"
#include "detect/dns_tunnel.h"
#include "detect/feed_hits.h"
#include "detect/floods.h"
#include "detect/fragment_attack.h"
#include "detect/generated_names.h"
#include "detect/heartbleed.h"
#include "detect/icmp_abuse.h"
#include "detect/icmp_tunnel.h"
#include "detect/ip_options.h"
#include "detect/ipv6_covert_channel.h"
#include "detect/metadata_service.h"
#include "detect/neighbour_spoofing.h"
#include "detect/outdated_protocol.h"
#include "detect/request_flood.h"
#include "detect/scans.h"
#include "detect/slow_attack.h"
#include "detect/spoofed_source.h"
#include "detect/tcp_evasion.h"
#include "detect/web_attack.h"

namespace vedette {

std::vector<std::unique_ptr<Detector>> make_detectors(
    const Detector::Raise& raise, const std::shared_ptr<const IndicatorTable>& indicators) {
  std::vector<std::unique_ptr<Detector>> detectors;
  detectors.push_back(std::make_unique<AclViolation>(raise));
  detectors.push_back(std::make_unique<Amplification>(raise));
  detectors.push_back(std::make_unique<BareShell>(raise));
  detectors.push_back(std::make_unique<Beacon>(raise));
  detectors.push_back(std::make_unique<BruteForce>(raise));
  detectors.push_back(std::make_unique<DhcpAbuse>(raise));
  detectors.push_back(std::make_unique<DnsTunnel>(raise));
  detectors.push_back(std::make_unique<FeedHits>(raise, indicators));
  detectors.push_back(std::make_unique<Floods>(raise));
  detectors.push_back(std::make_unique<FragmentAttack>(raise));
  detectors.push_back(std::make_unique<GeneratedNames>(raise));
  detectors.push_back(std::make_unique<Heartbleed>(raise));
  detectors.push_back(std::make_unique<IcmpAbuse>(raise));
  detectors.push_back(std::make_unique<IcmpTunnel>(raise));
  detectors.push_back(std::make_unique<IpOptions>(raise));
  detectors.push_back(std::make_unique<Ipv6CovertChannel>(raise));
  detectors.push_back(std::make_unique<MetadataService>(raise));
  detectors.push_back(std::make_unique<NeighbourSpoofing>(raise));
  detectors.push_back(std::make_unique<OutdatedProtocol>(raise));
  detectors.push_back(std::make_unique<RequestFlood>(raise));
  detectors.push_back(std::make_unique<Scans>(raise));
  detectors.push_back(std::make_unique<SlowAttack>(raise));
  detectors.push_back(std::make_unique<SpoofedSource>(raise));
  detectors.push_back(std::make_unique<TcpEvasion>(raise));
  detectors.push_back(std::make_unique<WebAttacks>(raise));
  return detectors;
}

}  // namespace vedette
