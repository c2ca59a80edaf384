#include "export/line_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "export/export_socket.h"
#include "export/kafka_producer.h"
#include "export/syslog_message.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kConnectPatience = 5s;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class SyslogSink final : public LineSink {
 public:
  SyslogSink(const FindingTarget& target, const std::atomic<bool>& stopping)
      : host_(target.host),
        port_(target.port),
        transport_(target.protocol == FindingProtocol::kSyslogTcp ? Transport::kTcp : Transport::kUdp),
        stopping_(stopping) {}

  Result<void> put(const std::string& text) override {
    if (!socket_) {
      auto socket = ExportSocket::connect(transport_, host_, port_, kConnectPatience, stopping_);
      if (!socket) return busy(socket.error().where, socket.error().what);
      socket_ = std::move(*socket);
    }
    const std::string framed = transport_ == Transport::kTcp ? fmt::format("{} {}", text.size(), text) : text;
    auto sent = socket_->send(bytes_of(framed));
    // That nobody listened to the one before is that one's fate.
    if (sent == ExportSocket::Sent::kRefused) sent = socket_->send(bytes_of(framed));
    if (sent == ExportSocket::Sent::kSent && !socket_->refused_within(kRefusalComes)) return {};
    const std::string why = sent == ExportSocket::Sent::kTooLong
                                ? fmt::format("{} bytes are too long for a datagram", text.size())
                                : socket_->why();
    if (sent == ExportSocket::Sent::kTooLong) return failed({}, why);
    socket_.reset();
    // Over a stream nothing of it counts until all of it has come.
    if (transport_ == Transport::kTcp) return busy({}, why);
    return failed({}, why);
  }

 private:
  static constexpr auto kRefusalComes = 50ms;  // from a host nearby; findings are few

  std::string host_;
  std::uint16_t port_;
  Transport transport_;
  const std::atomic<bool>& stopping_;
  std::optional<ExportSocket> socket_;
};

class LocalLogSink final : public LineSink {
 public:
  explicit LocalLogSink(std::string path) : path_(std::move(path)) {}

  Result<void> put(const std::string& text) override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof(address.sun_path)) return failed(path_, "is too long for a socket's path");
    std::ranges::copy(path_, address.sun_path);
    for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
      // Each time anew: the log's server may have been started again.
      const FileDescriptor socket(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        if (errno == EPROTOTYPE) continue;
        return busy(path_, std::strerror(errno));
      }
      // On a stream, what ends a message is a zero byte.
      const std::size_t size = text.size() + (type == SOCK_STREAM ? 1 : 0);
      const ssize_t sent = send(socket.get(), text.c_str(), size, MSG_NOSIGNAL);
      if (sent == static_cast<ssize_t>(size)) return {};
      return busy(path_, sent < 0 ? std::strerror(errno) : "took a part alone");
    }
    return failed(path_, "is a socket of neither datagrams nor a stream");
  }

 private:
  std::string path_;
};

class FileSink final : public LineSink {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)) {}

  Result<void> open() {
    file_ =
        FileDescriptor(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    struct stat is {};
    if (!file_ || fstat(file_.get(), &is) != 0)
      return unusable(path_, fmt::format("can't be opened: {}", std::strerror(errno)));
    if (!S_ISREG(is.st_mode)) {
      file_.reset();
      return unusable(path_, "expected a file, found something else");
    }
    return {};
  }

  Result<void> put(const std::string& text) override {
    if (moved()) {
      auto opened = open();
      if (!opened) return failed(opened.error().where, opened.error().what);
    }
    struct stat before {};
    if (fstat(file_.get(), &before) != 0) return failed(path_, std::strerror(errno));
    const std::string line = text + '\n';
    const ssize_t written = write(file_.get(), line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return {};
    const std::string why = written < 0 ? std::strerror(errno) : "took a part of a line alone";
    // A part of a line would spoil the next.
    if (written > 0 && ftruncate(file_.get(), before.st_size) != 0)
      return failed(path_, why + fmt::format(", and keeps it: {}", std::strerror(errno)));
    return failed(path_, why);
  }

 private:
  // Whether the file is no longer where it was opened.
  [[nodiscard]] bool moved() const {
    struct stat opened {
    }, there{};
    if (!file_ || fstat(file_.get(), &opened) != 0 || stat(path_.c_str(), &there) != 0) return true;
    return opened.st_dev != there.st_dev || opened.st_ino != there.st_ino;
  }

  std::string path_;
  FileDescriptor file_;
};

class KafkaSink final : public LineSink {
 public:
  KafkaSink(std::unique_ptr<KafkaProducer> producer, const std::atomic<bool>& stopping)
      : producer_(std::move(producer)), sensor_(this_sender().host), stopping_(stopping) {}

  Result<void> put(const std::string& text) override {
    if (!producer_->put(sensor_, text)) return busy({}, "the queue is full");
    while (producer_->counts().waiting != 0) {
      producer_->poll(kLook);
      if (stopping_) producer_->give_up();
    }
    const KafkaCounts counts = producer_->counts();
    if (std::exchange(failed_, counts.failed) == counts.failed) return {};
    return failed({}, counts.error);
  }

 private:
  static constexpr auto kLook = 100ms;

  const std::unique_ptr<KafkaProducer> producer_;
  const std::string sensor_;
  const std::atomic<bool>& stopping_;
  std::uint64_t failed_ = 0;
};

}  // namespace

std::unique_ptr<LineSink> make_syslog_sink(const FindingTarget& target, const std::atomic<bool>& stopping) {
  return std::make_unique<SyslogSink>(target, stopping);
}

std::unique_ptr<LineSink> make_local_log_sink(const std::string& path) {
  return std::make_unique<LocalLogSink>(path);
}

Result<std::unique_ptr<LineSink>> make_file_sink(const std::string& path) {
  auto sink = std::make_unique<FileSink>(path);
  if (auto opened = sink->open(); !opened) return std::unexpected(opened.error());
  return std::unique_ptr<LineSink>(std::move(sink));
}

Result<std::unique_ptr<LineSink>> make_kafka_sink(const FindingTarget& target,
                                                  const std::atomic<bool>& stopping) {
  constexpr std::chrono::milliseconds kForEver{0};
  auto producer = make_kafka_producer(target.kafka, fmt::format("--findings-to {}", target.text),
                                      {.queue = 1, .patience = kForEver, .note = {}});
  if (!producer) return std::unexpected(producer.error());
  return std::make_unique<KafkaSink>(std::move(*producer), stopping);
}

}  // namespace vedette
