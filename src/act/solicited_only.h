// Local addresses that take only what they asked for (bpf/guard/solicited.h). All of it lies in pinned kernel
// maps, so it goes on while no daemon runs.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/guard.h"
#include "base/error.h"
#include "base/prefix.h"
#include "base/units.h"
#include "kernel/guard.h"

namespace vedette {

struct SolicitedHost {
  Prefix address;                    // a whole one
  std::vector<std::uint16_t> ports;  // served; at most VDT_SOLICITED_PORTS
  bool tcp = false;                  // TCP out of state is dropped too
  bool observe = false;              // count what would be dropped, and let it pass
  // While there is an attack, `tcp` or not: until when TCP out of state is dropped, since the epoch, and the
  // TCP ports that are served besides.
  std::optional<Nanoseconds> tcp_until;
  std::vector<std::uint16_t> tcp_ports;  // at most VDT_SOLICITED_PORTS
  // Since it was put.
  std::uint64_t passed_packets = 0;
  std::uint64_t dropped_packets = 0;  // or would have been
  std::uint64_t dropped_bytes = 0;
  std::uint64_t tcp_dropped_packets = 0;  // of the packets, TCP's
};

// "ADDRESS[,ports=PORT+PORT...][,tcp][,observe]".
[[nodiscard]] Result<SolicitedHost> parse_solicited_host(std::string_view text);

// Any thread.
class SolicitedOnly {
 public:
  // Takes over what a dead daemon left. `guard` must outlive this. `egress`: whether what leaves is seen.
  [[nodiscard]] static Result<std::unique_ptr<SolicitedOnly>> open(Guard& guard, bool egress);

  // Adds it, or changes what there is and keeps its counts. Unusable where what leaves isn't seen, or for TCP
  // where the address isn't this host's; busy where there are too many.
  [[nodiscard]] Result<SolicitedHost> put(const SolicitedHost& host);
  // Nothing where there is no such address.
  [[nodiscard]] Result<std::optional<SolicitedHost>> erase(const Prefix& address);
  // From now on, for `ttl`, TCP out of state is dropped too, but for these ports: it ends in the kernel, also
  // where no daemon runs. Called again, it begins anew. Unusable where there is no such address, or it isn't
  // this host's.
  [[nodiscard]] Result<SolicitedHost> defend(const Prefix& address,
                                             const std::vector<std::uint16_t>& tcp_ports, Nanoseconds ttl);
  // Those whose time has come since this was last called.
  [[nodiscard]] std::vector<SolicitedHost> ended();

  // In their addresses' order.
  [[nodiscard]] std::vector<SolicitedHost> all();

 private:
  SolicitedOnly(Guard& guard, bool egress, int hosts) : guard_(guard), egress_(egress), hosts_(hosts) {}

  [[nodiscard]] std::optional<vdt_solicited_rule> find(const Prefix& address) const;
  [[nodiscard]] Result<SolicitedHost> write(const Prefix& address, const vdt_solicited_rule& rule);
  [[nodiscard]] std::vector<std::pair<vdt_solicited_host, vdt_solicited_rule>> read_rules() const;
  [[nodiscard]] std::vector<SolicitedHost> read_all() const;
  void follow();

  std::mutex mutex_;
  Guard& guard_;
  bool egress_;
  int hosts_;  // the guard's
};

}  // namespace vedette
