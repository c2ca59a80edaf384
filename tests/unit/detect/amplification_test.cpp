#include "detect/amplification.h"

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr std::uint32_t kVictim = 0xc6336402;  // 198.51.100.2
constexpr std::uint32_t kServer = 0xc0000235;  // 192.0.2.53

constexpr std::uint32_t reflector(std::uint32_t number) {
  return 0x0b000000 + number * 7919;
}

Bytes dns(bool answer, std::uint32_t number, const Bytes& rest) {
  return be16(number & 0xffff) + Bytes{static_cast<std::uint8_t>(answer ? 0x81 : 0x01), 0x00} + be16(1) +
         be16(answer ? 7 : 0) + zeros(4) + rest;
}

struct Service {
  std::uint16_t port;
  std::string_view detector;
  Bytes answer;
  Bytes question;  // from the same port: none of it is an answer
};

const std::vector<Service>& services() {
  static const Bytes snmp_head = Bytes{0x30, 0x82, 0x02, 0x00, 0x02, 0x01, 0x01, 0x04, 0x06} + text("public");
  static const Bytes ike_cookies = be32(1) + be32(2);
  static const std::vector<Service> kServices{
      {53, "dns_amplification", dns(true, 1, zeros(800)), dns(false, 1, zeros(20))},
      {123, "ntp_amplification", Bytes{0xd7, 0x00, 0x03, 0x2a} + zeros(436),
       Bytes{0x17, 0x00, 0x03, 0x2a} + zeros(4)},
      {1900, "ssdp_amplification", text("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n") + zeros(250),
       text("M-SEARCH * HTTP/1.1\r\n\r\n")},
      {389, "cldap_amplification",
       Bytes{0x30, 0x84, 0, 0, 0x05, 0, 0x02, 0x01, 0x01, 0x64, 0x84, 0, 0, 0x04, 0xf0} + zeros(1200),
       Bytes{0x30, 0x25, 0x02, 0x01, 0x01, 0x63, 0x20} + zeros(32)},
      {11211,
       "memcached_amplification",
       zeros(4) + be16(1) + be16(0) + text("VALUE a 0 1000\r\n") + zeros(900),
       {}},
      {161, "snmp_amplification", snmp_head + Bytes{0xa2, 0x82, 0x01, 0xf0} + zeros(500),
       snmp_head + Bytes{0xa5, 0x20} + zeros(30)},
      {19, "chargen_amplification", text(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFG\r\n") + zeros(300), {}},
      {111, "portmap_amplification", be32(7) + be32(1) + be32(0) + zeros(400),
       be32(7) + be32(0) + be32(2) + zeros(28)},
      {3702,
       "ws_discovery_amplification",
       text("<?xml version=\"1.0\"?><SOAP-ENV:Envelope>") + zeros(700),
       {}},
      {3283, "arms_amplification", Bytes{0, 1, 3, 0xe8} + zeros(1000), Bytes{0, 0x14, 0, 0, 0}},
      {5683, "coap_amplification", Bytes{0x61, 0x45, 0, 1} + zeros(400),
       Bytes{0x41, 0x01, 0, 1, 0xbb, 0, 0, 0}},
      {500, "ike_amplification", ike_cookies + ike_cookies + Bytes{1, 0x10, 2, 0} + zeros(400),
       ike_cookies + zeros(8) + Bytes{1, 0x10, 2, 0} + zeros(80)},
      {3478, "stun_amplification", Bytes{1, 1, 0, 0x60} + be32(0x2112a442) + zeros(300),
       Bytes{0, 1, 0, 0} + be32(0x2112a442) + zeros(12)},
      {69, "tftp_amplification", Bytes{0, 3, 0, 1} + zeros(512), Bytes{0, 1} + text("a")},
      {5060, "sip_amplification", text("SIP/2.0 200 OK\r\n") + zeros(400), text("OPTIONS sip:a SIP/2.0\r\n")},
      {10001, "ubiquiti_amplification", Bytes{1, 0, 0, 0xa0} + zeros(220), Bytes{1, 0, 0, 0}},
      {27015, "game_amplification", Bytes{0xff, 0xff, 0xff, 0xff, 0x49} + zeros(220), {}},
      {6881, "bittorrent_amplification", text("d1:rd2:id20:") + zeros(300), text("d1:ad2:id20:") + zeros(60)},
      {520, "rip_amplification", Bytes{2, 1, 0, 0} + zeros(500), Bytes{1, 1, 0, 0} + zeros(20)},
      {177, "xdmcp_amplification", Bytes{0, 1, 0, 5} + zeros(300), Bytes{0, 1, 0, 2, 0, 1, 0}},
      {427, "slp_amplification", Bytes{2, 2} + zeros(500), Bytes{2, 1} + zeros(30)},
      {443, "quic_amplification", Bytes{0xc0, 0, 0, 0, 1} + zeros(1200), Bytes{0x40} + zeros(30)},
      {1434, "mssql_amplification", Bytes{5, 0x90, 1} + text("ServerName;A;InstanceName;B;") + zeros(380),
       Bytes{3}},
      {4672, "kad_amplification", Bytes{0xe4, 0x09} + zeros(520), Bytes{0xe4, 0x01}},
      {10074, "tp240_amplification", text("call.startblast: starting") + zeros(300), {}},
      {33848, "jenkins_amplification", text("<hudson><version>2.1</version>") + zeros(300), text("\n")},
      {1701, "l2tp_amplification", Bytes{0xc8, 0x02} + zeros(220), Bytes{0x02, 0x02} + zeros(30)},
      {1604, "citrix_amplification", Bytes{0x90, 0x01} + zeros(398), Bytes{0x1e, 0} + zeros(8)},
      {2362, "addp_amplification", text("DIGI") + Bytes{0, 2} + zeros(120), text("DIGI") + Bytes{0, 1, 0, 6}},
      {7001, "openafs_amplification", zeros(20) + Bytes{13, 0} + zeros(71),
       zeros(20) + Bytes{13, 1} + zeros(7)},
      {17185, "vxworks_amplification", be32(7) + be32(1) + be32(0) + zeros(400), be32(7) + be32(0)},
      {20811, "powerhouse_amplification", zeros(900), Bytes{0}},
      {30718, "lantronix_amplification", Bytes{0, 0, 0, 0xf9} + zeros(120), Bytes{0, 0, 0, 0xf8}},
      {37020, "sadp_amplification", text("<?xml version=\"1.0\"?><ProbeMatch>") + zeros(700), {}},
      {41794, "crestron_amplification", Bytes{0x15, 0, 0, 0, 1, 4, 0, 3} + zeros(380),
       Bytes{0x14, 0, 0, 0, 1, 4, 0, 3} + zeros(250)},
      {47808, "bacnet_amplification", Bytes{0x81, 0x0a} + be16(404) + zeros(400), {}},
      {137, "netbios_amplification", Bytes{0, 1, 0x84, 0} + zeros(220), Bytes{0, 1, 0x01, 0x10} + zeros(46)},
  };
  return kServices;
}

class AmplificationTest : public WatchedTraffic {
 protected:
  // Those of reflection alone: some services are outdated too.
  [[nodiscard]] std::vector<Finding> amplified() const {
    std::vector<Finding> found;
    std::ranges::copy_if(over_, std::back_inserter(found),
                         [](const Finding& one) { return one.kind == FindingKind::kAmplification; });
    return found;
  }
  // So many, from so many reflectors, in so long.
  void answers(std::uint32_t count, std::uint32_t reflectors, Nanoseconds every, std::uint16_t port,
               const Bytes& answer) {
    for (std::uint32_t i = 0; i < count; i++)
      send({reflector(i % reflectors), kVictim}, VDT_IP_UDP,
           udp(port, static_cast<std::uint16_t>(20'000 + i % 40'000), answer), 1000s + i * every);
  }
};

TEST_F(AmplificationTest, EachServicesAnswersAreNamed) {
  for (const Service& service : services()) {
    ASSERT_NE(reflector_at(service.port), nullptr);
    EXPECT_EQ(reflector_at(service.port)->detector, service.detector);
    EXPECT_TRUE(reflector_at(service.port)->is_answer(service.answer)) << service.detector;
    if (!service.question.empty()) {
      EXPECT_FALSE(reflector_at(service.port)->is_answer(service.question)) << service.detector;
    }
    answers(1200, 20, 500us, service.port, service.answer);
  }
  finish();
  for (const Service& service : services()) EXPECT_EQ(raised_by(service.detector), 1U) << service.detector;
  EXPECT_EQ(amplified().size(), services().size());
}

TEST(Reflectors, ReadNothingBehindAnAnswersEnd) {
  // Each length in memory of its own: sanitizers see what is read behind it.
  for (const Service& service : services())
    for (std::size_t length = 0; length < std::min<std::size_t>(service.answer.size(), 64); length++) {
      const std::vector<std::uint8_t> cut(service.answer.begin(),
                                          service.answer.begin() + static_cast<long>(length));
      for (const Reflector& reflector : reflectors()) reflector.is_answer(cut);
    }
}

// Block pages of middleboxes, which take no handshake; `first` is what each begins with.
class MiddleboxTest : public AmplificationTest {
 protected:
  void pages(std::uint8_t first, std::string_view begins = "HTTP/1.1 403 Forbidden\r\n",
             Nanoseconds every = 2ms) {
    const Bytes page = text(begins) + zeros(300);
    for (std::uint32_t i = 0; i < 400; i++) {
      const auto port = static_cast<std::uint16_t>(20'000 + i);
      const Nanoseconds time = 1000s + i * every;
      if (first != 0) send({reflector(i % 20), kVictim}, VDT_IP_TCP, tcp(80, port, first), time);
      send({reflector(i % 20), kVictim}, VDT_IP_TCP, tcp(80, port, VDT_TCP_ACK | VDT_TCP_PSH, {}, page),
           time + 1ms);
      send({kVictim, reflector(i % 20)}, VDT_IP_TCP, tcp(port, 80, VDT_TCP_RST), time + 1ms);
    }
    finish();
  }
};

TEST_F(MiddleboxTest, PagesThatNobodyAskedForAreTold) {
  pages(0);
  ASSERT_EQ(amplified().size(), 1U);
  EXPECT_EQ(amplified()[0].detector, "middlebox_amplification");
  EXPECT_EQ(prefix_text(*amplified()[0].target), "198.51.100.2");
  EXPECT_EQ(amplified()[0].packets, 400U);
}

// One direction alone was captured.
TEST_F(MiddleboxTest, PagesOfAConnectionAreNone) {
  pages(VDT_TCP_SYN | VDT_TCP_ACK);
  EXPECT_EQ(raised_by("middlebox_amplification"), 0U);
}

// Of what a browser fetched, a file may hold the pages alone.
TEST_F(MiddleboxTest, PagesAtABrowsersPaceAreNone) {
  pages(0, "HTTP/1.1 200 OK\r\n", 20ms);
  EXPECT_TRUE(amplified().empty());
}

TEST_F(MiddleboxTest, OtherDataIsNone) {
  pages(0, "SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_TRUE(amplified().empty());
}

TEST_F(AmplificationTest, TellsTheVictimAndItsFigures) {
  answers(4000, 500, 100us, 123, services()[1].answer);
  finish();
  ASSERT_EQ(amplified().size(), 1U);
  const Finding finding = amplified()[0];
  EXPECT_EQ(finding.kind, FindingKind::kAmplification);
  EXPECT_EQ(finding.detector, "ntp_amplification");
  EXPECT_EQ(prefix_text(*finding.target), "198.51.100.2");
  EXPECT_FALSE(finding.source);
  EXPECT_EQ(finding.packets, 4000U);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_LE(finding.detected - finding.first, 1s);
  EXPECT_NE(finding.why.find("NTP"), std::string::npos) << finding.why;
}

TEST_F(AmplificationTest, FewerAnswersOrReflectorsAreNone) {
  answers(99, 50, 10ms, 53, services()[0].answer);
  answers(120, 4, 10ms, 1900, services()[2].answer);
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(AmplificationTest, OneReflectorIsEnoughForAFlood) {
  answers(3000, 1, 500us, 11211, services()[4].answer);
  finish();
  ASSERT_EQ(amplified().size(), 1U);
  EXPECT_EQ(amplified()[0].detector, "memcached_amplification");
  EXPECT_EQ(prefix_text(*amplified()[0].source), "11.0.0.0");
}

TEST_F(AmplificationTest, ManySmallAnswersAreNeverHigh) {
  // A busy resolver's, of which a capture holds only what comes in.
  answers(8000, 300, 300us, 53, dns(true, 1, zeros(90)));
  finish();
  ASSERT_EQ(amplified().size(), 1U);
  EXPECT_EQ(amplified()[0].severity, Severity::kMedium);
}

TEST_F(AmplificationTest, AResolversAnswersSeenAloneAreNone) {
  answers(8000, 300, 3ms, 53, dns(true, 1, zeros(90)));
  finish();
  EXPECT_TRUE(amplified().empty());
}

TEST_F(AmplificationTest, AnswersToOnesOwnQuestionsAreNone) {
  for (std::uint32_t i = 0; i < 5000; i++) {
    const std::uint16_t from = static_cast<std::uint16_t>(20'000 + i % 40'000);
    send({kVictim, reflector(i % 50)}, VDT_IP_UDP, udp(from, 53, dns(false, i, be32(i) + zeros(20))),
         1000s + i * 1ms);
    send({reflector(i % 50), kVictim}, VDT_IP_UDP, udp(53, from, dns(true, i, zeros(800))),
         1000s + i * 1ms + 20us);
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(AmplificationTest, TheSameQuestionAgainAndAgainIsReflectedHere) {
  for (std::uint32_t i = 0; i < 300; i++) {
    send({kVictim, kServer}, VDT_IP_UDP,
         udp(static_cast<std::uint16_t>(1024 + i), 53, dns(false, i, text("\3isc\3org\0\0\xff\0\1"sv))),
         1000s + i * 10ms);
    send({kServer, kVictim}, VDT_IP_UDP,
         udp(53, static_cast<std::uint16_t>(1024 + i), dns(true, i, zeros(1000))), 1000s + i * 10ms + 1ms);
  }
  finish();
  ASSERT_EQ(over_.size(), 1U);
  EXPECT_EQ(over_[0].detector, "dns_amplification");
  EXPECT_EQ(prefix_text(*over_[0].source), "192.0.2.53");
  EXPECT_EQ(prefix_text(*over_[0].target), "198.51.100.2");
  EXPECT_EQ(over_[0].packets, 600U);
}

TEST_F(AmplificationTest, TheSameQuestionWithASmallAnswerIsNone) {
  for (std::uint32_t i = 0; i < 300; i++) {
    send({kVictim, kServer}, VDT_IP_UDP,
         udp(static_cast<std::uint16_t>(1024 + i), 53, dns(false, i, zeros(20))), 1000s + i * 10ms);
    send({kServer, kVictim}, VDT_IP_UDP,
         udp(53, static_cast<std::uint16_t>(1024 + i), dns(true, i, zeros(60))), 1000s + i * 10ms + 1ms);
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(AmplificationTest, LaterFragmentsOfAnswersCount) {
  for (std::uint32_t i = 0; i < 60; i++)
    for (const bool first : {true, false}) {
      const Bytes part = first ? udp(53, 22, dns(true, 1, zeros(812)), 1300) : zeros(468);
      Bytes frame =
          ethernet(VDT_ETHER_IPV4,
                   ipv4(VDT_IP_UDP, part, {.fragment = static_cast<std::uint16_t>(first ? 0x2000 : 0x0068)}));
      std::ranges::copy(be16(i + 1), frame.begin() + 18);
      std::ranges::copy(be32(reflector(i)) + be32(kVictim), frame.begin() + 26);
      add(frame, 1000s + i * 20ms);
    }
  finish();
  ASSERT_EQ(raised_by("dns_amplification"), 1U);
  EXPECT_EQ(std::ranges::find(over_, "dns_amplification", &Finding::detector)->packets, 120U);
}

}  // namespace
}  // namespace vedette::tests
