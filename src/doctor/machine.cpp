#include "doctor/machine.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace vedette {

namespace {

constexpr const char* kArea = "kernel";

bool has_file_system(const char* path, long magic) {
  struct statfs about {};
  return statfs(path, &about) == 0 && about.f_type == magic;
}

// The file's first word; empty where it can't be read.
std::string first_word(const char* path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

// CapEff of proc(5), a bit a capability.
std::uint64_t effective_capabilities() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("CapEff:"))
      return std::stoull(line.substr(line.find_first_not_of(" \t", 7)), nullptr, 16);
  }
  return 0;
}

Fact running_kernel() {
  utsname names{};
  uname(&names);
  return {kArea, "release", FactState::kTold, fmt::format("{} {}", names.release, names.machine), {}};
}

Fact libbpf() {
  return {kArea, "libbpf", FactState::kTold, libbpf_version_string(), {}};
}

Fact cpus() {
  return {kArea,
          "cpus",
          FactState::kTold,
          fmt::format("{} possible, {} online; the flow cache has a region for each",
                      libbpf_num_possible_cpus(), sysconf(_SC_NPROCESSORS_ONLN)),
          {}};
}

Fact capabilities() {
  constexpr std::array<std::pair<int, std::string_view>, 4> kNeeded{{{CAP_BPF, "CAP_BPF"},
                                                                     {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
                                                                     {CAP_PERFMON, "CAP_PERFMON"},
                                                                     {CAP_NET_RAW, "CAP_NET_RAW"}}};
  const std::uint64_t held = effective_capabilities();
  std::string missing;
  for (const auto& [number, name] : kNeeded) {
    if ((held >> number & 1) == 0) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
  }
  if (missing.empty())
    return {kArea, "capabilities", FactState::kOn, "CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_NET_RAW", {}};
  return {kArea, "capabilities", FactState::kOff, "missing: " + missing,
          "run as root, or as the service vedetted"};
}

Fact type_information() {
  if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
    return {kArea, "btf", FactState::kOn, "/sys/kernel/btf/vmlinux", {}};
  return {kArea, "btf", FactState::kOff,
          "the kernel tells no types: no TCP health, no drop reasons, no older owners",
          "a kernel built with CONFIG_DEBUG_INFO_BTF; Debian's are"};
}

Fact compiler() {
  const char* path = "/proc/sys/net/core/bpf_jit_enable";
  const std::string enabled = first_word(path);
  if (access(path, F_OK) != 0)
    return {kArea, "jit", FactState::kTold, "told in the host's network namespace alone", {}};
  if (enabled.empty()) return {kArea, "jit", FactState::kTold, "not told to this user", {}};
  if (enabled != "0") return {kArea, "jit", FactState::kOn, "programs run as machine code", {}};
  return {kArea, "jit", FactState::kLimited, "programs are interpreted, many times slower",
          "sysctl net.core.bpf_jit_enable=1"};
}

Fact pins() {
  if (has_file_system("/sys/fs/bpf", BPF_FS_MAGIC))
    return {kArea, "bpffs", FactState::kOn, "/sys/fs/bpf; programs outlive a daemon that dies", {}};
  return {kArea, "bpffs", FactState::kLimited, "not mounted on /sys/fs/bpf; the daemon mounts it at start",
          "mount -t bpf bpf /sys/fs/bpf"};
}

Fact cgroups() {
  const std::string folder = cgroup2_folder();
  if (!folder.empty()) return {kArea, "cgroup2", FactState::kOn, folder, {}};
  return {kArea, "cgroup2", FactState::kOff,
          "no hierarchy is mounted: processes that own sockets stay unknown",
          "mount -t cgroup2 none /sys/fs/cgroup/unified"};
}

// Since 5.11 maps are charged to the cgroup instead.
Fact locked_memory() {
  rlimit limit{};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur == RLIM_INFINITY) return {kArea, "memlock", FactState::kTold, "unlimited", {}};
  return {kArea,
          "memlock",
          FactState::kTold,
          fmt::format("{} KiB; kernels before 5.11 charge maps to it", limit.rlim_cur / 1024),
          {}};
}

}  // namespace

std::string cgroup2_folder() {
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (has_file_system(path, CGROUP2_SUPER_MAGIC)) return path;
  }
  return {};
}

std::vector<Fact> look_at_machine() {
  return {running_kernel(), libbpf(), cpus(),    capabilities(), type_information(),
          compiler(),       pins(),   cgroups(), locked_memory()};
}

}  // namespace vedette
