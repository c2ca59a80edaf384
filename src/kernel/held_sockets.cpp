#include "kernel/held_sockets.h"

#include <bpf/bpf.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "held_sockets.bpf.h"

namespace vedette {

namespace {

constexpr std::size_t kRecordsARead = 1024;

std::string map_key(const vdt_connection_key& key, std::uint8_t protocol) {
  std::string text(1, static_cast<char>(protocol));
  return text.append(reinterpret_cast<const char*>(&key), sizeof key);
}

}  // namespace

HeldSockets::HeldSockets(const std::vector<vdt_held_socket>& held) : size_(held.size()) {
  for (const vdt_held_socket& each : held) by_key_[map_key(each.key, each.protocol)].push_back(each);
}

std::optional<vdt_held_socket> HeldSockets::find(const vdt_connection_key& key, std::uint8_t protocol,
                                                 Holder holder) const {
  const auto found = by_key_.find(map_key(key, protocol));
  if (found == by_key_.end()) return std::nullopt;
  const auto [oldest, youngest] =
      std::ranges::minmax_element(found->second, {}, &vdt_held_socket::started_ns);
  return holder == Holder::kOldest ? *oldest : *youngest;
}

std::optional<vdt_held_socket> HeldSockets::connection(const vdt_connection_key& key, Holder holder) const {
  return find(key, IPPROTO_TCP, holder);
}

std::optional<vdt_held_socket> HeldSockets::bound(const vdt_connection_key& key,
                                                  std::uint8_t protocol) const {
  // A connected UDP socket has its peer in its key.
  if (auto exact = find(key, protocol, Holder::kOldest)) return exact;
  vdt_connection_key local = key;
  local.remote = {};
  local.remote_port = 0;
  if (auto here = find(local, protocol, Holder::kOldest)) return here;
  local.local = {};
  if (auto everywhere = find(local, protocol, Holder::kOldest)) return everywhere;
  if (key.ip_version != 4) return std::nullopt;
  local.ip_version = 6;
  return find(local, protocol, Holder::kOldest);
}

Result<DescriptorWalk> DescriptorWalk::start(std::uint64_t netns) {
  Result<BpfObject> object = BpfObject::open("held_sockets", objects::held_sockets());
  if (!object) return std::unexpected(object.error());
  const vdt_owner_config config{.netns = netns};
  if (auto done = object->set_read_only_data(std::as_bytes(std::span(&config, 1))); !done)
    return std::unexpected(done.error());
  if (auto done = object->load(); !done) return std::unexpected(done.error());
  Result<BpfLink> link = object->attach("held_socket");
  if (!link) return std::unexpected(link.error());
  return DescriptorWalk(std::move(*object), std::move(*link));
}

Result<std::vector<vdt_held_socket>> DescriptorWalk::walk() const {
  const FileDescriptor stream(bpf_iter_create(link_.fd()));
  if (!stream) return failed("walk over descriptors", std::strerror(errno));
  std::vector<vdt_held_socket> all;
  std::size_t bytes = 0;
  for (;;) {
    all.resize(bytes / sizeof(vdt_held_socket) + kRecordsARead);
    const ssize_t length = read(stream.get(), reinterpret_cast<char*>(all.data()) + bytes,
                                all.size() * sizeof(vdt_held_socket) - bytes);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (length < 0) return failed("walk over descriptors", std::strerror(errno));
    if (length == 0) break;
    bytes += static_cast<std::size_t>(length);
  }
  all.resize(bytes / sizeof(vdt_held_socket));
  return all;
}

}  // namespace vedette
