#include "decode/quic_protection.h"

#include <gtest/gtest.h>

#include "quic_builder.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kId = from_hex(kSampleId);
const Bytes kServerFrames = from_hex(kSampleServerFrames);
const Bytes kServerId = from_hex("f067a5502a4262b5");

Bytes client_frames() {
  Bytes frames = from_hex(kSampleClientFrames);
  frames.resize(1162);
  return frames;
}

QuicPacket packet_of(const Bytes& datagram) {
  std::span<const std::uint8_t> rest = datagram;
  const auto packet = take_quic_packet(rest);
  EXPECT_TRUE(packet && rest.empty());
  return packet.value_or(QuicPacket{});
}

QuicInitialKeys keys(std::uint32_t version, const Bytes& id = kId) {
  return {*quic_version(version).keyings[0], id};
}

TEST(QuicProtection, OpensTheSamplesOfVersion1) {
  const Bytes client = from_hex(kSampleClientVersion1), server = from_hex(kSampleServerVersion1);
  EXPECT_EQ(keys(kQuic1).open(packet_of(client), QuicSender::kClient), client_frames());
  EXPECT_EQ(keys(kQuic1).open(packet_of(server), QuicSender::kServer), kServerFrames);
}

TEST(QuicProtection, OpensTheSamplesOfVersion2) {
  const Bytes client = from_hex(kSampleClientVersion2), server = from_hex(kSampleServerVersion2);
  EXPECT_EQ(keys(kQuic2).open(packet_of(client), QuicSender::kClient), client_frames());
  EXPECT_EQ(keys(kQuic2).open(packet_of(server), QuicSender::kServer), kServerFrames);
}

// So that what other tests build is what the RFCs say.
TEST(QuicProtection, TestsBuildTheSamples) {
  const InitialSays client{.number = 2};
  InitialSays server = answer_to(client, kServerId);
  server.number = 1;
  server.number_size = 2;
  EXPECT_EQ(initial(client, client_frames()), from_hex(kSampleClientVersion1));
  EXPECT_EQ(initial(version2(client), client_frames()), from_hex(kSampleClientVersion2));
  EXPECT_EQ(initial(server, kServerFrames, 0), from_hex(kSampleServerVersion1));
  EXPECT_EQ(initial(version2(server), kServerFrames, 0), from_hex(kSampleServerVersion2));
}

TEST(QuicProtection, RefusesOtherKeys) {
  const Bytes client = from_hex(kSampleClientVersion1);
  EXPECT_FALSE(keys(kQuic1).open(packet_of(client), QuicSender::kServer));
  EXPECT_FALSE(keys(kQuic2).open(packet_of(client), QuicSender::kClient));
  EXPECT_FALSE(keys(kQuic1, Bytes(8, 0x11)).open(packet_of(client), QuicSender::kClient));
}

// Behind the version each byte is either the keys' or what they protect, or says how long the packet is.
TEST(QuicProtection, RefusesAPacketWithAnyByteChanged) {
  const Bytes sent = from_hex(kSampleServerVersion1);
  for (std::size_t i = 0; i < sent.size(); i++) {
    Bytes changed = sent;
    changed[i] ^= 0x01;
    std::span<const std::uint8_t> rest = changed;
    const auto packet = take_quic_packet(rest);
    EXPECT_FALSE(packet && packet->whole() && keys(kQuic1).open(*packet, QuicSender::kServer)) << i;
  }
}

TEST(QuicProtection, GivesWhatIsThereOfAPacketThatIsCutShort) {
  const Bytes sent = from_hex(kSampleClientVersion1);
  const Bytes frames = client_frames();
  for (std::size_t size = 0; size < sent.size(); size++) {
    const Bytes cut(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(size));
    std::span<const std::uint8_t> rest = cut;
    const auto packet = take_quic_packet(rest);
    if (!packet) continue;
    const auto payload = keys(kQuic1).open(*packet, QuicSender::kClient);
    if (!payload) continue;
    ASSERT_LE(payload->size(), frames.size());
    EXPECT_TRUE(std::equal(payload->begin(), payload->end(), frames.begin())) << size;
    EXPECT_EQ(payload->size(), std::min(size - 22, frames.size()));
  }
}

}  // namespace
}  // namespace vedette
