// Real ClickHouse servers on loopback, each a process of the test's own with its data in the test's folder,
// and a ZooKeeper for those that replicate.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vedette::tests {

// Why there can be none here; nothing where there can. Debian 13 has no package of it.
[[nodiscard]] std::optional<std::string> missing_clickhouse();
[[nodiscard]] std::optional<std::string> missing_zookeeper();

// A program that ends with this value.
class Process {
 public:
  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Process& operator=(Process&&) = delete;
  ~Process() { end(SIGKILL); }

  // What it says goes into `log`.
  void start(std::vector<std::string> words, const std::filesystem::path& log);
  // Sends the signal and waits for its end.
  void end(int signal);
  void stop_and_go(bool stop) const;

 private:
  pid_t pid_ = -1;
};

[[nodiscard]] std::uint16_t free_port();

struct ClickhousePorts {
  std::uint16_t http = free_port(), native = free_port(), between = free_port();
};

class ClickhouseProcess {
 public:
  // A server's place in the cluster: which shard's which replica it is.
  struct Member {
    ClickhousePorts ports;
    unsigned shard = 1, replica = 1;
  };
  // `members`: of the cluster "pair", this server among them; none: there is no cluster. `zookeeper`: its
  // port.
  ClickhouseProcess(std::filesystem::path folder, Member self, std::vector<Member> members = {},
                    std::uint16_t zookeeper = 0);

  // Until it answers.
  void start();
  void kill() { process_.end(SIGKILL); }
  void stop() const { process_.stop_and_go(true); }
  void go_on() const { process_.stop_and_go(false); }

  // "http://127.0.0.1:8123/vedette"
  [[nodiscard]] std::string url() const;
  // Whether it does what it is told.
  [[nodiscard]] bool run(const std::string& statement) const;
  // What it answers.
  [[nodiscard]] std::string ask(const std::string& statement) const;

 private:
  const std::filesystem::path folder_;
  const Member self_;
  Process process_;
};

class ZookeeperProcess {
 public:
  explicit ZookeeperProcess(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void start();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  const std::filesystem::path folder_;
  std::uint16_t port_ = free_port();
  Process process_;
};

}  // namespace vedette::tests
