#include "decode/bittorrent.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decode/bencode.h"
#include "decode/bittorrent_peer.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Bytes handshake(std::string_view peer_id) {
  return Bytes{19} + text("BitTorrent protocol") + zeros(8) + Bytes(20, 0xab) + text(peer_id);
}

const Bytes kOurs = handshake("-qB4520-abcdefghijkl");
const Bytes kTheirs = handshake("-TR300Z-abcdefghijkl");
const std::string kHash = "abababababababababababababababababababab";
const Facts kFacts = {{"info_hash", kHash},
                      {"client_software", "qBittorrent 4.5.2.0"},
                      {"server_software", "Transmission 3.0.0.35"}};

TEST(BitTorrent, TellsPeers) {
  const Decoded outcome = decode_stream(decode_bittorrent_tcp, kOurs + text("more"), kTheirs);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "bittorrent");
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
  expect_the_same_cut_everywhere(decode_bittorrent_tcp, kOurs, kTheirs);
}

TEST(BitTorrent, NamesPeersThatHaveTheUsualForm) {
  EXPECT_EQ(peer_id_software(text("-ZZ1234-abcdefghijkl")), "ZZ 1.2.3.4");
  EXPECT_EQ(peer_id_software(text("M7-9-2--abcdefghijkl")), "");
  EXPECT_EQ(peer_id_software(text("-UT")), "");
  EXPECT_EQ(dht_software(text("LT\1\2")), "LT 1.2");
  EXPECT_EQ(dht_software(text("LT")), "");
}

// BEP 5's own examples.
const Bytes kPing = text("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
const Bytes kPong = text(
    "d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:v4:LT\1\2"
    "1:y1:re");

TEST(BitTorrent, TellsNodesOfTheDht) {
  const Decoded outcome = decode_datagrams(decode_bittorrent_udp, {{0, kPing}, {1, kPong}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"method", "ping"}, {"server_software", "LT 1.2"}}));
  EXPECT_EQ(decode_datagrams(decode_bittorrent_udp, {{0, kPing}}).verdict(), Verdict::kMine);
  EXPECT_EQ(decode_datagrams(decode_bittorrent_udp, {{0, text("d1:y1:qe")}}).verdict(), Verdict::kNotMine);
}

TEST(BitTorrent, TellsTrackersAndLocalDiscovery) {
  const Bytes connect = be32(0x417) + be32(0x27101980) + be32(0) + be32(7);
  EXPECT_EQ(facts(decode_datagrams(decode_bittorrent_udp, {{0, connect}}, {}, true).handshake()),
            (Facts{{"method", "connect"}}));
  const Bytes search = text("BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n\r\n");
  EXPECT_EQ(facts(decode_datagrams(decode_bittorrent_udp, {{0, search}}, {}, true).handshake()),
            (Facts{{"method", "bt-search"}}));
}

// BEP 29: type and version, extension, connection, two times, window, sequence, acknowledged.
Bytes utp(std::uint8_t type, std::uint16_t connection, std::uint16_t sequence, std::uint16_t acknowledged) {
  return Bytes{static_cast<std::uint8_t>(type << 4 | 1), 0} + be16(connection) + zeros(12) + be16(sequence) +
         be16(acknowledged);
}

TEST(BitTorrent, TellsPeersWithinUtp) {
  const Bytes syn = utp(4, 100, 1, 0), state = utp(2, 100, 50, 1);
  EXPECT_EQ(decode_datagrams(decode_bittorrent_udp, {{0, syn}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode_datagrams(decode_bittorrent_udp, {{0, syn}, {1, state}}).verdict(), Verdict::kMine);
  const Decoded outcome = decode_datagrams(
      decode_bittorrent_udp,
      {{0, syn}, {1, state}, {0, utp(0, 101, 2, 50) + kOurs}, {1, utp(0, 100, 51, 2) + kTheirs}});
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
}

TEST(BitTorrent, DoesNotTakeAHeaderForUtpThatNobodyAcknowledged) {
  const Bytes syn = utp(4, 100, 1, 0);
  EXPECT_EQ(decode_datagrams(decode_bittorrent_udp, {{0, syn}}, {}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_datagrams(decode_bittorrent_udp, {{0, syn}, {1, utp(2, 100, 50, 2)}}, {}, true).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_datagrams(decode_bittorrent_udp, {{0, syn}, {1, utp(2, 101, 50, 1)}}, {}, true).verdict(),
            Verdict::kNotMine);
}

// Datagrams of one side that come when `came` says, sent when `sent` says, both in µs.
Verdict utp_from_its_middle(const std::vector<std::uint32_t>& sent, const std::vector<std::int64_t>& came,
                            std::uint16_t last_connection = 100) {
  Bytes bytes;
  std::vector<Arrival> arrivals;
  for (std::size_t i = 0; i < sent.size(); i++) {
    const bool last = i + 1 == sent.size();
    Bytes datagram = utp(0, last ? last_connection : 100, static_cast<std::uint16_t>(65535 + i), 7);
    const Bytes time = be32(sent[i]);
    std::copy(time.begin(), time.end(), datagram.begin() + 4);
    bytes = bytes + datagram;
    arrivals.push_back(
        {.end = static_cast<std::uint32_t>(bytes.size()), .time = Nanoseconds(came[i] * 1000)});
  }
  Handshakes told;
  const Answer answer = decode_bittorrent_udp(
      {.bytes = {bytes}, .arrivals = {arrivals}, .ended = {}, .ports = {}, .now = arrivals.back().time},
      told);
  EXPECT_EQ(told.empty(), answer.verdict != Verdict::kDone);
  return answer.verdict;
}

TEST(BitTorrent, IsToldByTheClockOfUtpInItsMiddle) {
  const std::vector<std::int64_t> came = {0, 200'000, 205'000, 700'000};
  // The clock runs over.
  EXPECT_EQ(utp_from_its_middle({0xffffff00, 200'000, 206'000, 690'000}, came), Verdict::kDone);
  EXPECT_EQ(utp_from_its_middle({0xffffff00, 200'000, 206'000, 690'000}, came, 101), Verdict::kNotMine);
  EXPECT_EQ(utp_from_its_middle({0xffffff00, 200'000, 206'000}, came), Verdict::kUndecided);
  EXPECT_EQ(utp_from_its_middle({0, 0, 0, 0}, came), Verdict::kNotMine);
  EXPECT_EQ(utp_from_its_middle({0, 200, 205, 700}, came), Verdict::kNotMine);  // milliseconds
  EXPECT_EQ(utp_from_its_middle({0, 0, 0, 0}, {0, 1, 2, 3}), Verdict::kUndecided);
}

TEST(Bencode, TakesWholeDictionariesAlone) {
  const auto parsed = BencodeDictionary::parse("d1:ai-3e1:b2:xy1:cd1:d0:e1:eli1e1:zee");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text("b"), "xy");
  EXPECT_EQ(parsed->text("a"), std::nullopt);
  EXPECT_EQ(parsed->dictionary("c")->text("d"), "");
  for (const std::string_view broken :
       {"", "d", "de1", "d1:a", "d1:ae", "d1:ai1", "d9:ae", "d99999999999999999999:ae", "d1:aie", "le",
        "d1:addddddddddeeeeeeeeee"})
    EXPECT_FALSE(BencodeDictionary::parse(broken)) << broken;
}

}  // namespace
}  // namespace vedette
