// A program that is run for each finding.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "act/finding_hook.h"
#include "act/hook_queue.h"
#include "base/file_descriptor.h"
#include "base/privileges.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 4;
constexpr auto kIdle = 1h;
constexpr auto kLook = 20ms;  // between looks at those that run

// What a program is started with: of the sensor's own, nothing but its standard error.
class Spawning {
 public:
  Spawning() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // Its number, which is its process group's too; failed with the reason.
  [[nodiscard]] Result<pid_t> run(const std::string& program, int input) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&actions_, "/");
    std::string name = program, path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale = "LC_ALL=C.UTF-8";
    char* arguments[] = {name.data(), nullptr};
    char* environment[] = {path.data(), locale.data(), nullptr};
    pid_t child = 0;
    const int error = posix_spawn(&child, program.c_str(), &actions_, &attributes_, arguments, environment);
    if (error != 0) return failed(program, fmt::format("can't be run: {}", std::strerror(error)));
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A file without a name that holds the text, to be read from its beginning: no writer waits for a reader.
Result<FileDescriptor> file_of(const std::string& text) {
  FileDescriptor file(memfd_create("finding", MFD_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      lseek(file.get(), 0, SEEK_SET) != 0)
    return failed("finding", fmt::format("can't be handed over: {}", std::strerror(errno)));
  return file;
}

std::string end_of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return fmt::format("ended with status {}", info.si_status);
  return fmt::format("was ended by SIG{}", sigabbrev_np(info.si_status));
}

class CommandHook final : public FindingHook {
 public:
  CommandHook(std::string program, const HookOptions& options, HookNote note)
      : program_(std::move(program)),
        timeout_(options.timeout),
        queue_("command", program_, options.queue, std::move(note)),
        thread_([this] { run(); }) {}
  CommandHook(const CommandHook&) = delete;
  CommandHook& operator=(const CommandHook&) = delete;
  ~CommandHook() override {
    queue_.stop();
    thread_.join();
  }

  void tell(std::string finding) override { queue_.put(std::move(finding) + "\n"); }
  [[nodiscard]] HookStatus status() const override { return queue_.status(); }

 private:
  struct Running {
    pid_t child = 0;
    Clock::time_point ends;
    bool too_long = false;
  };

  void run() {
    (void)drop_privileges();  // which the programs begin with; who can't give any up has none
    while (!queue_.stopped()) {
      if (running_.size() >= kAtOnce)
        queue_.pause(kLook);
      else if (const auto finding = queue_.take(running_.empty() ? kIdle : kLook))
        start(*finding);
      look_after();
    }
    for (Running& one : running_) kill(-one.child, SIGKILL);
    while (!running_.empty()) {
      look_after();
      std::this_thread::sleep_for(1ms);
    }
  }

  void start(const std::string& finding) {
    const auto input = file_of(finding);
    if (!input) return queue_.failed(input.error().text());
    const auto child = Spawning().run(program_, input->get());
    if (!child) return queue_.failed(child.error().text());
    running_.push_back({*child, Clock::now() + timeout_});
  }

  void look_after() {
    std::erase_if(running_, [this](Running& one) { return has_ended(one); });
  }

  bool has_ended(Running& one) {
    siginfo_t info{};
    const bool known = waitid(P_PID, static_cast<id_t>(one.child), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (known && info.si_pid == 0) {
      if (!one.too_long && Clock::now() >= one.ends) {
        one.too_long = true;
        kill(-one.child, SIGKILL);
      }
      return false;
    }
    // While it isn't reaped its number is nobody else's: what it left behind in its group goes with it.
    kill(-one.child, SIGKILL);
    waitid(P_PID, static_cast<id_t>(one.child), &info, WEXITED);
    if (one.too_long)
      queue_.failed(fmt::format("ran for more than {} s, and was ended", timeout_.count()));
    else if (info.si_code == CLD_EXITED && info.si_status == 0)
      queue_.told();
    else
      queue_.failed(end_of(info));
    return true;
  }

  const std::string program_;
  const std::chrono::seconds timeout_;
  HookQueue queue_;
  std::vector<Running> running_;  // the thread's
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<FindingHook>> make_command_hook(const std::filesystem::path& program,
                                                       const HookOptions& options, HookNote note) {
  struct stat found {};
  if (!program.is_absolute())
    return unusable("--hook-command", fmt::format("expected an absolute path, found {}", program.string()));
  if (stat(program.c_str(), &found) != 0)
    return unusable("--hook-command", fmt::format("{}: {}", program.string(), std::strerror(errno)));
  if (!S_ISREG(found.st_mode) || access(program.c_str(), X_OK) != 0)
    return unusable("--hook-command", fmt::format("{}: expected a program", program.string()));
  if (found.st_mode & S_IWOTH)
    return unusable(
        "--hook-command",
        fmt::format("{}: anybody may write it, and it is run with the sensor's rights", program.string()),
        "chmod o-w");
  return std::make_unique<CommandHook>(program.string(), options, std::move(note));
}

}  // namespace vedette
