#include "tests/store/clickhouse_servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "store/clickhouse_server.h"
#include "tests/requirements.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s;

// What scripts/ci/unpack_clickhouse.sh has unpacked, else what is installed.
std::filesystem::path place_of(const std::string& path) {
  const std::filesystem::path unpacked = std::filesystem::path(VEDETTE_CLICKHOUSE_ROOT) / path;
  return std::filesystem::exists(unpacked) ? unpacked : std::filesystem::path("/" + path);
}

const std::string kServer = "usr/sbin/clickhouse-server", kJars = "usr/share/java",
                  kLibraries = "usr/lib/" VEDETTE_ARCHITECTURE, kZookeeper = "etc/zookeeper/conf_example";

std::string replica_of(const ClickhouseProcess::Member& member) {
  return fmt::format("<replica><host>127.0.0.1</host><port>{}</port></replica>", member.ports.native);
}

}  // namespace

std::optional<std::string> missing_clickhouse() {
  if (!std::filesystem::exists(place_of(kServer)))
    return "no clickhouse-server: Debian 12 has it (VEDETTE_CLICKHOUSE=yes make test), Debian 13 doesn't";
  return std::nullopt;
}

std::optional<std::string> missing_zookeeper() {
  if (auto missing = missing_clickhouse()) return missing;
  if (missing_program("java") || !std::filesystem::exists(place_of(kZookeeper)))
    return "no zookeeper: it comes with clickhouse-server (VEDETTE_CLICKHOUSE=yes make test), and needs java";
  return std::nullopt;
}

void Process::start(std::vector<std::string> words, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int error = posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(words[0] + " can't be started");
}

void Process::end(int signal) {
  if (pid_ < 0) return;
  ::kill(pid_, signal);
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
}

void Process::stop_and_go(bool stop) const {
  ::kill(pid_, stop ? SIGSTOP : SIGCONT);
}

std::uint16_t free_port() {
  static std::set<std::uint16_t> given;
  for (;;) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    bind(socket, reinterpret_cast<sockaddr*>(&address), length);
    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    close(socket);
    if (given.insert(ntohs(address.sin_port)).second) return ntohs(address.sin_port);
  }
}

ClickhouseProcess::ClickhouseProcess(std::filesystem::path folder, Member self, std::vector<Member> members,
                                     std::uint16_t zookeeper)
    : folder_(std::move(folder)), self_(self) {
  std::filesystem::create_directories(folder_);
  std::string cluster;
  std::map<unsigned, std::string> shards;
  for (const Member& member : members) shards[member.shard] += replica_of(member);
  for (const auto& [shard, replicas] : shards)
    cluster += fmt::format("<shard><internal_replication>true</internal_replication>{}</shard>", replicas);
  std::string keeper;
  if (zookeeper != 0)
    keeper = fmt::format(
        "<zookeeper><node><host>127.0.0.1</host><port>{}</port></node>"
        "<session_timeout_ms>1500</session_timeout_ms></zookeeper>"
        "<macros><shard>{}</shard><replica>{}</replica></macros>"
        "<interserver_http_host>127.0.0.1</interserver_http_host>",
        zookeeper, self_.shard, self_.replica);
  std::ofstream(folder_ / "config.xml") << fmt::format(
      "<yandex><logger><level>warning</level><log>{0}/log</log><errorlog>{0}/errors</errorlog></logger>"
      "<http_port>{1}</http_port><tcp_port>{2}</tcp_port><interserver_http_port>{3}</interserver_http_port>"
      "<listen_host>127.0.0.1</listen_host><path>{0}/data/</path><tmp_path>{0}/tmp/</tmp_path>"
      "<users_config>users.xml</users_config><default_profile>default</default_profile>"
      "<default_database>default</default_database><mark_cache_size>16777216</mark_cache_size>"
      "<remote_servers><pair>{4}</pair></remote_servers>{5}</yandex>",
      folder_.native(), self_.ports.http, self_.ports.native, self_.ports.between, cluster, keeper);
  std::ofstream(folder_ / "users.xml")
      << "<yandex><profiles><default/></profiles><users><default><password></password><networks><ip>127.0.0.1"
         "</ip></networks><profile>default</profile><quota>default</quota></default></users>"
         "<quotas><default/></quotas></yandex>";
}

std::string ClickhouseProcess::url() const {
  return fmt::format("http://127.0.0.1:{}/vedette", self_.ports.http);
}

std::string ClickhouseProcess::ask(const std::string& statement) const {
  auto server = ClickhouseServer::open(parse_clickhouse_url(url()).value());
  if (!server) throw std::runtime_error(server.error().text());
  auto answer = (*server)->ask(statement + " FORMAT TabSeparated");
  if (!answer) throw std::runtime_error(answer.error().text());
  while (answer->ends_with('\n')) answer->pop_back();
  return *answer;
}

bool ClickhouseProcess::run(const std::string& statement) const {
  auto server = ClickhouseServer::open(parse_clickhouse_url(url()).value());
  return server && (*server)->ask(statement);
}

void ClickhouseProcess::start() {
  process_.start({"env", "LD_LIBRARY_PATH=" + place_of(kLibraries).native(), place_of(kServer).native(),
                  "--config-file=" + (folder_ / "config.xml").native()},
                 folder_ / "said");
  for (const auto until = std::chrono::steady_clock::now() + kPatience;;) {
    try {
      if (ask("SELECT 1") == "1") return;
    } catch (const std::runtime_error& why) {
      if (std::chrono::steady_clock::now() > until) throw;
    }
    std::this_thread::sleep_for(20ms);
  }
}

void ZookeeperProcess::start() {
  std::filesystem::create_directories(folder_ / "data");
  std::ofstream(folder_ / "zoo.cfg") << fmt::format(
      "tickTime=250\ndataDir={}\nclientPort={}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n",
      (folder_ / "data").native(), port_);
  process_.start({"java", "-Xmx128m", "-cp",
                  fmt::format("{}:{}/*", place_of(kZookeeper).native(), place_of(kJars).native()),
                  "org.apache.zookeeper.server.quorum.QuorumPeerMain", (folder_ / "zoo.cfg").native()},
                 folder_ / "said");
  for (const auto until = std::chrono::steady_clock::now() + kPatience;;) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool there = connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(socket);
    if (there) return;
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("zookeeper doesn't listen");
    std::this_thread::sleep_for(50ms);
  }
}

}  // namespace vedette::tests
