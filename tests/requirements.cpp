#include "tests/requirements.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

namespace vedette::tests {

namespace {

// A step that failed, as "BPF_PROG_LOAD: Operation not permitted"; empty where all went well.
using Outcome = std::string;

Outcome refused(std::string_view step) {
  return std::string(step) + ": " + std::strerror(errno);
}

long bpf(bpf_cmd command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

// r0 = `verdict`; exit.
std::array<bpf_insn, 2> program_that_returns(int verdict) {
  std::array<bpf_insn, 2> program{};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[0].imm = verdict;
  program[1].code = BPF_JMP | BPF_EXIT;
  return program;
}

int load(bpf_prog_type type, int verdict, bpf_attach_type attach_type = bpf_attach_type{}) {
  const std::array<bpf_insn, 2> program = program_that_returns(verdict);
  static constexpr char kLicense[] = "Dual BSD/GPL";
  bpf_attr attributes{};
  attributes.prog_type = type;
  attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
  attributes.insn_cnt = program.size();
  attributes.license = reinterpret_cast<std::uintptr_t>(kLicense);
  attributes.expected_attach_type = attach_type;
  return static_cast<int>(bpf(BPF_PROG_LOAD, attributes));
}

Outcome try_bpf() {
  const int program = load(BPF_PROG_TYPE_XDP, XDP_PASS);
  if (program < 0) return refused("BPF_PROG_LOAD of an XDP program");
  const std::array<std::byte, 64> frame{};
  bpf_attr run{};
  run.test.prog_fd = static_cast<std::uint32_t>(program);
  run.test.data_in = reinterpret_cast<std::uintptr_t>(frame.data());
  run.test.data_size_in = frame.size();
  if (bpf(BPF_PROG_TEST_RUN, run) < 0) return refused("BPF_PROG_TEST_RUN");
  bpf_attr ring{};
  ring.map_type = BPF_MAP_TYPE_RINGBUF;
  ring.max_entries = 65536;
  if (bpf(BPF_MAP_CREATE, ring) < 0) return refused("BPF_MAP_CREATE of a ring buffer");
  return {};
}

Outcome try_tracing() {
  const int program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
  if (program < 0) return refused("BPF_PROG_LOAD of a raw tracepoint program");
  bpf_attr open{};
  open.raw_tracepoint.name = reinterpret_cast<std::uintptr_t>("sched_switch");
  open.raw_tracepoint.prog_fd = static_cast<std::uint32_t>(program);
  if (bpf(BPF_RAW_TRACEPOINT_OPEN, open) < 0) return refused("BPF_RAW_TRACEPOINT_OPEN");
  return {};
}

Outcome run_program(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  if (const int error = posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
      error != 0)
    return words[0] + ": " + std::strerror(error);
  int status = 0;
  if (waitpid(child, &status, 0) < 0) return refused("waitpid");
  return status == 0 ? Outcome{} : words[0] + " failed";
}

Outcome try_network_namespaces() {
  if (unshare(CLONE_NEWNET) != 0) return refused("unshare(CLONE_NEWNET)");
  if (Outcome outcome = run_program({"ip", "link", "add", "vdt-a", "type", "veth", "peer", "name", "vdt-b"});
      !outcome.empty())
    return "veth pair: " + outcome;
  const int program = load(BPF_PROG_TYPE_XDP, XDP_PASS, BPF_XDP);
  if (program < 0) return refused("BPF_PROG_LOAD of an XDP program");
  bpf_attr link{};
  link.link_create.prog_fd = static_cast<std::uint32_t>(program);
  link.link_create.target_ifindex = if_nametoindex("vdt-a");
  link.link_create.attach_type = BPF_XDP;
  if (bpf(BPF_LINK_CREATE, link) < 0) return refused("XDP program on a veth");
  return {};
}

Outcome try_cgroup2() {
  const int program = load(BPF_PROG_TYPE_CGROUP_SKB, 1, BPF_CGROUP_INET_INGRESS);
  if (program < 0) return refused("BPF_PROG_LOAD of a cgroup program");
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs about {};
    if (statfs(path, &about) != 0 || about.f_type != CGROUP2_SUPER_MAGIC) continue;
    const int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0) return refused(path);
    bpf_attr link{};
    link.link_create.prog_fd = static_cast<std::uint32_t>(program);
    link.link_create.target_fd = static_cast<std::uint32_t>(cgroup);
    link.link_create.attach_type = BPF_CGROUP_INET_INGRESS;
    if (bpf(BPF_LINK_CREATE, link) < 0) return refused("cgroup program");
    return {};
  }
  return "no cgroup2 hierarchy under /sys/fs/cgroup";
}

Outcome try_root() {
  return geteuid() == 0 ? Outcome{} : "effective user is " + std::to_string(geteuid());
}

// Runs the attempt in a child, so that whatever it made ends with it.
Outcome in_a_child(Outcome (*attempt)()) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return refused("pipe");
  const pid_t child = fork();
  if (child < 0) return refused("fork");
  if (child == 0) {
    const Outcome outcome = attempt();
    const bool told =
        write(pipe_ends[1], outcome.data(), outcome.size()) == static_cast<ssize_t>(outcome.size());
    _exit(told && outcome.empty() ? 0 : 1);
  }
  close(pipe_ends[1]);
  Outcome outcome;
  std::array<char, 256> piece{};
  ssize_t length = 0;
  while ((length = read(pipe_ends[0], piece.data(), piece.size())) > 0)
    outcome.append(piece.data(), static_cast<std::size_t>(length));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0 && outcome.empty()) outcome = "the attempt ended early";
  return outcome;
}

struct Attempt {
  Requirement requirement;
  std::string_view name;
  Outcome (*run)();
};

constexpr std::array<Attempt, 5> kAttempts{{
    {Requirement::kRoot, "root", try_root},
    {Requirement::kBpf, "eBPF", try_bpf},
    {Requirement::kTracing, "eBPF tracepoints", try_tracing},
    {Requirement::kNetworkNamespaces, "network namespaces", try_network_namespaces},
    {Requirement::kCgroup2, "cgroup2 programs", try_cgroup2},
}};

}  // namespace

std::optional<std::string> missing_requirement(Requirement requirement) {
  for (const Attempt& attempt : kAttempts) {
    if (attempt.requirement != requirement) continue;
    const Outcome outcome = in_a_child(attempt.run);
    if (outcome.empty()) return std::nullopt;
    return "needs " + std::string(attempt.name) + ": " + outcome;
  }
  return "needs something unknown";
}

std::optional<std::string> missing_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/sbin:/usr/bin:/sbin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, end)) + "/" + std::string(name);
    if (access(candidate.c_str(), X_OK) == 0) return std::nullopt;
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return "needs the program '" + std::string(name) + "': not on the search path";
}

std::optional<std::filesystem::path> captures() {
  const char* folder = std::getenv("VEDETTE_TESTDATA");
  if (folder == nullptr) return std::nullopt;
  const std::filesystem::path path = folder;
  if (!std::filesystem::exists(path / "MANIFEST.tsv")) return std::nullopt;
  return path;
}

}  // namespace vedette::tests
