// Switches TCP on for addresses that take only what they asked for (act/solicited_only.h), while they are
// flooded by it: SYNs, segments of no connection, SYN-ACKs that others were made to send. What the address
// serves stays open: the ports that it was put with, those that the policy lets others in to, and those that
// somebody listens on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "act/audit_trail.h"
#include "act/responder.h"
#include "act/solicited_only.h"
#include "detect/finding.h"

namespace vedette {

// TCP ports of this host's own network namespace that somebody listens on, at that address or at any.
[[nodiscard]] std::vector<std::uint16_t> listening_tcp_ports(const Prefix& address);

struct TcpUnderAttackOptions {
  SolicitedOnly& hosts;
  // As served_tcp_ports(), of the policy in force.
  std::function<std::optional<std::vector<std::uint16_t>>(const Prefix& address, std::size_t most)> served;
  std::function<std::vector<std::uint16_t>(const Prefix& address)> listening = listening_tcp_ports;
  Nanoseconds ttl = std::chrono::minutes(10);  // behind the attack's last
  std::function<void(const std::string&)> note;
  AuditTrail* audit = nullptr;
};

// One thread.
class TcpUnderAttack {
 public:
  explicit TcpUnderAttack(TcpUnderAttackOptions options) : options_(std::move(options)) {}

  // Of a flood by TCP upon such addresses, where the mode enforces: limited, and until when. Why not, where
  // one of them serves more ports than can be told, or is no address of this host. `now`: since the epoch.
  [[nodiscard]] Response answer(const Finding& finding, ResponseMode mode, Nanoseconds now);

  // It goes on as long as it has something to drop, and ends by its time. Every second or so.
  void tick(Nanoseconds now);

 private:
  struct Looked {
    std::uint64_t dropped = 0;
    Nanoseconds when{};
  };

  // The TCP ports that stay open besides those that the host was put with; else why it is left alone.
  [[nodiscard]] Result<std::vector<std::uint16_t>> kept_open(const SolicitedHost& host,
                                                             const Finding& finding) const;
  void record(std::string_view what, const Actor& by, const SolicitedHost& host) const;

  TcpUnderAttackOptions options_;
  std::map<Prefix, Looked> looked_;  // of those that are defended
};

}  // namespace vedette
