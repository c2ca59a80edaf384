// Which process a flow belongs to: loads bpf/owner.bpf.c onto the root cgroup and asks what it wrote; what
// that doesn't know, a walk over all descriptors does. Beside the packet's way: the sensor asks once a flow.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/owner.h"
#include "base/error.h"
#include "base/units.h"
#include "kernel/bpf_object.h"
#include "kernel/cgroup_paths.h"
#include "kernel/connection_key.h"
#include "kernel/held_sockets.h"
#include "kernel/local_addresses.h"
#include "kernel/process_names.h"

namespace vedette {

struct Owner {
  pid_t pid = 0;
  std::string name;
  std::string cgroup;  // below the cgroup2 mount, "/" is its root; empty where it isn't known
};

struct OwnersOptions {
  bool hooks = true;  // cgroup and sockops programs; without, only walks tell
  bool walk = true;   // the kernel's walk; without, /proc is read instead
  std::uint64_t netns =
      0;  // cookie of the namespace whose sockets are told; 0 = all, then none is found by key
  std::uint32_t connections = 65536;  // that the kernel remembers at once: 170 bytes each
  std::uint32_t bound = 16384;        // bound sockets that the kernel remembers at once: 150 bytes each
  // No walk begins sooner after the last; and a walk takes at most a hundredth of the time.
  Nanoseconds walk_interval = std::chrono::seconds(1);
};

// One thread at a time: the one that is in the network namespace of `netns`.
class Owners {
 public:
  // Whatever is refused is told by why_off(); the rest works.
  [[nodiscard]] static Owners start(const OwnersOptions& options);

  // The local process at either end of the flow, the destination's first. `first`: when the flow was first
  // seen (CLOCK_MONOTONIC), so that a port's former owner is not taken for it; 0 = not known.
  [[nodiscard]] std::optional<Owner> owner_of(const vdt_flow_key& flow, Nanoseconds first = Nanoseconds(0));

  // Of the programs, over all CPUs, since start; nothing where they are off.
  [[nodiscard]] std::optional<vdt_owner_totals> totals() const;

  // What is missing, one sentence each; empty where all is on.
  [[nodiscard]] const std::vector<std::string>& why_off() const { return why_off_; }
  // Walks since start.
  [[nodiscard]] std::uint64_t walks() const { return walks_; }
  [[nodiscard]] const std::optional<BpfObject>& object() const { return object_; }

 private:
  explicit Owners(const OwnersOptions& options) : options_(options) {}
  void try_hooks();
  void try_walk();
  [[nodiscard]] Result<void> start_hooks();
  using Ends = std::array<vdt_connection_key, kSocketEnds.size()>;
  [[nodiscard]] std::optional<Owner> known(const Ends& ends, std::uint8_t protocol, Nanoseconds first);
  [[nodiscard]] std::optional<Owner> of_connection(const vdt_connection_key& key);
  [[nodiscard]] std::optional<Owner> of_bound(const vdt_connection_key& key, std::uint8_t protocol,
                                              Nanoseconds first);
  [[nodiscard]] std::optional<vdt_owner> told_bound(vdt_bound_key key, Nanoseconds first) const;
  void refresh_addresses(Nanoseconds now);
  [[nodiscard]] bool is_local(const vdt_connection_key& key) const;
  // The last walk, or a new one where it is older than `needed` and another may begin.
  [[nodiscard]] const HeldSockets& held_since(Nanoseconds needed);
  [[nodiscard]] Owner owner(const vdt_owner& told);
  [[nodiscard]] Owner owner(const vdt_held_socket& held);

  OwnersOptions options_;
  std::vector<std::string> why_off_;
  std::optional<BpfObject> object_;
  std::vector<BpfLink> links_;
  std::optional<CgroupPaths> cgroups_;
  std::optional<DescriptorWalk> walk_;
  HeldSockets held_;
  LocalAddresses addresses_;
  ProcessNames names_;
  Nanoseconds next_addresses_{0};  // CLOCK_MONOTONIC, before which they are not asked again
  Nanoseconds walked_{0};          // CLOCK_MONOTONIC, when the last walk began; 0 = never
  Nanoseconds next_walk_{0};       // CLOCK_MONOTONIC, before which none begins
  std::uint64_t walks_ = 0;
  int connections_fd_ = -1;  // owned by object_
  int bound_fd_ = -1;        // owned by object_
  int totals_fd_ = -1;       // owned by object_
};

}  // namespace vedette
