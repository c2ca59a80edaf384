// Tunnels and theft of data in DNS queries: iodine, dnscat2, dns2tcp, DNSExfiltrator and the like encode what
// they send below a domain of theirs, so that a host asks for names there that are long, of high entropy, and
// each asked for once (Born and Gustafson, "Detecting DNS Tunnels Using Character Frequency Analysis", 2010;
// Farnham, "Detecting DNS Tunneling", SANS 2013), often by types that have room for answers (TXT, NULL,
// CNAME, MX); and carry in a day more than 4 kB there (Paxson et al., "Practical Comprehensive Bounds on
// Surreptitious Communication over DNS", USENIX Security 2013). One finding for a host and registered domain.
#pragma once

#include <bitset>
#include <string>

#include "detect/detector.h"
#include "detect/recent_map.h"

namespace vedette {

class DnsTunnel final : public Detector {
 public:
  using Detector::take;
  explicit DnsTunnel(Raise raise) : Detector(std::move(raise)) {}

  void take(const HandshakeView& handshake) override;
  [[nodiscard]] std::size_t memory() const override;

 private:
  struct Names {
    Nanoseconds first{};
    Nanoseconds last{};
    std::uint64_t queries = 0;
    std::uint64_t unique = 0;        // names, as far as `seen` tells
    std::uint64_t below_bytes = 0;   // of unique names: what stands below the registered domain
    std::uint64_t longest = 0;       // sum of their longest labels
    double entropy = 0;              // sum, bits a letter
    double information = 0;          // bytes: below_bytes by their entropy
    std::uint64_t of_room = 0;       // queries by types with room for answers
    std::uint64_t null = 0;          // queries by type NULL or a private one
    std::uint64_t answer_bytes = 0;  // text of answers
    std::bitset<4096> seen{};        // hashes of names
  };

  static constexpr std::size_t kMostDomains = 16'384;  // pairs of host and domain, some 900 bytes each

  void add(Names& names, std::string_view name, std::string_view below, const HandshakeView& handshake);
  void judge(const HandshakeView& handshake, std::string_view registered, const Names& names) const;
  void judge_one(const HandshakeView& handshake, std::string_view name, std::string_view below) const;

  RecentMap<std::string, Names> domains_{kMostDomains};
};

}  // namespace vedette
