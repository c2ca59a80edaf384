#include "detect/brute_force.h"

#include <fmt/format.h>

#include "tests/unit/decode/ssh_builder.h"
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Ends4 kEnds{0xc0000201, 0xc6336402};

class BruteForceTest : public WatchedTraffic {
 protected:
  // A whole connection: what each side says in turns, the client first where `client_first`.
  void session(Ends4 ends, std::uint16_t port, const std::vector<Bytes>& says, bool client_first,
               Nanoseconds time) {
    const std::uint16_t from = next_++;
    std::uint32_t sent[2] = {100, 500};
    const auto segment = [&](bool client, std::uint8_t flags, const Bytes& bytes) {
      Bytes transport = tcp(client ? from : port, client ? port : from, flags, {}, bytes);
      std::ranges::copy(be32(sent[client ? 0 : 1]) + be32(sent[client ? 1 : 0]), transport.begin() + 4);
      sent[client ? 0 : 1] += static_cast<std::uint32_t>(bytes.size()) + ((flags & 3) ? 1 : 0);
      send(client ? ends : Ends4{ends.dst, ends.src}, VDT_IP_TCP, transport, time += 1ms);
    };
    segment(true, VDT_TCP_SYN, {});
    segment(false, VDT_TCP_SYN | VDT_TCP_ACK, {});
    segment(true, VDT_TCP_ACK, {});
    bool client = client_first;
    for (const Bytes& bytes : says) {
      segment(client, VDT_TCP_ACK | VDT_TCP_PSH, bytes);
      client = !client;
    }
    segment(true, VDT_TCP_FIN | VDT_TCP_ACK, {});
    segment(false, VDT_TCP_FIN | VDT_TCP_ACK, {});
    segment(true, VDT_TCP_ACK, {});
  }
  void ftp(bool accepted, Nanoseconds time, Ends4 ends = kEnds) {
    session(
        ends, 21,
        {text("220 FTP server ready\r\n"), text("USER ann\r\n"), text("331 password\r\n"), text("PASS x\r\n"),
         text(accepted ? "230 in\r\n" : "530 no\r\n"), text("QUIT\r\n"), text("221 bye\r\n")},
        false, time);
  }
  // As far as key exchange; `given` bytes of the server's are behind it.
  void ssh(std::uint16_t port, std::size_t given, Nanoseconds time) {
    session(kEnds, port,
            {text("SSH-2.0-server\r\n"), text("SSH-2.0-client\r\n"), Bytes(given, 0x55), Bytes(80, 0x55)},
            false, time);
  }
  // A password that is asked about by itself, as hydra does, and the answer to it.
  void ssh_log_in(bool accepted, Nanoseconds time) {
    const SshOffer offer{.cipher_to_server = "chacha20-poly1305@openssh.com",
                         .cipher_to_client = "chacha20-poly1305@openssh.com"};
    constexpr std::size_t kService = 44, kPassword = 84, kAccepted = 28, kRefused = 52;
    session(kEnds, 22,
            {text("SSH-2.0-client\r\n") + ssh_kexinit(offer), text("SSH-2.0-server\r\n") + ssh_kexinit(offer),
             ssh_packet(Bytes{30} + Bytes(36, 1)), ssh_packet(Bytes{31} + Bytes(200, 1)) + ssh_packet({21}),
             ssh_packet({21}) + Bytes(kService, 1), Bytes(kService, 1), Bytes(kPassword, 1),
             Bytes(accepted ? kAccepted : kRefused, 1)},
            true, time);
  }
  void http(int status, Nanoseconds time) {
    session(kEnds, 8080,
            {text("GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"),
             text(fmt::format("HTTP/1.1 {} said\r\nContent-Length: 0\r\n\r\n", status))},
            true, time);
  }
  // What a form posts, on a connection of its own; `answer` is a head and a body.
  void post(std::string_view path, std::string_view form, std::string_view answer, Nanoseconds time) {
    session(
        kEnds, 8080,
        {text(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                          "Content-Length: {}\r\n\r\n{}",
                          path, form.size(), form)),
         text(answer)},
        true, time);
  }
  static std::string page(std::size_t size, std::string_view type = "text/html") {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", type, size,
                       std::string(size, 'x'));
  }
  static std::string redirect(std::string_view location) {
    return fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", location);
  }
  // A Telnet session whose log-in is refused.
  void telnet(Nanoseconds time) {
    session(kEnds, 23,
            {Bytes{255, 253, 24} + text("login: "), Bytes{255, 252, 24} + text("root\r\n"),
             text("root\r\nPassword: "), text("1234\r\n"), text("\r\nLogin incorrect\r\n")},
            false, time);
  }
  void spread(Nanoseconds every, bool get_in);
  std::vector<Finding> ended() {
    finish();
    std::erase_if(over_, [](const Finding& finding) { return finding.kind != FindingKind::kBruteForce; });
    return over_;
  }

 private:
  std::uint16_t next_ = 40'000;
};

TEST_F(BruteForceTest, FourRefusalsAreAForgottenPassword) {
  for (int i = 0; i < 4; i++) ftp(false, i * 10s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, FiveInTenMinutesAreTold) {
  for (int i = 0; i < 5; i++) ftp(false, i * 100s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kLow);
  EXPECT_EQ(prefix_text(found[0].source.value()), "192.0.2.1");
  EXPECT_EQ(prefix_text(found[0].target.value()), "198.51.100.2");
  EXPECT_EQ(found[0].port, 21);
  EXPECT_EQ(found[0].score, 5);
}

TEST_F(BruteForceTest, FiveInAnHourAreNot) {
  for (int i = 0; i < 5; i++) ftp(false, i * 720s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, TwentyAreGraverAndThenALogInIsGrave) {
  for (int i = 0; i < 20; i++) ftp(false, i * 2s);
  ASSERT_FALSE(raised_.empty());
  ftp(true, 60s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kHigh);
  EXPECT_TRUE(found[0].why.ends_with(", and then logged in")) << found[0].why;
}

// Fifty sources, two refusals each, and one more; each that gets in does so after its own.
void BruteForceTest::spread(Nanoseconds every, bool get_in) {
  Nanoseconds time{};
  for (std::uint32_t source = 0; source < 50; source++) {
    const Ends4 ends{0x0a000001 + source, kEnds.dst};
    for (int i = 0; i < 2; i++) ftp(false, time += every, ends);
    if (get_in) ftp(true, time += every, ends);
  }
  ftp(false, time += every, {0x0c000001, kEnds.dst});
}

TEST_F(BruteForceTest, ManySourcesOfWhichNoneGuessesOftenAreTold) {
  spread(20s, false);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].detector, "spread_guesses");
  EXPECT_EQ(found[0].severity, Severity::kMedium);
  EXPECT_FALSE(found[0].source);
  EXPECT_EQ(prefix_text(found[0].target.value()), "198.51.100.2");
  EXPECT_EQ(found[0].port, 21);
}

TEST_F(BruteForceTest, ManyUsersWhoMistypeAndGetInAreNone) {
  spread(20s, true);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, ManySourcesOverDaysAreNone) {
  spread(200s, false);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, AcceptedLogInsAreNone) {
  for (int i = 0; i < 100; i++) ftp(true, i * 1s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, ShortSessionsOfSshAreToldOnAnyPort) {
  for (int i = 0; i < 29; i++) ssh(902, 3000, i * 1s);
  EXPECT_TRUE(raised_.empty() || raised_[0].kind != FindingKind::kBruteForce);
  for (int i = 29; i < 40; i++) ssh(902, 3000, i * 1s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kMedium);
  EXPECT_EQ(found[0].port, 902);
}

TEST_F(BruteForceTest, ThirtyOverHalfAnHourMayBeAScripts) {
  for (int i = 0; i < 31; i++) ssh(22, 3000, i * 55s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kLow);
}

TEST_F(BruteForceTest, SessionsThatGiveSomethingAreNone) {
  for (int i = 0; i < 100; i++) ssh(22, 9000, i * 1s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, RefusalsOfSshAreToldBySize) {
  for (int i = 0; i < 20; i++) ssh_log_in(false, i * 2s);
  ASSERT_FALSE(raised_.empty());
  ssh_log_in(true, 60s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kHigh);
  EXPECT_TRUE(found[0].why.starts_with("192.0.2.1 was refused 20 log-ins to ssh at 198.51.100.2 in"))
      << found[0].why;
  EXPECT_TRUE(found[0].why.ends_with(", and then logged in")) << found[0].why;
}

TEST_F(BruteForceTest, ShortSessionsOfSshThatLoggedInAreNone) {
  for (int i = 0; i < 100; i++) ssh_log_in(true, i * 1s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, RefusedRequestsForOnePathAreTold) {
  for (int i = 0; i < 20; i++) http(401, i * 1s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kMedium);
  EXPECT_EQ(found[0].port, 8080);
}

// RFC 9110, 11.6.1: the server asks for credentials by refusing.
TEST_F(BruteForceTest, RefusalsThatALogInFollowsAreNone) {
  for (int i = 0; i < 50; i++) http(i % 2 ? 200 : 401, i * 1s);
  EXPECT_TRUE(ended().empty());
}

constexpr std::string_view kForm = "log=ann&pwd=x&rememberme=forever";

TEST_F(BruteForceTest, FormsThatAreShownAgainAreTold) {
  for (int i = 0; i < 20; i++) post("/index.php", kForm, page(6000 + i), i * 1s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kMedium);
  EXPECT_NE(found[0].why.find("posted 20 log-ins to http/index.php"), std::string::npos) << found[0].why;
}

TEST_F(BruteForceTest, FormsAtAPersonsPaceAreNone) {
  for (int i = 0; i < 50; i++) post("/wp-login.php", kForm, page(6000), i * 7s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, APathThatNamesALogInIsEnough) {
  for (int i = 0; i < 12; i++) post("/xmlrpc.php", "<methodCall>", page(400, "text/xml"), i * 1s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kLow);
}

TEST_F(BruteForceTest, ARedirectToTheFormIsARefusalAndOneElsewhereALogIn) {
  for (int i = 0; i < 25; i++) post("/login?next=/", kForm, redirect("/login?error=1"), i * 1s);
  post("/login?next=/", kForm, redirect("/home"), 30s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kHigh);
  EXPECT_TRUE(found[0].why.ends_with(", and then logged in")) << found[0].why;
}

TEST_F(BruteForceTest, FormsThatLogInAreNone) {
  for (int i = 0; i < 100; i++) post("/login", kForm, redirect("/home"), i * 1s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, PagesThatDifferAreNoRefusals) {
  for (int i = 0; i < 100; i++) post("/login", kForm, page(i % 2 ? 2000 : 9000), i * 1s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, WhatProgramsPostAgainAndAgainIsNoLogIn) {
  for (int i = 0; i < 100; i++) post("/api/metrics", "host=a&load=1", page(2), i * 1s);
  for (int i = 0; i < 100; i++) post("/oauth/token", kForm, page(900, "application/json"), 200s + i * 1s);
  for (int i = 0; i < 100; i++)
    post("/wp-login.php", kForm, "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nNot Found",
         400s + i * 1s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(BruteForceTest, ASessionWhoseRefusalWasReadIsNotCountedTwice) {
  for (int i = 0; i < 16; i++) telnet(i * 1s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kLow);
  EXPECT_EQ(found[0].score, 16);
}

TEST_F(BruteForceTest, HoldsNoMoreThanItSaysUnderForgedSources) {
  BruteForce detector([](const Finding&) {});
  Handshake handshake;
  handshake.app = "ftp";
  handshake.add("login_failures", std::int64_t{2});
  for (std::uint32_t i = 0; i < 100'000; i++) {
    Flow flow;
    flow.key.ip_version = 4;
    flow.key.src.words[0] = i;
    detector.take(HandshakeView{.flow = flow, .handshake = handshake, .outdated_reason = {}});
  }
  EXPECT_GT(detector.memory(), BruteForce::kMost * std::size_t{256});
  EXPECT_LT(detector.memory(), BruteForce::kMostMemory);
}

}  // namespace
}  // namespace vedette::tests
