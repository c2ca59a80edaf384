#include "kernel/owners.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "kernel/per_cpu_map.h"
#include "kernel/proc_sockets.h"
#include "owner.bpf.h"

namespace vedette {

namespace {

constexpr std::array kHooks = {"socket_created",  "socket_bound4",   "socket_bound6",
                               "datagram_leaves", "socket_released", "connection_known"};
constexpr int kWalkShare = 100;  // a walk takes at most this part of the time
constexpr Nanoseconds kAddressesHold = std::chrono::seconds(1);
constexpr Nanoseconds kHandingOver =
    std::chrono::milliseconds(200);  // from accept() to the forked child's exec()

Nanoseconds monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
}

std::string recorded_name(const char (&name)[VDT_NAME_LENGTH]) {
  return std::string(name, strnlen(name, sizeof name));
}

}  // namespace

Owners Owners::start(const OwnersOptions& options) {
  Owners owners(options);
  if (options.hooks) owners.try_hooks();
  if (options.walk) owners.try_walk();
  static_cast<void>(owners.held_since(monotonic_now()));
  return owners;
}

void Owners::try_hooks() {
  const Result<void> done = start_hooks();
  if (done) return;
  why_off_.push_back("new sockets are not told when they are made: " + done.error().text());
  links_.clear();
  object_.reset();
}

void Owners::try_walk() {
  Result<DescriptorWalk> walk = DescriptorWalk::start(options_.netns);
  if (walk)
    walk_.emplace(std::move(*walk));
  else
    why_off_.push_back("sockets older than the sensor are looked for in /proc, the slow way: " +
                       walk.error().text());
}

Result<void> Owners::start_hooks() {
  const Result<std::string> mount = cgroup2_mount();
  if (!mount) return std::unexpected(mount.error());
  Result<CgroupPaths> cgroups = CgroupPaths::open(*mount);
  if (!cgroups) return std::unexpected(cgroups.error());
  cgroups_.emplace(std::move(*cgroups));

  Result<BpfObject> object = BpfObject::open("owner", objects::owner());
  if (!object) return std::unexpected(object.error());
  object_.emplace(std::move(*object));
  const vdt_owner_config config{.netns = options_.netns};
  if (auto done = object_->set_read_only_data(std::as_bytes(std::span(&config, 1))); !done) return done;
  if (auto done = object_->set_max_entries("connections", options_.connections); !done) return done;
  if (auto done = object_->set_max_entries("bound", options_.bound); !done) return done;
  if (auto done = object_->load(); !done) return done;
  const Result<int> connections = object_->map_fd("connections");
  const Result<int> bound = object_->map_fd("bound");
  const Result<int> totals = object_->map_fd("totals");
  if (!connections) return std::unexpected(connections.error());
  if (!bound) return std::unexpected(bound.error());
  if (!totals) return std::unexpected(totals.error());
  for (const char* hook : kHooks) {
    Result<BpfLink> link = object_->attach_cgroup(hook, cgroups_->root_fd());
    if (!link) return std::unexpected(link.error());
    links_.push_back(std::move(*link));
  }
  connections_fd_ = *connections;
  bound_fd_ = *bound;
  totals_fd_ = *totals;
  return {};
}

std::optional<vdt_owner_totals> Owners::totals() const {
  if (totals_fd_ < 0) return std::nullopt;
  const auto parts = per_cpu_values<vdt_owner_totals>(totals_fd_, std::uint32_t{0});
  if (!parts) return std::nullopt;
  vdt_owner_totals sum{};
  for (const vdt_owner_totals& part : *parts) sum.untold += part.untold;
  return sum;
}

const HeldSockets& Owners::held_since(Nanoseconds needed) {
  const Nanoseconds begin = monotonic_now();
  if (walked_ >= needed || begin < next_walk_) return held_;
  if (const auto all = walk_ ? walk_->walk() : proc_sockets(options_.netns)) held_ = HeldSockets(*all);
  walks_++;
  walked_ = begin;
  const Nanoseconds end = monotonic_now();
  next_walk_ = end + std::max(options_.walk_interval, (end - begin) * kWalkShare);
  return held_;
}

std::optional<Owner> Owners::owner_of(const vdt_flow_key& flow, Nanoseconds first) {
  if (flow.protocol != IPPROTO_TCP && flow.protocol != IPPROTO_UDP && flow.protocol != IPPROTO_UDPLITE)
    return std::nullopt;
  Ends ends{};
  std::ranges::transform(kSocketEnds, ends.begin(),
                         [&](SocketEnd end) { return connection_key(flow, end, options_.netns); });
  const Nanoseconds now = monotonic_now();
  refresh_addresses(now);
  if (auto found = known(ends, flow.protocol, first)) return found;
  if (std::ranges::none_of(ends, [&](const auto& end) { return is_local(end); })) return std::nullopt;
  const std::uint64_t before = walks_;
  static_cast<void>(held_since(now));
  return walks_ == before ? std::nullopt : known(ends, flow.protocol, first);
}

std::optional<Owner> Owners::known(const Ends& ends, std::uint8_t protocol, Nanoseconds first) {
  if (protocol == IPPROTO_TCP)
    for (const vdt_connection_key& end : ends)
      if (auto found = of_connection(end)) return found;
  // A socket bound to every address is asked only for an address of ours: its port says nothing of other
  // hosts'.
  for (const vdt_connection_key& end : ends)
    if (is_local(end))
      if (auto found = of_bound(end, protocol, first)) return found;
  return std::nullopt;
}

void Owners::refresh_addresses(Nanoseconds now) {
  if (now < next_addresses_) return;
  if (auto addresses = LocalAddresses::now()) addresses_ = std::move(*addresses);
  next_addresses_ = now + kAddressesHold;
}

bool Owners::is_local(const vdt_connection_key& key) const {
  return addresses_.holds(key.local, key.ip_version);
}

std::optional<Owner> Owners::of_connection(const vdt_connection_key& key) {
  vdt_owner told{};
  if (connections_fd_ < 0 || bpf_map_lookup_elem(connections_fd_, &key, &told) != 0) {
    // Older than the sensor, or forgotten: accepted where somebody listens on its port.
    if (!is_local(key)) return std::nullopt;
    const bool accepted = held_.bound(key, IPPROTO_TCP).has_value();
    if (const auto held = held_.connection(key, accepted ? Holder::kYoungest : Holder::kOldest))
      return owner(*held);
    return std::nullopt;
  }
  if (told.inherited == 0) return owner(told);
  const Nanoseconds since(static_cast<std::int64_t>(told.since_ns));
  const auto held = held_since(since + kHandingOver).connection(key, Holder::kYoungest);
  return held ? owner(*held) : owner(told);
}

std::optional<vdt_owner> Owners::told_bound(vdt_bound_key key, Nanoseconds first) const {
  vdt_owner told{};
  if (bound_fd_ < 0 || bpf_map_lookup_elem(bound_fd_, &key, &told) != 0) return std::nullopt;
  const Nanoseconds released(static_cast<std::int64_t>(told.released_ns));
  if (released.count() != 0 && first > released) return std::nullopt;
  return told;
}

std::optional<Owner> Owners::of_bound(const vdt_connection_key& key, std::uint8_t protocol,
                                      Nanoseconds first) {
  vdt_bound_key local{};
  local.local = key.local;
  local.netns = key.netns;
  local.local_port = key.local_port;
  local.protocol = protocol;
  local.ip_version = key.ip_version;
  if (const auto told = told_bound(local, first)) return owner(*told);
  local.local = {};
  if (const auto told = told_bound(local, first)) return owner(*told);
  local.ip_version = 6;
  if (const auto told = told_bound(local, first)) return owner(*told);
  if (const auto held = held_.bound(key, protocol)) return owner(*held);
  return std::nullopt;
}

Owner Owners::owner(const vdt_owner& told) {
  Owner owner{.pid = static_cast<pid_t>(told.pid), .name = {}, .cgroup = {}};
  owner.name = names_.name(owner.pid, Nanoseconds(static_cast<std::int64_t>(told.since_ns)), monotonic_now())
                   .value_or(recorded_name(told.name));
  if (cgroups_) owner.cgroup = cgroups_->path(told.cgroup_id).value_or("");
  return owner;
}

Owner Owners::owner(const vdt_held_socket& held) {
  Owner owner{.pid = static_cast<pid_t>(held.pid), .name = recorded_name(held.name), .cgroup = {}};
  if (cgroups_ && held.cgroup_id != 0) owner.cgroup = cgroups_->path(held.cgroup_id).value_or("");
  return owner;
}

}  // namespace vedette
