// The client of the socket API against a server that says what each test writes down, byte by byte.
#include "cli/api_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include "base/file_descriptor.h"

namespace vedette {
namespace {

using std::chrono::milliseconds;

// Takes one connection, keeps what it was asked, says `answer`, and then hangs up or holds on.
class OneAnswer {
 public:
  enum class Then { kHangUp, kHoldOn };

  explicit OneAnswer(std::string answer, Then then = Then::kHangUp)
      : answer_(std::move(answer)), then_(then), listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    std::string name = std::filesystem::temp_directory_path() / "vedette-api-XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/api.sock";
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    over_.set_value();
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // The request's head, once the client is done with it.
  [[nodiscard]] const std::string& asked() const { return asked_; }

 private:
  void serve() {
    const FileDescriptor client(accept(listener_.get(), nullptr, nullptr));
    while (!asked_.ends_with("\r\n\r\n")) {
      char byte = 0;
      if (read(client.get(), &byte, 1) != 1) return;
      asked_ += byte;
    }
    (void)send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (then_ == Then::kHoldOn) over_.get_future().wait();
  }

  std::string answer_;
  Then then_;
  FileDescriptor listener_;
  std::string folder_;
  std::string path_;
  std::string asked_;
  std::promise<void> over_;
  std::thread thread_;
};

TEST(ApiClient, GivesABodyOfKnownLengthThoughTheServerHoldsOn) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\"}", OneAnswer::Then::kHoldOn);
  EXPECT_EQ(ApiClient(server.path()).get("/v1/stats").value_or("none"), "{\"a\"}");
  EXPECT_EQ(server.asked(), "GET /v1/stats HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

TEST(ApiClient, GivesABodyLongerThanOnePieceWhole) {
  const std::string body(3'000'000, 'x');
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body);
  EXPECT_TRUE(ApiClient(server.path()).get("/v1/flows") == body);
}

TEST(ApiClient, HandsOnChunksUntilTheTakerHasEnough) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n",
                         OneAnswer::Then::kHoldOn);
  std::string taken;
  const auto take = [&](std::string_view bytes) {
    taken += bytes;
    return taken.size() < 7;
  };
  EXPECT_TRUE(ApiClient(server.path()).stream("/v1/packets", take, [] { return false; }));
  EXPECT_EQ(taken, "abcdefg");
}

TEST(ApiClient, TellsThatTheSensorHasEndedInTheMiddleOfAnAnswer) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc");
  const auto answer = ApiClient(server.path()).get("/v1/stats");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text(), server.path() + ": the sensor has ended");
  EXPECT_EQ(answer.error().exit_status(), 1);
}

TEST(ApiClient, TellsThatTheSensorHasEndedBeforeAnyAnswer) {
  const OneAnswer server("");
  const auto answer = ApiClient(server.path()).get("/v1/stats");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text(), server.path() + ": the sensor has ended");
}

TEST(ApiClient, TakesAStreamThatEndsWholeForComplete) {
  constexpr const char* kStream =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const auto take = [](std::string_view) { return true; };
  const OneAnswer whole(kStream);
  EXPECT_TRUE(ApiClient(whole.path()).stream("/v1/packets", take, [] { return true; }));
  const OneAnswer early(kStream);
  const auto done = ApiClient(early.path()).stream("/v1/packets", take, [] { return false; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "the sensor has ended");
}

TEST(ApiClient, TellsAProblemInTheSensorsWords) {
  const OneAnswer server(
      "HTTP/1.1 400 Bad Request\r\nContent-Length: 28\r\n\r\n{\"detail\":\"filter: no such\"}");
  const auto answer = ApiClient(server.path()).get("/v1/flows");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text(), "filter: no such");
  EXPECT_EQ(answer.error().exit_status(), 2);
}

TEST(ApiClient, EndsWhereTheSensorKeepsSilent) {
  const OneAnswer server("HTTP/1.1 200 OK\r\n", OneAnswer::Then::kHoldOn);
  const auto answer = ApiClient(server.path(), milliseconds(1)).get("/v1/stats");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text(), server.path() + ": no answer for 0 s");
}

TEST(ApiClient, EndsARequestThatIsCalledOffAndEveryLaterOne) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1", OneAnswer::Then::kHoldOn);
  ApiClient client(server.path(), milliseconds(0));
  std::promise<void> begun;
  std::thread other([&] {
    (void)begun.get_future().wait_for(std::chrono::seconds(10));
    client.cancel();
  });
  const auto done = client.stream(
      "/v1/packets",
      [&](std::string_view) {
        begun.set_value();
        return true;
      },
      [] { return true; });
  other.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "broken off");
  const auto later = client.get("/v1/stats");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().what, "broken off");
}

TEST(ApiClient, TellsWhatSpeaksNoHttp) {
  const OneAnswer server("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  const auto answer = ApiClient(server.path()).get("/v1/stats");
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().what.starts_with("expected an answer in HTTP, found something else"))
      << answer.error().text();
}

TEST(ApiClient, EncodesParametersAndLeavesOutEmptyOnes) {
  EXPECT_EQ(ApiClient::target("/v1/flows", {{"limit", "5"}, {"sort", ""}, {"filter", "port 80 & ä~"}}),
            "/v1/flows?limit=5&filter=port%2080%20%26%20%C3%A4~");
}

}  // namespace
}  // namespace vedette
