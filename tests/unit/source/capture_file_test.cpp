#include "source/capture_file.h"

#include <gtest/gtest.h>

#include "source/pcapng_blocks.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

Bytes le16(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
}

Bytes le32(std::uint32_t value) {
  return le16(static_cast<std::uint16_t>(value)) + le16(static_cast<std::uint16_t>(value >> 16));
}

Bytes pcap_header(std::uint32_t magic, std::uint32_t link = 1) {
  return le32(magic) + le16(2) + le16(4) + zeros(8) + le32(65535) + le32(link);
}

Bytes record(std::uint32_t seconds, std::uint32_t fraction, const Bytes& frame, std::uint32_t wire) {
  return le32(seconds) + le32(fraction) + le32(static_cast<std::uint32_t>(frame.size())) + le32(wire) + frame;
}

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;

struct AllOf {
  std::vector<RawPacket> packets;
  std::string error;
};

// Views into `bytes`, which must outlive them.
AllOf all_of(const Bytes& bytes) {
  AllOf all;
  auto file = CaptureFile::over(bytes, "test");
  if (!file) return {{}, file.error().text()};
  std::array<RawPacket, 4> batch;
  for (;;) {
    const auto count = file->next(batch);
    if (!count) all.error = count.error().text();
    if (!count || *count == 0) return all;
    all.packets.insert(all.packets.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

TEST(Pcap, CountsMicrosecondsAndNanoseconds) {
  const Bytes micro = pcap_header(kMicroseconds) + record(5, 7, zeros(60), 1514);
  const Bytes nano = pcap_header(kNanoseconds) + record(5, 7, zeros(60), 1514);
  ASSERT_EQ(all_of(micro).packets.size(), 1U);
  EXPECT_EQ(all_of(micro).packets[0].time.count(), 5'000'007'000);
  EXPECT_EQ(all_of(nano).packets[0].time.count(), 5'000'000'007);
  EXPECT_EQ(all_of(nano).packets[0].bytes.size(), 60U);
  EXPECT_EQ(all_of(nano).packets[0].wire_length, 1514U);
}

TEST(Pcap, ReadsTheOtherByteOrder) {
  const Bytes file = be32(kMicroseconds) + be16(2) + be16(4) + zeros(8) + be32(65535) + be32(101) + be32(1) +
                     be32(2) + be32(3) + be32(4) + zeros(3);
  const AllOf all = all_of(file);
  ASSERT_EQ(all.packets.size(), 1U);
  EXPECT_EQ(all.packets[0].link, LinkType::kRaw);
  EXPECT_EQ(all.packets[0].time.count(), 1'000'002'000);
  EXPECT_EQ(all.packets[0].wire_length, 4U);
}

TEST(Pcap, TakesTheFcsOffBothLengths) {
  const std::uint32_t four_bytes = 2U << 28 | 0x04000000 | 1;
  const Bytes file = pcap_header(kMicroseconds, four_bytes) + record(1, 0, zeros(64), 64);
  const AllOf all = all_of(file);
  ASSERT_EQ(all.packets.size(), 1U);
  EXPECT_EQ(all.packets[0].wire_length, 60U);
  EXPECT_EQ(all.packets[0].bytes.size(), 60U);
}

TEST(Pcap, GivesAllBeforeTheCutAndNamesItsPlace) {
  Bytes file = pcap_header(kMicroseconds) + record(1, 0, zeros(60), 60) + record(2, 0, zeros(60), 60);
  file.resize(file.size() - 10);
  const AllOf all = all_of(file);
  EXPECT_EQ(all.packets.size(), 1U);
  EXPECT_EQ(
      all.error,
      "test: offset 100, behind packet 1: expected a record of 76 bytes, found the end of the file after 66");
}

TEST(Pcap, RefusesAnAbsurdCapturedLength) {
  const Bytes file = pcap_header(kMicroseconds) + le32(0) + le32(0) + le32(0x7fffffff) + le32(60);
  EXPECT_EQ(all_of(file).error,
            "test: offset 32, before the first packet: expected a captured length of at most 16777216 bytes, "
            "found 2147483647");
}

TEST(Pcap, GivesPacketsWithoutBytes) {
  const Bytes file = pcap_header(kMicroseconds) + record(1, 0, {}, 0);
  EXPECT_EQ(all_of(file).packets.size(), 1U);
}

TEST(CaptureFile, SaysWhatItFoundInstead) {
  EXPECT_EQ(
      all_of(text("GET / HTTP")).error,
      "test: expected a pcap or pcapng file, plain, .gz or .zst, found a file that begins with 47 45 54 20");
  EXPECT_EQ(all_of({}).error, "test: expected a pcap or pcapng file, plain, .gz or .zst, found 0 bytes");
}

TEST(Pcapng, GivesBackWhatTheWriterWrote) {
  const Bytes frame = text("an odd frame of bytes");
  BlockBytes file;
  append_section(file, {.hardware = "x86_64", .operating_system = "Linux", .application = "vedette"});
  append_interface(file, {.name = "eth0", .filter = "port 53"});
  append_interface(file, {.name = "wg0", .link = LinkType::kRaw});
  append_packet(file, {.interface = 1,
                       .time = Nanoseconds(1'700'000'000'123'456'789),
                       .bytes = frame,
                       .wire_length = 9000,
                       .direction = VDT_DIRECTION_OUT,
                       .comment = "dropped"});
  append_packet(file, {.interface = 0, .time = Nanoseconds(1), .bytes = frame, .wire_length = 21});
  const AllOf all = all_of(file);
  EXPECT_EQ(all.error, "");
  ASSERT_EQ(all.packets.size(), 2U);
  EXPECT_EQ(all.packets[0].time.count(), 1'700'000'000'123'456'789);
  EXPECT_EQ(all.packets[0].link, LinkType::kRaw);
  EXPECT_EQ(all.packets[0].direction, VDT_DIRECTION_OUT);
  EXPECT_EQ(all.packets[0].wire_length, 9000U);
  EXPECT_EQ(Bytes(all.packets[0].bytes.begin(), all.packets[0].bytes.end()), frame);
  EXPECT_EQ(all.packets[1].interface, 0U);
  EXPECT_EQ(all.packets[1].direction, VDT_DIRECTION_UNKNOWN);
}

TEST(Pcapng, RefusesAPacketOfAnInterfaceThatIsNotDescribed) {
  BlockBytes file;
  append_section(file, {});
  append_packet(file, {.interface = 3, .bytes = {}});
  EXPECT_EQ(all_of(file).error,
            "test: offset 40, before the first packet: expected the id of one of 0 interfaces, found 3");
}

TEST(Pcapng, NamesABlockLengthThatCantBe) {
  BlockBytes file;
  append_section(file, {});
  const std::size_t start = file.size();
  append_interface(file, {.name = "eth0"});
  file[start + 4] = 13;
  EXPECT_NE(
      all_of(file).error.find("expected a block length of at least 12 bytes and a multiple of 4, found 13"),
      std::string::npos);
}

TEST(Pcapng, CutAnywhereGivesPacketsOrAnError) {
  BlockBytes file;
  append_section(file, {});
  const std::size_t section = file.size();
  append_interface(file, {.name = "eth0"});
  const std::size_t described = file.size();
  append_packet(file, {.interface = 0, .bytes = text("abc"), .wire_length = 3});
  for (std::size_t size = 1; size < file.size(); size++) {
    const AllOf all = all_of(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_TRUE(all.packets.empty());
    const bool whole_blocks = size == section || size == described;
    EXPECT_EQ(all.error.empty(), whole_blocks) << size;
  }
}

}  // namespace
}  // namespace vedette::tests
