#include "cli/gateway_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "daemon/daemon.h"

extern char** environ;

namespace vedette {

namespace {

constexpr uid_t kFirstOfNobody = 61'184;  // systemd's for users that are made for one service, and then gone
constexpr uid_t kLastOfNobody = 65'519;
constexpr int kPatienceMs = 15'000;

std::filesystem::path program() {
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& candidate : {folder / "vedette-gateway", folder / "../sbin/vedette-gateway"})
    if (std::filesystem::exists(candidate, error)) return candidate;
  return {};
}

std::vector<std::string> command_of(const std::filesystem::path& program, const GatewayWanted& wanted) {
  std::vector<std::string> command{program, "--socket",      wanted.socket, "--state", wanted.state,
                                   "--log", wanted.log_form, "--log-level", "warning", "--end-with-input"};
  if (!wanted.user.empty()) command.insert(command.end(), {"--user", wanted.user});
  if (!wanted.web.empty()) command.insert(command.end(), {"--web", wanted.web});
  for (const std::string& address : wanted.listen) command.insert(command.end(), {"--listen", address});
  return command;
}

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;
};

// Both empty where there are no more descriptors.
Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Its process id; 0 where it couldn't be started, errno saying why.
pid_t spawn(const std::vector<std::string>& command, int input, int output) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  pid_t pid = 0;
  errno = posix_spawn(&pid, words[0], &files, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  return errno == 0 ? pid : 0;
}

}  // namespace

std::string user_for_gateway(const std::filesystem::path& state) {
  if (geteuid() != 0) return {};
  struct stat found {};
  if (stat(state.c_str(), &found) == 0 && found.st_uid != 0) return std::to_string(found.st_uid);
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* user = nullptr;
  getpwnam_r(kGatewayUser, &entry, buffer.data(), buffer.size(), &user);
  if (user) return kGatewayUser;
  for (uid_t number = kFirstOfNobody; number < kLastOfNobody; number++) {
    getpwuid_r(number, &entry, buffer.data(), buffer.size(), &user);
    if (!user) return std::to_string(number);
  }
  return {};
}

Result<GatewayProcess> GatewayProcess::start(const GatewayWanted& wanted) {
  const auto found = program();
  if (found.empty()) return failed("gateway", "there is no vedette-gateway beside this program");
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  if (!input.reading || !output.reading) return failed("gateway", std::strerror(errno));
  const pid_t pid = spawn(command_of(found, wanted), input.reading.get(), output.writing.get());
  if (pid == 0) return failed(found.string(), fmt::format("can't be started: {}", std::strerror(errno)));
  return GatewayProcess(pid, std::move(input.writing), std::move(output.reading));
}

GatewayProcess::GatewayProcess(GatewayProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)) {}

GatewayProcess::~GatewayProcess() {
  if (pid_ == 0) return;
  input_.reset();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string GatewayProcess::said() {
  std::string text;
  std::array<char, 4096> piece{};
  pollfd ready{output_.get(), POLLIN, 0};
  while (poll(&ready, 1, kPatienceMs) > 0) {
    const ssize_t size = read(output_.get(), piece.data(), piece.size());
    if (size <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace vedette
