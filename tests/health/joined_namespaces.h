// Two network namespaces joined by a veth, made for one test and gone after it, and programs run inside them.
// The host's own interfaces and settings stay as they are.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::tests {

// A program that runs in the background; killed and waited for when this goes. `namespace_name` empty: where
// we are. Output goes to `output` where a file is named, else nowhere.
class Process {
 public:
  Process(const std::string& namespace_name, const std::vector<std::string>& command,
          const std::string& output = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Waits for its end; the exit status, or -1 where a signal ended it.
  int wait();

 private:
  pid_t pid_ = -1;
};

class JoinedNamespaces {
 public:
  JoinedNamespaces();
  JoinedNamespaces(const JoinedNamespaces&) = delete;
  JoinedNamespaces& operator=(const JoinedNamespaces&) = delete;
  ~JoinedNamespaces();

  // left: 10.77.0.1 and fd77::1; right: 10.77.0.2 and fd77::2; each on its interface "veth0".
  [[nodiscard]] const std::string& left() const { return left_; }
  [[nodiscard]] const std::string& right() const { return right_; }
  [[nodiscard]] std::uint64_t left_cookie() const;
  [[nodiscard]] std::uint64_t right_cookie() const;

  // Runs a shell line in the namespace to its end and gives what it wrote; fails the test where it fails.
  static std::string run(const std::string& namespace_name, const std::string& line);
  // Waits until a listening (or, for UDP, bound) socket of that port shows; false after twenty seconds.
  static bool wait_for_port(const std::string& namespace_name, std::uint16_t port, bool udp = false);
  // A figure of /proc/net/snmp, say "Tcp", "RetransSegs".
  static std::uint64_t snmp(const std::string& namespace_name, const std::string& group,
                            const std::string& name);

 private:
  std::string left_;
  std::string right_;
};

}  // namespace vedette::tests
