// The real server on a Unix socket, with clients as they come: many, slow, rude, gone.
#include "serve/api_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "source/packet_reader.h"
#include "tests/serve/file_backend.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;

// One connection, byte by byte.
class Client {
 public:
  explicit Client(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    connected_ = connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  void send(std::string_view bytes) const {
    (void)::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void get(const std::string& target) const {
    send("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  // What comes until the server closes, `enough` has come, or nothing does for ten seconds.
  [[nodiscard]] std::string receive(std::size_t enough = SIZE_MAX) const {
    std::string text;
    std::array<char, 65536> piece{};
    pollfd readable{socket_.get(), POLLIN, 0};
    while (text.size() < enough && poll(&readable, 1, 10'000) > 0) {
      const ssize_t size = recv(socket_.get(), piece.data(), piece.size(), 0);
      if (size <= 0) break;
      text.append(piece.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  FileDescriptor socket_;
  bool connected_ = false;
};

class Server : public ::testing::Test {
 protected:
  explicit Server(tests::Pace pace = tests::Pace::kOnce)
      : packets_(tests::write_made_capture(folder_.file("made.pcapng"))),
        backend_(folder_.file("made.pcapng"), pace) {
    auto listener = UnixListener::open(folder_.file("api.sock"));
    if (!listener) return;
    auto server = ApiServer::start(std::move(*listener), backend_);
    if (server) server_ = std::move(*server);
  }
  void SetUp() override { ASSERT_TRUE(server_); }

  [[nodiscard]] Client connect() const { return Client(folder_.file("api.sock")); }
  [[nodiscard]] std::string answer_to(const std::string& target) const {
    const Client client = connect();
    client.get(target);
    return client.receive();
  }
  [[nodiscard]] bool is_well() const { return answer_to("/v1/health").starts_with("HTTP/1.1 200 OK\r\n"); }
  // True once no stream is open; the server looks once a second.
  [[nodiscard]] bool all_streams_end() const {
    for (int i = 0; i < 1000 && backend_.open_streams() != 0; i++) std::this_thread::sleep_for(10ms);
    return backend_.open_streams() == 0;
  }

  tests::TemporaryFolder folder_;
  std::size_t packets_;
  tests::FileBackend backend_;
  std::unique_ptr<ApiServer> server_;
};

class BusyServer : public Server {
 protected:
  BusyServer() : Server(tests::Pace::kForever) {}
};

std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

// A chunked body (RFC 9112 §7.1) put together.
std::string unchunked(const std::string& body) {
  std::string whole;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t line = body.find("\r\n", at);
    const std::size_t size = std::stoul(body.substr(at, line - at), nullptr, 16);
    whole += body.substr(line + 2, size);
    if (size == 0) break;
    at = line + 2 + size + 2;
  }
  return whole;
}

TEST_F(Server, TellsProblemsAsRfc9457Objects) {
  const std::string answer = answer_to("/v1/flows?limit=none");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("Content-Type: application/problem+json\r\n"), std::string::npos) << answer;
  EXPECT_EQ(body_of(answer),
            R"({"type":"about:blank","title":"unusable request","status":400,)"
            R"("detail":"parameter \"limit\": expected a whole number from 1 to 10000, found \"none\"",)"
            R"("instance":"/v1/flows"})");
}

TEST_F(Server, SaysWhichMethodsItTakes) {
  const Client client = connect();
  client.send("DELETE /v1/stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.receive();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
  EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos) << answer;
}

TEST_F(Server, AnswersManyAtOnce) {
  constexpr int kClients = 32;
  constexpr int kRequests = 20;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; i++)
      clients.emplace_back([&] {
        for (int request = 0; request < kRequests; request++)
          right += answer_to("/v1/flows?limit=5").starts_with("HTTP/1.1 200 OK\r\n") ? 1 : 0;
      });
  }
  EXPECT_EQ(right, kClients * kRequests);
}

TEST_F(Server, StreamsACaptureThatHoldsEveryPacket) {
  const std::string file = folder_.file("streamed.pcapng");
  const std::string answer = answer_to("/v1/capture?count=" + std::to_string(packets_));
  ASSERT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  std::ofstream(file, std::ios::binary) << unchunked(body_of(answer));
  std::vector<std::vector<std::uint8_t>> sent;
  std::vector<std::vector<std::uint8_t>> told;
  const auto keep = [](auto& list) {
    return [&list](const FilePacket& one) {
      list.emplace_back(one.packet.bytes.begin(), one.packet.bytes.end());
      return true;
    };
  };
  ASSERT_TRUE(read_packets(folder_.file("made.pcapng"), {}, keep(sent)));
  ASSERT_TRUE(read_packets(file, {}, keep(told)));
  EXPECT_EQ(told, sent);
}

TEST_F(Server, LetsGoOfAQuietStreamWhoseClientLeft) {
  {
    const Client client = connect();
    client.get("/v1/capture?filter=vlan%204000");
    ASSERT_FALSE(client.receive(1).empty());
    ASSERT_EQ(backend_.open_streams(), 1);
  }
  EXPECT_TRUE(all_streams_end());
}

TEST_F(BusyServer, HoldsUpNobodyForAHundredWhoDoNotRead) {
  std::vector<Client> idle;
  for (int i = 0; i < 100; i++) {
    idle.push_back(connect());
    ASSERT_TRUE(idle.back().connected());
    idle.back().get("/v1/packets");
  }
  for (const Client& client : idle) ASSERT_FALSE(client.receive(1).empty());
  EXPECT_EQ(backend_.open_streams(), 100);
  for (int i = 0; i < 20; i++) EXPECT_TRUE(is_well());
}

TEST_F(BusyServer, TellsASlowReaderWhatItLost) {
  const Client client = connect();
  client.get("/v1/packets");
  std::string text = client.receive(1);
  std::this_thread::sleep_for(2s);  // some 70,000 packets, for a queue of 16,384
  while (text.find("event: lost") == std::string::npos && text.size() < (std::size_t{1} << 27)) {
    const std::string more = client.receive(1);
    if (more.empty()) break;
    text = text.substr(text.size() - std::min<std::size_t>(text.size(), 16)) + more;
  }
  EXPECT_NE(text.find("event: lost"), std::string::npos);
}

TEST_F(BusyServer, StopsWhileStreamsAreOpen) {
  std::vector<Client> clients;
  for (int i = 0; i < 10; i++) {
    clients.push_back(connect());
    clients.back().get(i % 2 == 0 ? "/v1/packets" : "/v1/capture");
    ASSERT_FALSE(clients.back().receive(1).empty());
  }
  server_->stop();
  EXPECT_FALSE(connect().connected() && is_well());
}

TEST_F(Server, WaitsForHalfARequestWithoutHoldingUpOthers) {
  std::vector<Client> half;
  for (int i = 0; i < 50; i++) {
    half.push_back(connect());
    half.back().send("GET /v1/health HT");
  }
  EXPECT_TRUE(is_well());
  half.front().send("TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(half.front().receive().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Server, OutlivesGarbage) {
  const std::string nothing(1000, '\0');
  for (const std::string& garbage : std::vector<std::string>{
           "\r\n\r\n\r\n\r\n", nothing, "GET\r\n\r\n", "GET /v1/health HTTP/9.9\r\n\r\n",
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
           "GET /v1/flows?%zz=%&&&=&filter=%00%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
           "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
           "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /v1/health HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n",
           "POST /v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
           "GET /v1/flows?filter=" + std::string(20'000, '(') +
               " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    const Client client = connect();
    client.send(garbage);
    const std::string answer = garbage.find("Connection: close") == std::string::npos ? "" : client.receive();
    EXPECT_EQ(answer.find(" 200 "), std::string::npos) << garbage.substr(0, 60);
  }
  EXPECT_TRUE(is_well());
}

}  // namespace
}  // namespace vedette
