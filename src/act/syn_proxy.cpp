#include "act/syn_proxy.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>

#include "kernel/local_addresses.h"
#include "kernel/per_cpu_map.h"
#include "kernel/wall_clock.h"

namespace vedette {

namespace {

constexpr std::uint16_t kLocal = 0;  // as a port: the local addresses

vdt_proxy_address key_of(const Prefix& address, std::uint16_t port) {
  vdt_proxy_address key{};
  key.address = address.address;
  key.port = port;
  key.ip_version = address.ip_version;
  return key;
}

// Of the calling process' network namespace; `otherwise` where it can't be read.
int tcp_sysctl(const char* name, int otherwise) {
  std::ifstream file(fmt::format("/proc/sys/net/ipv4/{}", name));
  int value = otherwise;
  return file >> value ? value : otherwise;
}

std::uint32_t offers() {
  std::uint32_t all = 0;
  if (tcp_sysctl("tcp_timestamps", 1)) all |= VDT_OFFER_TIMESTAMPS;
  if (tcp_sysctl("tcp_window_scaling", 1)) all |= VDT_OFFER_WINDOW_SCALE;
  if (tcp_sysctl("tcp_sack", 1)) all |= VDT_OFFER_SACK;
  if (tcp_sysctl("tcp_ecn", 2)) all |= VDT_OFFER_ECN;
  return all;
}

std::vector<Prefix> local_addresses() {
  std::vector<Prefix> all;
  if (const auto local = LocalAddresses::now())
    local->for_each([&](const vdt_address& address, std::uint8_t ip_version) {
      all.push_back(prefix_of(address, ip_version, Prefix::longest(ip_version)));
    });
  return all;
}

void add(vdt_proxy_counts& sum, const vdt_proxy_counts& one) {
  sum.seen += one.seen;
  sum.passed += one.passed;
  sum.challenged += one.challenged;
  sum.unanswerable += one.unanswerable;
  sum.verified += one.verified;
  sum.refused += one.refused;
}

}  // namespace

std::string_view proxy_mode_name(std::uint8_t mode) {
  return mode == VDT_PROXY_ALWAYS ? "always" : "need";
}

std::string_view proxy_method_name(std::uint8_t method) {
  return method == VDT_PROXY_COOKIE ? "cookie" : "reset";
}

Result<ProxyRequest> parse_proxy_request(std::string_view text) {
  constexpr std::string_view kAddress = "address=";
  ProxyRequest request;
  const std::string where = fmt::format("SYN proxy \"{}\"", text);
  const std::string_view port = text.substr(0, text.find(','));
  const auto number = std::from_chars(port.data(), port.data() + port.size(), request.port);
  if (number.ec != std::errc() || number.ptr != port.data() + port.size() || request.port == 0)
    return unusable(where, fmt::format("expected a port from 1 to 65535, found {}", port));
  for (std::size_t at = port.size(); at < text.size();) {
    const std::size_t end = std::min(text.find(',', at + 1), text.size());
    const std::string_view word = text.substr(at + 1, end - at - 1);
    at = end;
    if (word == "always" || word == "need") {
      request.mode = word == "always" ? VDT_PROXY_ALWAYS : VDT_PROXY_NEED;
    } else if (word == "cookie" || word == "reset") {
      request.method = word == "cookie" ? VDT_PROXY_COOKIE : VDT_PROXY_RESET;
    } else if (word.starts_with(kAddress)) {
      auto address = parse_prefix(word.substr(kAddress.size()));
      if (!address) return std::unexpected(address.error());
      request.addresses.push_back(*address);
    } else {
      return unusable(where,
                      fmt::format("expected always, need, cookie, reset or address=ADDRESS, found {}", word));
    }
  }
  return request;
}

Result<std::unique_ptr<SynProxy>> SynProxy::open(Guard& guard) {
  std::unique_ptr<SynProxy> proxy(new SynProxy(guard));
  if (auto mapped = proxy->map(); !mapped) return std::unexpected(mapped.error());
  return proxy;
}

Result<void> SynProxy::map() {
  const auto array = [&](const char* name, std::size_t size, MappedArray& into) -> Result<void> {
    const auto fd = guard_.map_fd(name);
    if (!fd) return std::unexpected(fd.error());
    auto mapped = MappedArray::map(*fd, size);
    if (!mapped) return std::unexpected(mapped.error());
    into = std::move(*mapped);
    return {};
  };
  if (auto mapped = array("proxy_ports", sizeof(vdt_proxy_port), ports_); !mapped) return mapped;
  if (auto mapped = array("guard_ports", sizeof(vdt_guard_ports), numbers_); !mapped) return mapped;
  if (auto mapped = array("guard_config", sizeof(vdt_guard_config), config_); !mapped) return mapped;
  const auto addresses = guard_.map_fd("proxy_addresses"), counts = guard_.map_fd("proxy_counts");
  if (!addresses) return std::unexpected(addresses.error());
  if (!counts) return std::unexpected(counts.error());
  addresses_ = *addresses;
  counts_ = *counts;
  configure();
  // A proxy whose kernel took cookies and does no more goes on by resets.
  if (!guard_.takes_cookies())
    for (std::uint32_t index = 0; index < VDT_PROXY_PORTS; index++) at(index).method = VDT_PROXY_RESET;
  return {};
}

void SynProxy::configure() {
  auto& config = *config_.at<vdt_guard_config>(0);
  config.offers = offers();
  config.unmarked = 0;
  // What was asked for by the secret before is answered yet.
  if (config.secret[0] == 0 && config.secret[1] == 0 &&
      getrandom(config.secret, sizeof config.secret, 0) != sizeof config.secret)
    config.secret[0] = WallClock::monotonic_now_ns();
}

std::optional<std::uint32_t> SynProxy::index_of(std::uint16_t port) const {
  for (std::uint32_t index = 0; index < VDT_PROXY_PORTS; index++)
    if (at(index).mode != VDT_PROXY_OFF && at(index).port == port) return index;
  return std::nullopt;
}

bool SynProxy::any(bool by_cookie_alone) const {
  for (std::uint32_t index = 0; index < VDT_PROXY_PORTS; index++)
    if (at(index).mode != VDT_PROXY_OFF && (!by_cookie_alone || at(index).method == VDT_PROXY_COOKIE))
      return true;
  return false;
}

std::vector<Prefix> SynProxy::addresses_of(std::uint16_t port) const {
  std::vector<Prefix> all;
  vdt_proxy_address key{};
  for (const void* from = nullptr; bpf_map_get_next_key(addresses_, from, &key) == 0; from = &key)
    if (key.port == port)
      all.push_back(prefix_of(key.address, key.ip_version, Prefix::longest(key.ip_version)));
  std::ranges::sort(all);
  return all;
}

Result<void> SynProxy::protect(std::uint16_t port, const std::vector<Prefix>& addresses) {
  const std::set<Prefix> wanted(addresses.begin(), addresses.end());
  const std::uint8_t there = 1;
  for (const Prefix& address : wanted) {
    const vdt_proxy_address key = key_of(address, port);
    if (bpf_map_update_elem(addresses_, &key, &there, BPF_ANY) != 0)
      return busy(prefix_text(address), fmt::format("can't be protected: {}", std::strerror(errno)),
                  fmt::format("at most {} addresses", VDT_PROXY_ADDRESSES));
  }
  for (const Prefix& address : addresses_of(port)) {
    const vdt_proxy_address key = key_of(address, port);
    if (!wanted.contains(address)) bpf_map_delete_elem(addresses_, &key);
  }
  return {};
}

Result<ProxyStatus> SynProxy::start(const ProxyRequest& request) {
  const std::string where = fmt::format("SYN proxy of port {}", request.port);
  if (request.port == 0) return unusable(where, "expected a port from 1 to 65535");
  const vdt_proxy_method method =
      request.method.value_or(guard_.takes_cookies() ? VDT_PROXY_COOKIE : VDT_PROXY_RESET);
  if (method == VDT_PROXY_COOKIE && !guard_.takes_cookies())
    return unusable(where, "this kernel makes no connections of cookies: " + guard_.why_no_cookies(),
                    "reset");
  const std::vector<Prefix> local = local_addresses();
  for (const Prefix& address : request.addresses) {
    if (address.length != Prefix::longest(address.ip_version))
      return unusable(where, fmt::format("expected an address, found {}", prefix_text(address)));
    if (method == VDT_PROXY_COOKIE && std::ranges::find(local, address) == local.end())
      return unusable(where, fmt::format("{} is no address of this host", prefix_text(address)),
                      "reset protects other hosts too");
  }
  const std::lock_guard lock(mutex_);
  std::optional<std::uint32_t> index = index_of(request.port);
  const bool is_new = !index;
  for (std::uint32_t free = 0; !index && free < VDT_PROXY_PORTS; free++)
    if (at(free).mode == VDT_PROXY_OFF) index = free;
  if (!index) return busy(where, fmt::format("there are {} already, and no room for more", VDT_PROXY_PORTS));
  if (is_new) {
    const std::vector<vdt_proxy_counts> none(static_cast<std::size_t>(libbpf_num_possible_cpus()));
    bpf_map_update_elem(counts_, &*index, none.data(), BPF_ANY);
  }
  if (auto safe = protect(request.port, request.addresses); !safe) return std::unexpected(safe.error());
  vdt_proxy_port& port = at(*index);
  port.port = request.port;
  port.method = method;
  port.all_local = request.addresses.empty();
  port.mode = request.mode;
  if (auto followed = follow_locked(); !followed) return std::unexpected(followed.error());
  numbers_.at<vdt_guard_ports>(0)->number[request.port] = static_cast<std::uint8_t>(*index + 1);
  guard_.set_guards(VDT_GUARD_PORTS, VDT_GUARD_PORTS);
  return status(*index);
}

Result<std::optional<ProxyStatus>> SynProxy::stop(std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  const auto index = index_of(port);
  if (!index) return std::optional<ProxyStatus>();
  const ProxyStatus gone = status(*index);
  numbers_.at<vdt_guard_ports>(0)->number[port] = 0;
  at(*index) = {};
  if (auto safe = protect(port, {}); !safe) return std::unexpected(safe.error());
  if (!any(false)) guard_.set_guards(VDT_GUARD_PORTS, 0);
  if (auto followed = follow_locked(); !followed) return std::unexpected(followed.error());
  return std::optional(gone);
}

ProxyStatus SynProxy::status(std::uint32_t index) const {
  const vdt_proxy_port& port = at(index);
  ProxyStatus status;
  status.request.port = port.port;
  status.request.mode = static_cast<vdt_proxy_mode>(port.mode);
  status.request.method = static_cast<vdt_proxy_method>(port.method);
  if (!port.all_local) status.request.addresses = addresses_of(port.port);
  status.active = port.mode == VDT_PROXY_ALWAYS || port.active_until_ns > WallClock::monotonic_now_ns();
  if (const auto counts = per_cpu_values<vdt_proxy_counts>(counts_, index))
    for (const vdt_proxy_counts& one : *counts) add(status.counts, one);
  return status;
}

std::vector<ProxyStatus> SynProxy::all() {
  const std::lock_guard lock(mutex_);
  std::vector<ProxyStatus> all;
  for (std::uint32_t index = 0; index < VDT_PROXY_PORTS; index++)
    if (at(index).mode != VDT_PROXY_OFF) all.push_back(status(index));
  std::ranges::sort(all, {}, [](const ProxyStatus& one) { return one.request.port; });
  return all;
}

Result<void> SynProxy::follow() {
  const std::lock_guard lock(mutex_);
  return follow_locked();
}

Result<void> SynProxy::follow_locked() {
  config_.at<vdt_guard_config>(0)->offers = offers();
  if (auto safe = protect(kLocal, any(false) ? local_addresses() : std::vector<Prefix>()); !safe) return safe;
  return guard_.accept(any(true));
}

}  // namespace vedette
