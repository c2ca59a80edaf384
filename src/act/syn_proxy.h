// SYN proxies (bpf/guard/proxy.h): which ports have one, when it is active, and what became of the SYNs. All
// of it lies in pinned kernel maps, so it goes on while no daemon runs.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "abi/guard.h"
#include "base/error.h"
#include "base/prefix.h"
#include "kernel/guard.h"
#include "kernel/mapped_array.h"

namespace vedette {

struct ProxyRequest {
  std::uint16_t port = 0;
  vdt_proxy_mode mode = VDT_PROXY_NEED;
  std::optional<vdt_proxy_method> method;  // nothing: by cookies where the kernel takes them
  std::vector<Prefix> addresses;           // whole addresses; none: all local ones
};

// "PORT[,always|need][,cookie|reset][,address=ADDRESS]...".
[[nodiscard]] Result<ProxyRequest> parse_proxy_request(std::string_view text);

[[nodiscard]] std::string_view proxy_mode_name(std::uint8_t mode);
[[nodiscard]] std::string_view proxy_method_name(std::uint8_t method);

struct ProxyStatus {
  ProxyRequest request;  // with the method that was chosen
  bool active = false;
  vdt_proxy_counts counts{};  // of all CPUs; without its window
};

// Any thread.
class SynProxy {
 public:
  // Takes over what a dead daemon left. `guard` must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<SynProxy>> open(Guard& guard);

  // Begins, or changes what there is and keeps its counts. Unusable where an address isn't the host's and
  // cookies are wanted, or the kernel takes none; busy where there are too many.
  [[nodiscard]] Result<ProxyStatus> start(const ProxyRequest& request);
  // Nothing where the port has no proxy.
  [[nodiscard]] Result<std::optional<ProxyStatus>> stop(std::uint16_t port);
  // In their ports' order.
  [[nodiscard]] std::vector<ProxyStatus> all();
  // Follows the local addresses and the interfaces; to be called each second or so.
  [[nodiscard]] Result<void> follow();
  // Why SYNs can't be answered by cookies here; empty where they can.
  [[nodiscard]] std::string why_no_cookies() const { return guard_.why_no_cookies(); }

 private:
  explicit SynProxy(Guard& guard) : guard_(guard) {}

  [[nodiscard]] Result<void> map();
  void configure();
  [[nodiscard]] vdt_proxy_port& at(std::uint32_t index) const { return *ports_.at<vdt_proxy_port>(index); }
  [[nodiscard]] std::optional<std::uint32_t> index_of(std::uint16_t port) const;
  [[nodiscard]] ProxyStatus status(std::uint32_t index) const;
  [[nodiscard]] std::vector<Prefix> addresses_of(std::uint16_t port) const;
  [[nodiscard]] Result<void> protect(std::uint16_t port, const std::vector<Prefix>& addresses);
  [[nodiscard]] Result<void> follow_locked();
  [[nodiscard]] bool any(bool by_cookie_alone) const;

  std::mutex mutex_;
  Guard& guard_;
  MappedArray ports_;
  MappedArray numbers_;  // one vdt_guard_ports
  MappedArray config_;   // one vdt_guard_config
  int addresses_ = -1;   // the guard's, and so the next
  int counts_ = -1;
};

}  // namespace vedette
