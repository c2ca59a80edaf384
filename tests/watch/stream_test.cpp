// What `vedette watch` and `vedette capture` make of the API's bytes, in whatever pieces these arrive.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/block_cutter.h"
#include "cli/event_stream.h"
#include "cli/packet_lines.h"
#include "source/pcapng_blocks.h"

namespace vedette::tests {
namespace {

std::vector<std::string> events_of(std::string_view text, std::size_t piece) {
  std::vector<std::string> events;
  EventStream stream;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    stream.feed(text.substr(at, piece), [&](const ServerEvent& event) {
      events.push_back(event.name + "|" + event.id + "|" + event.data);
      return true;
    });
  }
  return events;
}

TEST(EventStream, ReadsEventsInPiecesOfEverySize) {
  const std::string text =
      ": a comment\n\nevent: packet\nid: 1-1\ndata: {\"a\":1}\n\nevent:lost\r\ndata:{\"packets\":3}\r\n\r\n"
      "data: two\ndata: lines\n\nevent: without data\n\nid: 1-2\ndata\n\n";
  const std::vector<std::string> expected{"packet|1-1|{\"a\":1}", "lost|1-1|{\"packets\":3}",
                                          "message|1-1|two\nlines", "message|1-2|"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(events_of(text, piece), expected);
}

TEST(EventStream, StopsWhereNoMoreAreWanted) {
  EventStream stream;
  int taken = 0;
  const bool more =
      stream.feed("data: 1\n\ndata: 2\n\ndata: 3\n\n", [&](const ServerEvent&) { return ++taken < 2; });
  EXPECT_FALSE(more);
  EXPECT_EQ(taken, 2);
}

std::string line_of(std::string_view object) {
  PacketLines lines(false);
  fmt::memory_buffer out;
  lines.append(out, object);
  return fmt::to_string(out).substr(16);  // without the time of day, which depends on the place
}

TEST(PacketLines, TellAConnectionsPacket) {
  EXPECT_EQ(
      line_of(R"({"time_ns":1000,"interface":"eth0","direction":"in","length":74,"ip_version":4,)"
              R"("src_ip":"10.0.0.1","dst_ip":"192.0.2.7","protocol":"tcp","src_port":40000,"dst_port":443,)"
              R"("tcp_flags":"SA"})"),
      "eth0   in  10.0.0.1:40000    192.0.2.7:443     tcp      74 SA\n");
}

TEST(PacketLines, TellWhatIsOutOfTheOrdinary) {
  EXPECT_EQ(
      line_of(R"({"time_ns":1,"interface":"eth0","direction":"out","length":98,"vlan":[100,200],)"
              R"("ip_version":6,"src_ip":"2001:db8::1","dst_ip":"2001:db8::2","protocol":"udp",)"
              R"("src_port":53,"dst_port":5353,"fragment":"first","tunnel":{"type":"vxlan","id":7,)"
              R"("src_ip":"10.0.0.1","dst_ip":"10.0.0.2"},"malformed":"udp_length"})"),
      "eth0   out [2001:db8::1]:53  [2001:db8::2]:5353 udp      98 vlan 100 200 fragment first in vxlan 7 "
      "10.0.0.1 > 10.0.0.2 malformed: udp_length\n");
}

TEST(PacketLines, TellAFrameWithoutAddressesByItsMacsAndEtherType) {
  EXPECT_EQ(line_of(R"({"time_ns":1,"interface":"eth0","direction":"in","length":60,)"
                    R"("src_mac":"02:00:00:00:00:01","dst_mac":"ff:ff:ff:ff:ff:ff","ether_type":35020})"),
            "eth0   in  02:00:00:00:00:01 ff:ff:ff:ff:ff:ff 0x88cc    60\n");
}

TEST(PacketLines, KeepAColumnAsWideAsItOnceHadToBe) {
  PacketLines lines(false);
  fmt::memory_buffer out;
  lines.append(out, R"({"time_ns":1,"length":60,"src_ip":"2001:db8:1234:5678::1","dst_ip":"::1"})");
  const std::size_t wide = out.size();
  lines.append(out, R"({"time_ns":1,"length":60,"src_ip":"::2","dst_ip":"::1"})");
  EXPECT_EQ(out.size(), 2 * wide);
}

std::string a_capture() {
  BlockBytes bytes;
  append_section(bytes, {.hardware = "", .operating_system = "", .application = "test"});
  WrittenInterface interface;
  interface.name = "eth0";
  append_interface(bytes, interface);
  const std::vector<std::uint8_t> frame(61, 7);
  WrittenPacket packet;
  packet.bytes = frame;
  packet.wire_length = 61;
  for (int i = 0; i < 3; ++i) append_packet(bytes, packet);
  return {bytes.begin(), bytes.end()};
}

TEST(BlockCutter, GivesWholeBlocksAloneAndCountsPackets) {
  const std::string capture = a_capture();
  for (std::size_t piece = 1; piece <= capture.size(); piece += 3) {
    BlockCutter blocks;
    std::string written;
    for (std::size_t at = 0; at < capture.size(); at += piece) {
      ASSERT_TRUE(blocks.take(std::string_view(capture).substr(at, piece)));
      written += blocks.whole();
      blocks.written();
    }
    EXPECT_EQ(written, capture);
    EXPECT_EQ(blocks.packets(), 3U);
    EXPECT_EQ(blocks.bytes(), capture.size());
  }
}

TEST(BlockCutter, HoldsBackABlockThatIsCutOff) {
  const std::string capture = a_capture();
  BlockCutter blocks;
  ASSERT_TRUE(blocks.take(std::string_view(capture).substr(0, capture.size() - 1)));
  EXPECT_EQ(blocks.packets(), 2U);
  EXPECT_LT(blocks.whole().size(), capture.size() - 61);
}

TEST(BlockCutter, TellsTheLossesOfTheLastStatistics) {
  BlockCutter blocks;
  ASSERT_TRUE(blocks.take(a_capture()));
  EXPECT_EQ(blocks.lost(), 0U);
  for (const std::uint64_t lost : {3ULL, 1ULL << 40}) {
    BlockBytes bytes;
    append_statistics(bytes, {.lost = lost});
    ASSERT_TRUE(blocks.take({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    EXPECT_EQ(blocks.lost(), lost);
  }
  EXPECT_EQ(blocks.packets(), 3U);
}

TEST(BlockCutter, RefusesWhatIsNoCapture) {
  BlockCutter text;
  const Result<void> refused = text.take("<html>not a capture</html>");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text(), "capture: a pcapng section expected, 0x6d74683c found");
  BlockCutter broken;
  std::string capture = a_capture();
  ASSERT_TRUE(broken.take(capture));
  EXPECT_FALSE(broken.take(std::string("\6\0\0\0\3\0\0\0", 8)));
}

}  // namespace
}  // namespace vedette::tests
