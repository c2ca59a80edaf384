// Watching live: a sensor on one end of a veth, real programs on the other; what the filter names is told,
// and nothing else.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "abi/packet.h"
#include "base/file_descriptor.h"
#include "sensor/sensor.h"
#include "tests/health/joined_namespaces.h"
#include "tests/requirements.h"
#include "tests/watch/frames.h"
#include "watch/classic_filter.h"

namespace vedette::tests {
namespace {

class LiveWatch : public ::testing::TestWithParam<IngressMode> {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    VEDETTE_REQUIRE(kNetworkNamespaces);
    for (const char* program : {"ip", "ping", "nc"}) VEDETTE_REQUIRE_PROGRAM(program);
    if (!namespaces_) namespaces_.emplace();
    start();
  }

  void TearDown() override {
    if (sensor_) sensor_->stop();
    sensor_.reset();
    std::error_code gone;
    std::filesystem::remove(pins(), gone);
  }

  static std::filesystem::path pins() { return fmt::format("/sys/fs/bpf/vedette-watch-test-{}", getpid()); }

  void start() {
    // A thread that enters the namespace, and from which the sensor's own inherits it.
    std::thread([&] {
      const FileDescriptor space(open(("/run/netns/" + right()).c_str(), O_RDONLY | O_CLOEXEC));
      ASSERT_EQ(setns(space.get(), CLONE_NEWNET), 0);
      SensorOptions options;
      options.interfaces = {"veth0"};
      options.mode = GetParam();
      options.programs.pin_folder = pins();
      Result<std::unique_ptr<Sensor>> sensor = Sensor::start(std::move(options));
      ASSERT_TRUE(sensor) << sensor.error().text();
      sensor_ = std::move(*sensor);
    }).join();
  }

  [[nodiscard]] const std::string& left() const { return namespaces_->left(); }
  [[nodiscard]] const std::string& right() const { return namespaces_->right(); }

  std::unique_ptr<PacketStream> watch(const std::string& filter, std::uint64_t count = 0,
                                      std::uint32_t snaplen = 65535) {
    Result<std::unique_ptr<PacketStream>> stream =
        sensor_->packets({.filter = filter, .snaplen = snaplen, .count = count});
    EXPECT_TRUE(stream) << stream.error().text();
    return stream ? std::move(*stream) : nullptr;
  }

  // What came until the stream ended, or until nothing more came for half a second.
  static std::vector<StreamedPacket> collect(PacketStream& stream) {
    std::vector<StreamedPacket> packets;
    std::size_t before = 0;
    do {
      before = packets.size();
      if (!stream.next(packets, std::chrono::milliseconds(500))) break;
    } while (packets.size() != before);
    return packets;
  }

  static std::vector<Frame> frames_of(const std::vector<StreamedPacket>& packets) {
    std::vector<Frame> frames;
    for (const StreamedPacket& packet : packets) frames.push_back(packet.bytes);
    return frames;
  }

  // Frames as they stand, out of the left end.
  void send_from_left(const std::vector<Frame>& frames) const {
    std::thread([&] {
      const FileDescriptor space(open(("/run/netns/" + left()).c_str(), O_RDONLY | O_CLOEXEC));
      ASSERT_EQ(setns(space.get(), CLONE_NEWNET), 0);
      const FileDescriptor raw(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
      ASSERT_TRUE(raw);
      sockaddr_ll to{};
      to.sll_family = AF_PACKET;
      to.sll_ifindex = static_cast<int>(if_nametoindex("veth0"));
      for (const Frame& frame : frames) {
        ASSERT_EQ(sendto(raw.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                         sizeof(to)),
                  static_cast<ssize_t>(frame.size()));
      }
    }).join();
  }

  static std::ptrdiff_t counted(const std::vector<StreamedPacket>& packets, vdt_direction direction) {
    return std::count_if(packets.begin(), packets.end(),
                         [&](const StreamedPacket& packet) { return packet.direction == direction; });
  }

  static void TearDownTestSuite() { namespaces_.reset(); }

  // Made once for all tests: a pair takes its seconds until its addresses are configured.
  inline static std::optional<JoinedNamespaces> namespaces_;
  std::unique_ptr<Sensor> sensor_;
};

constexpr const char* kEchoes =
    "icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-echoreply or "
    "(icmp6 and (ip6[40] = 128 or ip6[40] = 129))";

TEST_P(LiveWatch, TellsThePingsAndNothingElse) {
  const auto stream = watch(kEchoes);
  JoinedNamespaces::run(left(), "ping -q -c 3 -i 0.1 10.77.0.2; ping -q -c 2 -i 0.1 fd77::2");
  JoinedNamespaces::run(left(), "nc -w 1 10.77.0.2 4444 || true");
  const std::vector<StreamedPacket> packets = collect(*stream);
  EXPECT_EQ(counted(packets, VDT_DIRECTION_IN), 5);
  EXPECT_EQ(counted(packets, VDT_DIRECTION_OUT), 5);
  for (const StreamedPacket& packet : packets) {
    EXPECT_EQ(packet.interface_name, "veth0");
    EXPECT_EQ(packet.length, packet.bytes.size());
    EXPECT_EQ(packet.segments, 1U);
    EXPECT_TRUE(packet.length == 98 || packet.length == 118) << packet.length;
  }
  EXPECT_TRUE(std::is_sorted(packets.begin(), packets.end(),
                             [](const StreamedPacket& a, const StreamedPacket& b) { return a.id < b.id; }));
  EXPECT_EQ(stream->lost(), 0U);
}

TEST_P(LiveWatch, EndsAfterItsCount) {
  const auto stream = watch("icmp", 5);
  JoinedNamespaces::run(left(), "ping -q -c 6 -i 0.1 10.77.0.2");
  std::vector<StreamedPacket> packets;
  while (stream->next(packets, std::chrono::seconds(2))) continue;
  EXPECT_EQ(packets.size(), 5U);
}

// On its way out a TCP segment's payload lies in pages, and in one frame for several segments: the filter
// reads there too.
TEST_P(LiveWatch, ReadsPayloadThatLiesInPages) {
  constexpr std::size_t kSegment = 1448;  // bytes: an MTU of 1,500 without IPv4, TCP and timestamps
  const auto stream = watch("dst port 8080 and tcp[((tcp[12] & 0xf0) >> 2):4] = 0x56444554");
  const Process server(left(), {"nc", "-l", "8080"});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(left(), 8080));
  JoinedNamespaces::run(right(), "yes VDET | head -c 5000 | nc -N 10.77.0.1 8080");
  const std::vector<StreamedPacket> packets = collect(*stream);
  ASSERT_FALSE(packets.empty());
  std::size_t payload = 0;
  for (const StreamedPacket& packet : packets) {
    const std::size_t headers = 14 + 20 + (packet.bytes.at(14 + 20 + 12) >> 4) * 4U;
    EXPECT_EQ(packet.direction, VDT_DIRECTION_OUT);
    EXPECT_EQ(packet.bytes.size(), packet.length);
    EXPECT_EQ(std::string(packet.bytes.begin() + static_cast<std::ptrdiff_t>(headers),
                          packet.bytes.begin() + static_cast<std::ptrdiff_t>(headers) + 5),
              "VDET\n");
    const std::size_t carried = packet.bytes.size() - headers;
    EXPECT_EQ(packet.segments, (carried + kSegment - 1) / kSegment);
    payload += carried;
  }
  EXPECT_GT(payload, 1000U);
}

// The kernel takes an incoming frame's tag out of the bytes before tc sees it, and after XDP did.
TEST_P(LiveWatch, SeesVlanTagsAsTheyAreOnTheWire) {
  std::vector<Frame> sent;
  std::vector<Frame> expected;
  const ClassicProgram filter = *compile_filter("vlan 100 and tcp");
  for (Frame frame : made_frames()) {
    if (!tag_of(frame)) continue;
    frame.resize(std::max<std::size_t>(frame.size(), 60));
    sent.push_back(frame);
    if (interpret(filter, frame, static_cast<std::uint32_t>(frame.size()))) expected.push_back(frame);
  }
  ASSERT_FALSE(expected.empty());
  ASSERT_LT(expected.size(), sent.size());
  const auto tagged = watch("vlan");
  const auto stream = watch("vlan 100 and tcp");
  send_from_left(sent);
  EXPECT_EQ(frames_of(collect(*stream)), expected);
  EXPECT_EQ(frames_of(collect(*tagged)), sent);
}

TEST_P(LiveWatch, TellsOrCountsEachPacketOfAFlood) {
  constexpr std::uint64_t kSent = 10'000;
  const auto stream = watch("icmp and len > 1000", 0, 128);
  JoinedNamespaces::run(left(), fmt::format("ping -q -f -c {} -s 1200 10.77.0.2 > /dev/null", kSent));
  const std::vector<StreamedPacket> packets = collect(*stream);
  EXPECT_EQ(packets.size() + stream->lost(), 2 * kSent);
}

INSTANTIATE_TEST_SUITE_P(Hooks, LiveWatch,
                         ::testing::Values(IngressMode::kXdpNative, IngressMode::kXdpGeneric,
                                           IngressMode::kTc),
                         [](const auto& mode) {
                           if (mode.param == IngressMode::kTc) return "tc";
                           return mode.param == IngressMode::kXdpNative ? "xdp_native" : "xdp_generic";
                         });

}  // namespace
}  // namespace vedette::tests
