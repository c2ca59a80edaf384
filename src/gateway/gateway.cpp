#include "gateway/gateway.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "base/host_name.h"
#include "base/version.h"
#include "gateway/serving_thread.h"

namespace vedette {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kPatience = 10s;
constexpr auto kNoRoomPause = 100ms;  // where there are no descriptors left
constexpr std::size_t kToSensor =
    192;  // of the 256 connections that it takes: the rest is for this host's own
constexpr std::size_t kToSensorAClient = 48;
constexpr const char* kInstalledWeb = "/usr/share/vedette/web";

// What a self-signed certificate is for: this host by its name, and where it listens.
std::vector<std::string> own_names(const std::vector<ListeningSocket>& sockets) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  if (const std::string name = host_name(); !name.empty()) names.push_back(name);
  for (const ListeningSocket& one : sockets)
    if (!one.endpoint.address().is_unspecified()) names.push_back(one.endpoint.address().to_string());
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<WebFiles> web_files(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!folder.empty()) return WebFiles::read(folder);
  if (std::filesystem::exists(kInstalledWeb, ignored)) return WebFiles::read(kInstalledWeb);
  return WebFiles::built_in();
}

// A client that has gone without a word is found out within a minute.
void keep_alive(asio::ip::tcp::socket& socket) {
  const int on = 1;
  const int idle_seconds = 30;
  const int every_seconds = 10;
  const int times = 3;
  const int unacknowledged_ms = 30'000;
  const int fd = socket.native_handle();
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof(idle_seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_seconds, sizeof(every_seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof(unacknowledged_ms));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace

class Gateway::Impl {
 public:
  Impl(const GatewayOptions& options, StateFolder folder, WebFiles files, Log& log)
      : log_(log),
        folder_(std::move(folder)),
        files_(std::move(files)),
        audit_(folder_, {.note = [&log](const std::string& line) { log.error(line); }}),
        limit_(options.connections, options.connections_a_client),
        sensor_limit_(kToSensor, kToSensorAClient),
        socket_(options.socket) {}
  ~Impl() { stop(); }

  Result<void> load();
  Result<void> take_certificate(const std::optional<Certificate>& own,
                                const std::vector<ListeningSocket>& sockets);
  void serve(std::vector<ListeningSocket> sockets);
  Result<void> change_certificate(const Certificate& certificate);
  void stop();

  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  [[nodiscard]] std::string setup_token() const { return setup_->text(); }

 private:
  [[nodiscard]] Awaitable<void> accept(asio::ip::tcp::acceptor& acceptor);
  void take(asio::ip::tcp::socket socket, ServingThread& thread);
  void note_refused();

  Log& log_;
  StateFolder folder_;
  WebFiles files_;
  AuditLog audit_;
  ConnectionLimit limit_;
  ConnectionLimit sensor_limit_;
  std::filesystem::path socket_;
  std::unique_ptr<Password> password_;
  std::unique_ptr<SetupToken> setup_;
  std::unique_ptr<ApiKeys> keys_;
  Sessions sessions_;
  SignInThrottle throttle_;
  std::unique_ptr<Callers> callers_;
  std::unique_ptr<AuthRoutes> routes_;
  Worker worker_;
  std::atomic<bool> stopping_ = false;
  TlsSettings tls_;  // of the first thread
  std::string fingerprint_;
  std::unique_ptr<Services> services_;
  std::vector<std::unique_ptr<ServingThread>> threads_;
  std::vector<std::unique_ptr<asio::ip::tcp::acceptor>> acceptors_;  // of the first thread
  std::size_t next_ = 0;                                             // of the first thread
  std::uint64_t refused_ = 0;                                        // of the first thread
  std::chrono::steady_clock::time_point refused_noted_{};
};

Result<void> Gateway::Impl::load() {
  auto password = Password::load(folder_);
  if (!password) return std::unexpected(password.error());
  password_ = std::move(*password);
  auto setup = SetupToken::make(folder_, !password_->is_set());
  if (!setup) return std::unexpected(setup.error());
  setup_ = std::move(*setup);
  auto keys = ApiKeys::load(folder_);
  if (!keys) return std::unexpected(keys.error());
  keys_ = std::move(*keys);
  callers_ = std::make_unique<Callers>(sessions_, *keys_);
  routes_ = std::make_unique<AuthRoutes>(
      AuthRoutes::Parts{*password_, *setup_, sessions_, *keys_, throttle_, audit_});
  return {};
}

Result<void> Gateway::Impl::take_certificate(const std::optional<Certificate>& own,
                                             const std::vector<ListeningSocket>& sockets) {
  const auto certificate = own ? Result<Certificate>(*own) : own_certificate(folder_, own_names(sockets));
  if (!certificate) return std::unexpected(certificate.error());
  auto tls = tls_settings(*certificate);
  if (!tls) return std::unexpected(tls.error());
  tls_ = std::move(*tls);
  fingerprint_ = certificate->fingerprint;
  services_.reset(new Services{files_, *callers_, *routes_, audit_, worker_, sensor_limit_, socket_,
                               !certificate->is_our_own, stopping_});
  return {};
}

void Gateway::Impl::serve(std::vector<ListeningSocket> sockets) {
  audit_.record("gateway_began", {}, [](JsonWriter& json) { json.field("version", kVersion); });
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned core = 0; core < cores; core++) threads_.push_back(std::make_unique<ServingThread>());
  for (ListeningSocket& one : sockets) {
    acceptors_.push_back(std::make_unique<asio::ip::tcp::acceptor>(
        threads_.front()->context(), one.endpoint.protocol(), one.socket.release()));
    asio::co_spawn(threads_.front()->context(), accept(*acceptors_.back()), asio::detached);
  }
}

Awaitable<void> Gateway::Impl::accept(asio::ip::tcp::acceptor& acceptor) {
  asio::steady_timer pause(acceptor.get_executor());
  while (!stopping_) {
    ServingThread& thread = *threads_[next_++ % threads_.size()];
    boost::system::error_code error;
    auto socket = co_await acceptor.async_accept(thread.context(), into(error));
    if (stopping_) break;
    if (!error) {
      take(std::move(socket), thread);
    } else if (error != asio::error::connection_aborted) {
      note_refused();
      pause.expires_after(kNoRoomPause);
      co_await pause.async_wait(into(error));
    }
  }
}

void Gateway::Impl::take(asio::ip::tcp::socket socket, ServingThread& thread) {
  boost::system::error_code error;
  const auto client = socket.remote_endpoint(error).address();
  if (error) return;  // it has gone already
  auto ticket = limit_.enter(ClientNetwork::of(client));
  if (!ticket) return note_refused();
  keep_alive(socket);
  thread.serve(std::make_unique<Connection>(std::move(socket), tls_, std::move(*ticket), client, *services_));
}

// A line a minute at most, whoever asks for more.
void Gateway::Impl::note_refused() {
  refused_++;
  const auto now = std::chrono::steady_clock::now();
  if (refused_ != 1 && now - refused_noted_ < 1min) return;
  refused_noted_ = now;
  log_.warning("connections refused: there are too many", {{"refused", fmt::to_string(refused_)}});
}

Result<void> Gateway::Impl::change_certificate(const Certificate& certificate) {
  auto tls = tls_settings(certificate);
  if (!tls) return std::unexpected(tls.error());
  fingerprint_ = certificate.fingerprint;
  asio::post(threads_.front()->context(), [this, tls = std::move(*tls)] { tls_ = tls; });
  return {};
}

void Gateway::Impl::stop() {
  if (stopping_.exchange(true) || threads_.empty()) return;
  std::promise<void> closed;
  asio::post(threads_.front()->context(), [this, &closed] {
    boost::system::error_code ignored;
    for (const auto& acceptor : acceptors_) acceptor->close(ignored);
    closed.set_value();
  });
  closed.get_future().wait();
  for (const auto& thread : threads_) thread->finish(kPatience);
  for (const auto& thread : threads_) thread->join();
  audit_.record("gateway_ended", {});
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::start(const GatewayOptions& options,
                                                std::vector<ListeningSocket> sockets,
                                                const std::optional<Certificate>& own, Log& log) {
  if (auto begun = begin_secrets(); !begun) return std::unexpected(begun.error());
  auto folder = StateFolder::open(options.state);
  if (!folder) return std::unexpected(folder.error());
  auto files = web_files(options.web);
  if (!files) return std::unexpected(files.error());
  auto impl = std::make_unique<Impl>(options, std::move(*folder), std::move(*files), log);
  if (auto loaded = impl->load(); !loaded) return std::unexpected(loaded.error());
  if (auto taken = impl->take_certificate(own, sockets); !taken) return std::unexpected(taken.error());
  impl->serve(std::move(sockets));
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

Result<void> Gateway::change_certificate(const Certificate& certificate) {
  return impl_->change_certificate(certificate);
}

void Gateway::stop() {
  impl_->stop();
}

const std::string& Gateway::fingerprint() const {
  return impl_->fingerprint();
}

std::string Gateway::setup_token() const {
  return impl_->setup_token();
}

}  // namespace vedette
