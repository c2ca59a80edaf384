// SYN proxies and addresses that take only what they asked for: told as they were given, with counts of none.
#include "tests/serve/file_backend.h"

namespace vedette::tests {

namespace {

template <typename Kept>
auto values_of(const Kept& kept) {
  std::vector<typename Kept::mapped_type> all;
  for (const auto& [key, value] : kept) all.push_back(value);
  return all;
}

template <typename Kept>
std::optional<typename Kept::mapped_type> taken(Kept& kept, const typename Kept::key_type& key) {
  auto node = kept.extract(key);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

}  // namespace

Result<std::vector<ProxyStatus>> FileBackend::proxies() {
  const std::lock_guard lock(mutex_);
  return values_of(proxies_);
}

Result<ProxyStatus> FileBackend::start_proxy(const ProxyRequest& request, const Actor&) {
  const std::lock_guard lock(mutex_);
  ProxyStatus& proxy = proxies_[request.port];
  proxy.request = request;
  if (!request.method) proxy.request.method = VDT_PROXY_COOKIE;
  proxy.active = request.mode == VDT_PROXY_ALWAYS;
  return proxy;
}

Result<std::optional<ProxyStatus>> FileBackend::stop_proxy(std::uint16_t port, const Actor&) {
  const std::lock_guard lock(mutex_);
  return taken(proxies_, port);
}

Result<std::vector<SolicitedHost>> FileBackend::solicited_hosts() {
  const std::lock_guard lock(mutex_);
  return values_of(solicited_);
}

Result<SolicitedHost> FileBackend::put_solicited(const SolicitedHost& host, const Actor&) {
  const std::lock_guard lock(mutex_);
  return solicited_[host.address] = host;
}

Result<std::optional<SolicitedHost>> FileBackend::erase_solicited(const Prefix& address, const Actor&) {
  const std::lock_guard lock(mutex_);
  return taken(solicited_, address);
}

}  // namespace vedette::tests
