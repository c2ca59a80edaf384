// Frames through the parser and the flow table into the tracker.
#include "handshake/handshake_tracker.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "handshake/handshake_json.h"
#include "packet/client_fingerprint.h"
#include "packet/parse.h"
#include "tests/unit/decode/hello_builder.h"
#include "tests/unit/decode/openssl_hello.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kHello(std::begin(kOpensslHello), std::end(kOpensslHello));
const Bytes kServerHello = record(message(2, server_hello({.extensions = selected_version(0x0304)})));

constexpr std::uint8_t kAck = VDT_TCP_ACK, kData = VDT_TCP_ACK | VDT_TCP_PSH, kSyn = VDT_TCP_SYN,
                       kSynAck = VDT_TCP_SYN | VDT_TCP_ACK;
constexpr bool kFromClient = true, kFromServer = false;

class Watch {
 public:
  explicit Watch(HandshakeOptions options = {})
      : tracker_(options, [this](const HandshakeView& view) { take(view); }),
        table_({}, [this](const FlowView& view) { tracker_.end(view.flow); }) {}

  void segment(bool from_client, std::uint8_t flags, std::uint32_t sequence, const Bytes& payload = {},
               std::uint16_t client_port = 40000) {
    const std::uint16_t src = from_client ? client_port : 443, dst = from_client ? 443 : client_port;
    Bytes header = tests::tcp(src, dst, flags);
    const Bytes number = be32(sequence);
    std::ranges::copy(number, header.begin() + 4);
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, header + payload));
    // Both ends of the builder's addresses, 192.0.2.1 and the other, change places.
    if (!from_client) std::swap_ranges(frame.begin() + 26, frame.begin() + 30, frame.begin() + 30);
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    const Packet packet{
        .time = Nanoseconds(++now_), .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = {}};
    tracker_.add(packet, table_.add_packet(packet));
  }
  void open(std::uint16_t client_port = 40000) {
    segment(kFromClient, kSyn, 99, {}, client_port);
    segment(kFromServer, kSynAck, 499, {}, client_port);
  }
  void finish() { table_.finish(); }
  [[nodiscard]] std::string fingerprint() const {
    std::string found;
    table_.for_each([&](const FlowView& view) { found += client_fingerprint(view.flow.fingerprint); });
    return found;
  }

  [[nodiscard]] const std::vector<std::string>& told() const { return told_; }
  [[nodiscard]] HandshakeTracker& tracker() { return tracker_; }

 private:
  void take(const HandshakeView& view) {
    fmt::memory_buffer text;
    JsonWriter json(text);
    write_handshake(json, view);
    told_.emplace_back(text.data(), text.size());
  }

  std::int64_t now_ = 0;
  std::vector<std::string> told_;
  HandshakeTracker tracker_;
  FlowTable table_;
};

// The one handshake that was told, by a flow that behaves.
std::string plain() {
  Watch watch;
  watch.open();
  watch.segment(kFromClient, kData, 100, kHello);
  watch.segment(kFromServer, kData, 500, kServerHello);
  return watch.told().size() == 1 ? watch.told()[0] : "";
}

TEST(HandshakeTracker, TellsAHandshakeAsSoonAsItIsWhole) {
  const std::string told = plain();
  EXPECT_TRUE(told.starts_with(R"({"time_ns":3,"src_ip":"192.0.2.1","src_port":40000,"dst_ip":)")) << told;
  EXPECT_NE(
      told.find(
          R"("dst_port":443,"protocol":"tcp","app":"tls","app_version":"1.3","offered_versions":["1.3","1.2","1.1","1.0"],)"
          R"("chosen_version":"1.3","sni":"vedette.example","alpn":["h2","http/1.1"],)"),
      std::string::npos)
      << told;
}

TEST(HandshakeTracker, LeavesItsClientsFingerprintWithTheFlow) {
  Watch watch;
  watch.open();
  EXPECT_EQ(watch.fingerprint(), "");
  watch.segment(kFromClient, kData, 100, kHello);
  watch.segment(kFromServer, kData, 500, kServerHello);
  ASSERT_EQ(watch.told().size(), 1u);
  EXPECT_NE(watch.fingerprint(), "");
  EXPECT_NE(watch.told()[0].find(fmt::format(R"("ja4":"{}")", watch.fingerprint())), std::string::npos);
}

TEST(HandshakeTracker, SettlesTheFlowAndHoldsNothing) {
  Watch watch;
  watch.open();
  EXPECT_GT(watch.tracker().memory(), 0U);
  watch.segment(kFromClient, kData, 100, kHello);
  watch.segment(kFromServer, kData, 500, kServerHello);
  watch.segment(kFromClient, kData, 100, kHello);
  watch.finish();
  EXPECT_EQ(watch.told().size(), 1U);
  EXPECT_EQ(watch.tracker().memory(), 0U);
}

TEST(HandshakeTracker, JoinsAHelloOverSegmentsInAnyOrder) {
  for (std::size_t cut = 1; cut < kHello.size(); cut++) {
    const auto middle = kHello.begin() + static_cast<std::ptrdiff_t>(cut);
    Watch watch;
    watch.open();
    watch.segment(kFromClient, kData, static_cast<std::uint32_t>(100 + cut), Bytes(middle, kHello.end()));
    watch.segment(kFromServer, kData, 500, kServerHello);
    watch.segment(kFromClient, kData, 100, Bytes(kHello.begin(), middle));
    ASSERT_EQ(watch.told().size(), 1U) << cut;
    EXPECT_NE(watch.told()[0].find(kOpensslJa3), std::string::npos) << cut;
  }
}

TEST(HandshakeTracker, TellsWhatItHasWhenTheFlowEnds) {
  Watch watch;
  watch.open();
  watch.segment(kFromClient, kData, 100, kHello);
  EXPECT_TRUE(watch.told().empty());
  watch.finish();
  ASSERT_EQ(watch.told().size(), 1U);
  EXPECT_EQ(watch.told()[0].find("chosen_version"), std::string::npos);
}

TEST(HandshakeTracker, KeepsTheSidesWhereTheFlowIsTurnedRound) {
  Watch watch;
  watch.segment(kFromServer, kData, 500, kServerHello);  // the first packet seen: taken for the initiator's
  watch.segment(kFromClient, kSyn, 99);
  watch.segment(kFromClient, kData, 100, kHello);
  ASSERT_EQ(watch.told().size(), 1U);
  EXPECT_NE(watch.told()[0].find(R"("src_port":40000)"), std::string::npos);
  EXPECT_NE(watch.told()[0].find("ja3s"), std::string::npos);
}

TEST(HandshakeTracker, PassesOverPaddingThatTheIpLengthCounts) {
  Watch watch;
  watch.segment(kFromClient, kSyn, 99);
  watch.segment(kFromServer, kSynAck, 499, {0, 0});
  watch.segment(kFromClient, kAck, 100, {0, 0});
  watch.segment(kFromClient, kData, 100, kHello);
  watch.segment(kFromServer, kData, 500, kServerHello);
  EXPECT_EQ(watch.told().size(), 1U);
}

TEST(HandshakeTracker, TellsNothingOfOtherProtocols) {
  Watch watch;
  watch.open();
  watch.segment(kFromServer, kData, 500, text("how do you do\r\n"));
  watch.segment(kFromClient, kData, 100, text("fine, thank you\r\n"));
  watch.finish();
  EXPECT_TRUE(watch.told().empty());
  EXPECT_EQ(watch.tracker().memory(), 0U);
}

TEST(HandshakeTracker, TellsTheTlsBehindAnAcceptedStarttls) {
  Watch watch;
  watch.open();
  watch.segment(kFromServer, kData, 500, text("220 mail.example ESMTP\r\n"));  // 24 bytes
  watch.segment(kFromClient, kData, 100, text("STARTTLS\r\n"));                // 10
  watch.segment(kFromServer, kData, 524, text("220 go\r\n"));                  // 8
  watch.segment(kFromClient, kData, 110, kHello);
  watch.segment(kFromServer, kData, 532, kServerHello);
  ASSERT_EQ(watch.told().size(), 2U);
  EXPECT_NE(watch.told()[0].find(R"("app":"smtp")"), std::string::npos);
  EXPECT_NE(watch.told()[1].find(R"("app":"tls")"), std::string::npos);
  EXPECT_NE(watch.told()[1].find(R"("sni":"vedette.example")"), std::string::npos);
}

TEST(HandshakeTracker, TellsTheTransactionBehindALongBody) {
  constexpr std::uint32_t kBody = 100'000, kSegment = 1000, kHead = 43;
  Watch watch;
  watch.open();
  const Bytes first = text("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"),
              second = text("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto size = static_cast<std::uint32_t>(first.size());
  watch.segment(kFromClient, kData, 100, first);
  watch.segment(kFromServer, kData, 500, text("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
  EXPECT_EQ(watch.told().size(), 1U);
  // Every other segment is missing from the capture.
  for (std::uint32_t at = 0; at < kBody; at += 2 * kSegment)
    watch.segment(kFromServer, kData, 500 + kHead + at, text(std::string(kSegment, 'x')));
  const std::size_t held = watch.tracker().memory();
  EXPECT_LT(held, kSegment);
  watch.segment(kFromClient, kData, 100 + size, second);
  watch.segment(kFromServer, kData, 500 + kHead + kBody,
                text("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  ASSERT_EQ(watch.told().size(), 2U);
  EXPECT_NE(watch.told()[1].find(R"("path":"/2","status":404)"), std::string::npos);
  watch.finish();
  EXPECT_EQ(watch.told().size(), 2U);
}

// HTTP/2 reads on, as each request hangs on those before it, and tells each as it is answered.
TEST(HandshakeTracker, TellsOnceWhatStandsWhileMoreMayCome) {
  const auto get = [](std::uint8_t stream) {  // ":method GET", ":scheme http", ":path /" of HPACK's table
    return Bytes{0, 0, 3, 1, 5, 0, 0, 0, stream, 0x82, 0x86, 0x84};
  };
  const auto ok = [](std::uint8_t stream) { return Bytes{0, 0, 1, 1, 5, 0, 0, 0, stream, 0x88}; };
  const Bytes settings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  const Bytes opening = text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + settings + get(1);
  Watch watch;
  watch.open();
  watch.segment(kFromClient, kData, 100, opening);
  watch.segment(kFromServer, kData, 500, settings + ok(1));
  EXPECT_EQ(watch.told().size(), 1U);
  watch.segment(kFromClient, kData, 100 + static_cast<std::uint32_t>(opening.size()), get(3) + get(5));
  watch.segment(kFromServer, kData, 519, ok(5));
  ASSERT_EQ(watch.told().size(), 2U);
  watch.finish();
  ASSERT_EQ(watch.told().size(), 3U);
  EXPECT_NE(watch.told()[1].find(R"("status":200)"), std::string::npos);
  EXPECT_EQ(watch.told()[2].find(R"("status")"), std::string::npos);
}

TEST(HandshakeTracker, TellsWhatIsInsideAWebSocket) {
  const Bytes ask = text("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
  const Bytes accept = text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  const auto frame = [](const Bytes& payload) {
    return Bytes{0x82, 126} + be16(static_cast<std::uint16_t>(payload.size())) + payload;
  };
  Watch watch;
  watch.open();
  watch.segment(kFromClient, kData, 100, ask);
  watch.segment(kFromServer, kData, 500, accept);
  watch.segment(kFromClient, kData, 100 + static_cast<std::uint32_t>(ask.size()), frame(kHello));
  watch.segment(kFromServer, kData, 500 + static_cast<std::uint32_t>(accept.size()), frame(kServerHello));
  ASSERT_EQ(watch.told().size(), 2U);
  EXPECT_NE(watch.told()[1].find(R"("sni":"vedette.example")"), std::string::npos);
  EXPECT_EQ(watch.tracker().pending(), 0U);
}

TEST(HandshakeTracker, GivesUpTheLongestHeldAndTellsWhatItSaid) {
  Watch watch({.head_bytes = 1024, .all_bytes = 20'000});
  watch.open(1000);
  watch.segment(kFromClient, kData, 100, kHello, 1000);
  std::size_t most = 0;
  for (std::uint16_t port = 2000; port < 2200; port++) {
    watch.segment(kFromClient, kSyn, 99, {}, port);
    watch.segment(kFromClient, kData, 100, Bytes(kHello.begin(), kHello.end() - 1), port);
    most = std::max(most, watch.tracker().memory());
  }
  EXPECT_LE(most, 20'000U);
  EXPECT_GT(watch.tracker().counters().given_up, 100U);
  ASSERT_FALSE(watch.told().empty());
  EXPECT_NE(watch.told()[0].find(R"("src_port":1000,)"), std::string::npos);
  watch.segment(kFromServer, kData, 500, kServerHello, 1000);
  watch.finish();
  EXPECT_EQ(watch.tracker().memory(), 0U);
  std::size_t of_first = 0;
  for (const std::string& one : watch.told())
    of_first += one.find(R"("src_port":1000,)") != std::string::npos;
  EXPECT_EQ(of_first, 1U);
}

TEST(HandshakeTracker, StaysWithinItsBoundUnderHalfOpenConnections) {
  Watch watch({.head_bytes = 1024, .all_bytes = 20'000});
  for (std::uint16_t port = 1; port < 5000; port++) {
    watch.segment(kFromClient, kSyn, 99, {}, port);
    ASSERT_LE(watch.tracker().memory(), 20'000U);
  }
  EXPECT_TRUE(watch.told().empty());
}

}  // namespace
}  // namespace vedette
