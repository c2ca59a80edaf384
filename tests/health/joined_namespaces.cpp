#include "tests/health/joined_namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <thread>

#include "base/file_descriptor.h"
#include "kernel/net_namespace.h"

namespace vedette::tests {

namespace {

std::vector<std::string> inside(const std::string& namespace_name, const std::vector<std::string>& command) {
  std::vector<std::string> all;
  if (!namespace_name.empty()) all = {"ip", "netns", "exec", namespace_name};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

std::uint64_t cookie_of(const std::string& namespace_name) {
  std::uint64_t cookie = 0;
  // Another thread enters the namespace, so that the test's own stays outside.
  std::thread([&] {
    const FileDescriptor file(open(("/run/netns/" + namespace_name).c_str(), O_RDONLY | O_CLOEXEC));
    if (setns(file.get(), CLONE_NEWNET) == 0) cookie = own_netns_cookie().value_or(0);
  }).join();
  EXPECT_NE(cookie, 0U);
  return cookie;
}

}  // namespace

Process::Process(const std::string& namespace_name, const std::vector<std::string>& command,
                 const std::string& output) {
  const std::vector<std::string> all = inside(namespace_name, command);
  std::vector<char*> arguments;
  for (const std::string& part : all) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  const std::string target = output.empty() ? "/dev/null" : output;
  pid_ = fork();
  if (pid_ != 0) return;
  const int out = open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  wait();
}

int Process::wait() {
  int status = 0;
  if (pid_ <= 0 || waitpid(pid_, &status, 0) != pid_) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

JoinedNamespaces::JoinedNamespaces()
    : left_(fmt::format("vdt{}l", getpid())), right_(fmt::format("vdt{}r", getpid())) {
  for (const std::string& name : {left_, right_}) run({}, "ip netns add " + name);
  run(left_, "ip link add veth0 type veth peer name veth0 netns " + right_);
  const std::array<std::pair<const std::string*, int>, 2> ends = {{{&left_, 1}, {&right_, 2}}};
  for (const auto& [name, number] : ends)
    run(*name, fmt::format("ip link set lo up; ip addr add 10.77.0.{0}/24 dev veth0; "
                           "ip -6 addr add fd77::{0}/64 dev veth0 nodad; ip link set veth0 up",
                           number));
  // A link's first IPv6 packets are lost until its addresses are configured, which the kernel does in its own
  // time.
  for (const char* address : {"10.77.0.2", "fd77::2"})
    run(left_, fmt::format("for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 1 -n {} && exit 0; done; exit 1",
                           address));
}

JoinedNamespaces::~JoinedNamespaces() {
  for (const std::string& name : {left_, right_}) run({}, "ip netns del " + name);
}

std::uint64_t JoinedNamespaces::left_cookie() const {
  return cookie_of(left_);
}
std::uint64_t JoinedNamespaces::right_cookie() const {
  return cookie_of(right_);
}

std::string JoinedNamespaces::run(const std::string& namespace_name, const std::string& line) {
  const std::string whole =
      namespace_name.empty() ? line : fmt::format("ip netns exec {} sh -c '{}'", namespace_name, line);
  FILE* pipe = popen((whole + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t length = 0; (length = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), length);
  EXPECT_EQ(pclose(pipe), 0) << whole << "\n" << text;
  return text;
}

bool JoinedNamespaces::wait_for_port(const std::string& namespace_name, std::uint16_t port, bool udp) {
  for (int tries = 0; tries < 400; ++tries) {
    if (!run(namespace_name, fmt::format("ss -Hn{}la \"sport = :{}\"", udp ? 'u' : 't', port)).empty())
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

std::uint64_t JoinedNamespaces::snmp(const std::string& namespace_name, const std::string& group,
                                     const std::string& name) {
  std::istringstream lines(run(namespace_name, "cat /proc/net/snmp"));
  std::string names;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(group + ":")) continue;
    if (names.empty()) {
      names = line;
      continue;
    }
    std::istringstream left(names);
    std::istringstream right(line);
    for (std::string key, value; left >> key && right >> value;)
      if (key == name) return std::stoull(value);
  }
  ADD_FAILURE() << "no " << group << " " << name << " in /proc/net/snmp";
  return 0;
}

}  // namespace vedette::tests
