#include "gateway/run_gateway.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/service_notice.h"
#include "base/version.h"
#include "gateway/gateway.h"
#include "gateway/process_user.h"

namespace vedette {

namespace {

constexpr const char* kUser = "vedette-gateway";

// Those that end it and the one that has it read its certificate anew; blocked for all threads.
Result<FileDescriptor> awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  FileDescriptor descriptor(signalfd(-1, &signals, SFD_CLOEXEC));
  if (!descriptor) return failed("signals", fmt::format("can't be read: {}", std::strerror(errno)));
  return descriptor;
}

// A signal; 0 where standard input has come to its end, and that is awaited.
int wait_for(const FileDescriptor& signals, bool with_input) {
  std::array<pollfd, 2> waits{pollfd{signals.get(), POLLIN, 0},
                              pollfd{with_input ? STDIN_FILENO : -1, POLLIN, 0}};
  for (;;) {
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    signalfd_siginfo signal{};
    if (waits[0].revents != 0 && read(signals.get(), &signal, sizeof(signal)) == sizeof(signal))
      return static_cast<int>(signal.ssi_signo);
    std::array<char, 64> unused{};
    if (waits[1].revents != 0 && read(STDIN_FILENO, unused.data(), unused.size()) <= 0) return 0;
  }
}

// The folder is made by root, as what it lies in is root's.
Result<void> make_state_folder(const std::filesystem::path& path, const ProcessUser& user) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  if (mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return failed(path.string(), fmt::format("can't be made: {}", std::strerror(errno)));
  }
  if (chown(path.c_str(), user.uid, user.gid) != 0)
    return failed(path.string(),
                  fmt::format("can't be given to user {}: {}", user.uid, std::strerror(errno)));
  return {};
}

Result<void> leave_root(const GatewayOptions& options) {
  if (geteuid() != 0) {
    if (!options.user.empty()) return unusable("--user", "only root can become another user");
    return give_up_capabilities();
  }
  const auto user = find_user(options.user.empty() ? kUser : options.user);
  if (!user) return std::unexpected(user.error());
  if (auto made = make_state_folder(options.state, *user); !made) return made;
  if (auto became = become(*user); !became) return became;
  return give_up_capabilities();
}

Result<std::optional<Certificate>> named_certificate(const GatewayOptions& options) {
  if (options.certificate.empty()) return std::nullopt;
  auto certificate = read_certificate(options.certificate, options.key);
  if (!certificate) return std::unexpected(certificate.error());
  return std::optional(std::move(*certificate));
}

// For whoever started it, then no more: a terminal or a journal keeps the log alone.
void say_where(const std::vector<std::string>& urls, const Gateway& gateway) {
  for (const std::string& url : urls) fmt::print("serving {}\n", url);
  fmt::print("the certificate's SHA-256 fingerprint: {}\n", gateway.fingerprint());
  if (const std::string token = gateway.setup_token(); !token.empty())
    fmt::print(
        "no administrator's password is set yet: set it at {}#setup={}\n"
        "or by POST to /auth/setup; the token: {}\n",
        urls.front(), token, token);
  std::fflush(stdout);
  if (const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC); nothing >= 0) {
    dup2(nothing, STDOUT_FILENO);
    close(nothing);
  }
}

// What root has read for us and we can't: it is renewed by a new start alone, which must not be found out
// when the certificate is over.
void warn_of_unreadable(const GatewayOptions& options, Log& log) {
  for (const std::string& file : {options.certificate, options.key})
    if (!file.empty() && access(file.c_str(), R_OK) != 0)
      log.warning(
          fmt::format("{}: can't be read by user {}, whom the gateway has become: {}; once it is renewed, "
                      "restart the gateway, SIGHUP doesn't read it",
                      file, geteuid(), std::strerror(errno)));
}

void read_certificate_anew(const GatewayOptions& options, Gateway& gateway, Log& log) {
  auto certificate = named_certificate(options);
  if (!certificate) {
    log.error(fmt::format("{}; the former certificate goes on", certificate.error().text()));
    return warn_of_unreadable(options, log);
  }
  if (!*certificate)
    return log.info("the certificate is the gateway's own: there is nothing to be read anew");
  if (auto changed = gateway.change_certificate(**certificate); !changed)
    return log.error(changed.error().text());
  log.info("certificate read anew", {{"fingerprint", gateway.fingerprint()}});
}

Result<void> serve(const GatewayOptions& options, Log& log) {
  const auto signals = awaited_signals();
  if (!signals) return std::unexpected(signals.error());
  // As root, where it is root that starts us: keys that are root's, ports below 1024.
  auto certificate = named_certificate(options);
  if (!certificate) return std::unexpected(certificate.error());
  std::vector<ListeningSocket> sockets;
  std::vector<std::string> urls;
  for (const std::string& address : options.listen) {
    auto socket = listen_on(address);
    if (!socket) return std::unexpected(socket.error());
    urls.push_back(url_of(socket->endpoint));
    sockets.push_back(std::move(*socket));
  }
  if (auto left = leave_root(options); !left) return left;
  warn_of_unreadable(options, log);
  auto gateway = Gateway::start(options, std::move(sockets), *certificate, log);
  if (!gateway) return std::unexpected(gateway.error());
  for (const std::string& url : urls) log.info("serving", {{"at", url}, {"version", kVersion}});
  say_where(urls, **gateway);
  notify_service("READY=1");
  int signal = wait_for(*signals, options.end_with_input);
  for (; signal == SIGHUP && !options.end_with_input; signal = wait_for(*signals, options.end_with_input)) {
    notify_service("RELOADING=1");
    read_certificate_anew(options, **gateway, log);
    notify_service("READY=1");
  }
  notify_service("STOPPING=1");
  log.info("stopping", {{"at", signal == 0 ? "the end of its input" : sigabbrev_np(signal)}});
  (*gateway)->stop();
  return {};
}

}  // namespace

int run_gateway(const GatewayOptions& options) {
  Log log(options.log_form, options.log_level);
  signal(SIGPIPE, SIG_IGN);
  umask(077);
  auto served = serve(options, log);
  if (served) return 0;
  log.error(served.error().text());
  return served.error().exit_status();
}

}  // namespace vedette
