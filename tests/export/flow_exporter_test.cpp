// Exporters against real sockets on the loopback interface.
#include "export/flow_exporter.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "tests/export/decoded_messages.h"
#include "tests/export/example_flow.h"
#include "tests/export/status_becomes.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using tests::becomes;
using tests::Collector;
using tests::Decoded;
using tests::kPatience;
using tests::tell_flows;

// A socket on a port of its own.
struct Listener {
  explicit Listener(int type, int of_family = AF_INET, std::uint16_t on_port = 0)
      : socket(::socket(of_family, type | SOCK_CLOEXEC, 0)), family(of_family) {
    const int on = 1;
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_storage address{};
    socklen_t size = fill(address, on_port);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(type == SOCK_STREAM ? listen(socket.get(), 8) : 0, 0);
    getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                    : reinterpret_cast<sockaddr_in&>(address).sin_port);
  }

  socklen_t fill(sockaddr_storage& address, std::uint16_t wanted) const {
    address.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6) {
      auto& six = reinterpret_cast<sockaddr_in6&>(address);
      six.sin6_addr = in6addr_loopback;
      six.sin6_port = htons(wanted);
      return sizeof(six);
    }
    auto& four = reinterpret_cast<sockaddr_in&>(address);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    four.sin_port = htons(wanted);
    return sizeof(four);
  }

  // Whether anything comes in time.
  [[nodiscard]] static bool readable(int fd) {
    pollfd wait{fd, POLLIN, 0};
    return poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) > 0;
  }

  [[nodiscard]] std::vector<std::uint8_t> datagram() const {
    std::vector<std::uint8_t> bytes(65'536);
    const ssize_t size = readable(socket.get()) ? recv(socket.get(), bytes.data(), bytes.size(), 0) : 0;
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return bytes;
  }

  [[nodiscard]] FileDescriptor connection() const {
    return FileDescriptor(readable(socket.get()) ? accept(socket.get(), nullptr, nullptr) : -1);
  }

  FileDescriptor socket;
  int family;
  std::uint16_t port = 0;
};

// The next message of flows.
std::vector<std::uint8_t> read_message(const FileDescriptor& from) {
  std::vector<std::uint8_t> bytes(4);
  for (std::size_t at = 0; at < bytes.size();) {
    if (!Listener::readable(from.get())) return {};
    const ssize_t size = recv(from.get(), bytes.data() + at, bytes.size() - at, 0);
    if (size <= 0) return {};
    at += static_cast<std::size_t>(size);
    if (at == 4 && bytes.size() == 4) bytes.resize(std::size_t{bytes[2]} << 8 | bytes[3]);
  }
  constexpr std::size_t kDomain = 15;  // its last byte, which is 0 in what the exporter says of itself
  return bytes[kDomain] == 0 ? read_message(from) : bytes;
}

std::unique_ptr<FlowExporter> exporter(const std::string& target, FlowExporterOptions options = {}) {
  return FlowExporter::start(*parse_export_target(target), std::move(options));
}

std::uint64_t offered(const ExportStatus& status) {
  return status.told + status.failed + status.dropped + status.waiting;
}

TEST(FlowExporter, SendsAllThatItWasToldBeforeItsEnd) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Listener collector(SOCK_DGRAM, family);
    const auto sender =
        exporter(fmt::format("ipfix://{}:{}", family == AF_INET ? "127.0.0.1" : "[::1]", collector.port));
    tell_flows(*sender, 100);
    sender->stop();
    Collector decoder;
    std::size_t told = 0;
    std::uint32_t next = 0;
    while (told < 100) {
      const Decoded message = decoder.decode(collector.datagram());
      ASSERT_EQ(message.wrong, "");
      if (message.domain == 0) continue;  // of the exporter
      ASSERT_EQ(message.sequence, next);
      next += static_cast<std::uint32_t>(message.flows.size());
      told += message.flows.size();
    }
    EXPECT_EQ(told, 100U);
    const ExportStatus status = *sender->export_status();
    EXPECT_EQ(status.told, 100U);
    EXPECT_EQ(offered(status), 100U);
    EXPECT_EQ(status.error, "");
  }
}

TEST(FlowExporter, SendsTemplatesToACollectorThatBeganAnew) {
  const Listener collector(SOCK_DGRAM);
  FlowExporterOptions options;
  options.templates = 50ms;
  options.latency = 10ms;
  const auto sender = exporter(fmt::format("netflow9://127.0.0.1:{}", collector.port), options);
  tell_flows(*sender, 1);
  for (int i = 0; i < 3; i++) EXPECT_GT(Collector().decode(collector.datagram()).templates, 0U);
}

TEST(FlowExporter, CountsWhatNobodyListensTo) {
  std::uint16_t port = 0;
  { port = Listener(SOCK_DGRAM).port; }
  FlowExporterOptions options;
  options.latency = 10ms;
  const auto sender = exporter(fmt::format("ipfix://127.0.0.1:{}", port), options);
  tell_flows(*sender, 3);
  const ExportStatus status = becomes(*sender, [](const ExportStatus& now) { return now.failed == 3; });
  EXPECT_EQ(status.failed, 3U);
  EXPECT_EQ(status.told, 0U);
  EXPECT_EQ(status.error, "Connection refused");
  Losses losses;
  sender->add_losses(losses);
  for (const Loss& loss : losses.all())
    EXPECT_EQ(loss.count, loss.reason == "export_unsent" ? 3U : 0U) << loss.reason;
}

TEST(FlowExporter, KeepsWhatItsQueueHoldsForACollectorThatIsAwayAndCountsTheRest) {
  std::uint16_t port = 0;
  { port = Listener(SOCK_STREAM).port; }
  FlowExporterOptions options;
  options.queue = 10;
  options.latency = 1ms;
  const auto sender = exporter(fmt::format("ipfix+tcp://127.0.0.1:{}", port), options);
  tell_flows(*sender, 25);
  ExportStatus status = becomes(*sender, [](const ExportStatus& now) { return !now.error.empty(); });
  EXPECT_EQ(status.waiting, 10U);
  EXPECT_EQ(status.dropped, 15U);
  const Listener collector(SOCK_STREAM, AF_INET, port);
  const FileDescriptor connection = collector.connection();
  ASSERT_TRUE(connection);
  Collector decoder;
  EXPECT_EQ(decoder.decode(read_message(connection)).flows.size(), 10U);
  status = becomes(*sender, [](const ExportStatus& now) { return now.waiting == 0; });
  tell_flows(*sender, 1);
  EXPECT_EQ(decoder.decode(read_message(connection)).flows.size(), 1U);
}

TEST(FlowExporter, BeginsEachConnectionWithTemplatesAndCountsAnew) {
  const Listener collector(SOCK_STREAM);
  FlowExporterOptions options;
  options.latency = 1ms;
  const auto sender = exporter(fmt::format("ipfix+tcp://127.0.0.1:{}", collector.port), options);
  for (int session = 0; session < 2; session++) {
    tell_flows(*sender, 1, static_cast<std::uint16_t>(session + 1));
    const FileDescriptor connection = collector.connection();
    ASSERT_TRUE(connection);
    Collector decoder;
    const Decoded first = decoder.decode(read_message(connection));
    EXPECT_EQ(first.wrong, "");
    EXPECT_EQ(first.sequence, 0U);
    EXPECT_EQ(first.templates, 2U);
    ASSERT_EQ(first.flows.size(), 1U);
    EXPECT_EQ(tests::number(first.flows[0], 7), static_cast<std::uint64_t>(session + 1));
    tell_flows(*sender, 2);
    const Decoded second = decoder.decode(read_message(connection));
    EXPECT_EQ(second.sequence, 1U);
    EXPECT_EQ(second.templates, 0U);
  }
}

TEST(FlowExporter, EndsThoughItsCollectorIsAwayAndCountsWhatWaited) {
  std::uint16_t port = 0;
  { port = Listener(SOCK_STREAM).port; }
  const auto sender = exporter(fmt::format("ipfix+tcp://127.0.0.1:{}", port));
  tell_flows(*sender, 5);
  sender->stop();
  const ExportStatus status = *sender->export_status();
  EXPECT_EQ(status.failed, 5U);
  EXPECT_EQ(offered(status), 5U);
}

TEST(FlowExporter, LeavesOutWhatHasNotGrown) {
  const Listener collector(SOCK_DGRAM);
  const auto sender = exporter(fmt::format("ipfix://127.0.0.1:{}", collector.port));
  const Flow flow;
  const FlowView view{flow, nullptr, nullptr, {}, FlowEnd::kClosed};
  sender->flow({.view = view, .since = {}, .since_time = {}, .ends = {}});
  EXPECT_EQ(offered(*sender->export_status()), 0U);
}

}  // namespace
}  // namespace vedette
