// What proves a finding: packets of its source and target from before and behind the alarm, in a bounded
// file.
#include "sensor/evidence.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "packet/parse.h"
#include "source/packet_reader.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kBegin = 1'000'000s;

class EvidenceTest : public ::testing::Test {
 protected:
  EvidenceTest() {
    std::string path = std::filesystem::temp_directory_path() / "vedette-evidence-XXXXXX";
    folder_ = mkdtemp(path.data());
  }
  ~EvidenceTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Evidence> opened(EvidenceOptions options) {
    options.folder = folder_ / "evidence";
    auto evidence = std::make_unique<Evidence>(options, [](const std::string&) {});
    EXPECT_TRUE(evidence->open());
    return evidence;
  }

  // A datagram of 192.0.2.N to 198.51.100.2.
  static void add(Evidence& evidence, std::uint8_t from, Nanoseconds time, std::string_view verdict = {}) {
    const Bytes frame =
        ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1000, 9, zeros(60)), {.last_source = from}));
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    facts.core.key.ifindex = 7;
    facts.core.direction = VDT_DIRECTION_IN;
    evidence.add(
        {.time = time, .interface_name = "eth7", .bytes = frame, .facts = &facts, .verdict = verdict});
  }

  static Finding finding_of(std::uint8_t source, Severity severity = Severity::kMedium) {
    Finding finding;
    finding.detector = "test";
    finding.severity = severity;
    finding.source = *parse_prefix("192.0.2." + std::to_string(source));
    finding.target = *parse_prefix("198.51.100.2");
    return finding;
  }

  // The file's packets.
  struct Read {
    Nanoseconds time{};
    std::uint8_t source = 0;
    std::uint8_t direction = 0;
    std::string interface;
  };
  std::vector<Read> packets_of(const Evidence& evidence, const Finding& finding) {
    std::vector<Read> all;
    const auto bytes = evidence.store().read(finding_id(finding));
    EXPECT_TRUE(bytes);
    if (!bytes) return all;
    const std::string path = folder_ / "read.pcapng";
    std::ofstream(path, std::ios::binary) << *bytes;
    const auto read = read_packets(path, {}, [&](const FilePacket& one) {
      all.push_back({one.packet.time, one.packet.facts->core.key.src.bytes[3],
                     one.packet.facts->core.direction, std::string(one.packet.interface_name)});
      return true;
    });
    EXPECT_TRUE(read) << read.error().text();
    return all;
  }

  std::filesystem::path folder_;
};

TEST_F(EvidenceTest, HoldsItsSourcesPacketsFromBeforeAndBehindTheAlarm) {
  const auto evidence = opened({});
  for (int i = 0; i < 10; i++) add(*evidence, static_cast<std::uint8_t>(1 + i % 2), kBegin + i * 1s);
  evidence->collect(finding_of(2), kBegin + 10s);
  add(*evidence, 2, kBegin + 11s);
  add(*evidence, 1, kBegin + 11s);
  evidence->go_on(kBegin + 12s);
  add(*evidence, 2, kBegin + 40s);
  evidence->go_on(kBegin + 41s);  // still in what is looked at last
  add(*evidence, 2, kBegin + 42s);
  evidence->go_on(kBegin + 43s);
  const auto packets = packets_of(*evidence, finding_of(2));
  ASSERT_EQ(packets.size(), 7U);
  for (const Read& packet : packets) {
    EXPECT_EQ(packet.source, 2);
    EXPECT_EQ(packet.direction, VDT_DIRECTION_IN);
    EXPECT_EQ(packet.interface, "eth7");
  }
  EXPECT_EQ(packets.front().time, kBegin + 1s);
}

TEST_F(EvidenceTest, IsThereOnceAndForWhatIsSevere) {
  const auto evidence = opened({});
  add(*evidence, 1, kBegin);
  evidence->collect(finding_of(1, Severity::kLow), kBegin);
  EXPECT_FALSE(evidence->store().has(finding_id(finding_of(1))));
  evidence->collect(finding_of(3), kBegin);  // of whom nothing is there
  EXPECT_FALSE(evidence->store().has(finding_id(finding_of(3))));
  evidence->collect(finding_of(1), kBegin);
  evidence->collect(finding_of(1, Severity::kHigh), kBegin);
  EXPECT_EQ(packets_of(*evidence, finding_of(1)).size(), 1U);
}

TEST_F(EvidenceTest, OfOneFindingIsBounded) {
  const auto evidence = opened({.folder = {}, .finding_bytes = 16 * 1024});
  for (int i = 0; i < 1000; i++) add(*evidence, 1, kBegin + i * 1ms);
  evidence->collect(finding_of(1), kBegin + 1s);
  for (int i = 0; i < 1000; i++) add(*evidence, 1, kBegin + 1s + i * 1ms);
  evidence->go_on(kBegin + 2s);
  const auto packets = packets_of(*evidence, finding_of(1));
  const auto before =
      std::ranges::count_if(packets, [](const Read& packet) { return packet.time < kBegin + 1s; });
  EXPECT_LE(evidence->store().bytes(), 16U * 1024 + 200);
  EXPECT_GT(before, 30);
  EXPECT_GT(packets.size() - before, 30U);
  // Of what came before, the latest.
  EXPECT_GT(packets.front().time, kBegin + 800ms);
}

TEST_F(EvidenceTest, OfOldFindingsMakesRoom) {
  const auto evidence = opened({.folder = {}, .all_bytes = 4096});
  for (int source = 1; source <= 40; source++) {
    add(*evidence, static_cast<std::uint8_t>(source), kBegin + source * 1s);
    evidence->collect(finding_of(static_cast<std::uint8_t>(source)), kBegin + source * 1s);
    EXPECT_LE(evidence->store().bytes(), 4096U);
  }
  EXPECT_FALSE(evidence->store().has(finding_id(finding_of(1))));
  EXPECT_TRUE(evidence->store().has(finding_id(finding_of(40))));
  EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator(folder_ / "evidence")),
            evidence->store().files());
  // The next sensor has them too.
  const auto next = opened({.folder = {}, .all_bytes = 4096});
  EXPECT_EQ(next->store().files(), evidence->store().files());
  EXPECT_EQ(next->store().bytes(), evidence->store().bytes());
}

TEST_F(EvidenceTest, ThatCantBeSavedInTimeIsCounted) {
  const auto evidence = opened({});
  for (int source = 1; source <= 100; source++) {
    add(*evidence, static_cast<std::uint8_t>(source), kBegin);
    evidence->collect(finding_of(static_cast<std::uint8_t>(source)), kBegin + 1ms * source);
  }
  EXPECT_EQ(evidence->store().files() + evidence->given_up(), 100U);
  EXPECT_GT(evidence->given_up(), 0U);
}

// As root may write whatever its mode is: on a disk that is full, of its own mounts.
TEST_F(EvidenceTest, BeginsOnceTheDiskHasRoom) {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=1m,nr_inodes=2") != 0)
    GTEST_SKIP() << "needs root's mounts";
  {
    std::ofstream taken(folder_ / "the-last-inode");
    ASSERT_TRUE(taken);
  }
  EvidenceOptions options;
  options.folder = folder_ / "evidence";
  std::vector<std::string> said;
  Evidence evidence(options, [&](const std::string& line) { said.push_back(line); });
  ASSERT_TRUE(evidence.open());
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].ends_with("No space left on device: no finding has evidence until that is over"))
      << said[0];
  ASSERT_TRUE(evidence.health());
  EXPECT_FALSE(evidence.health()->writing);
  EXPECT_TRUE(evidence.health()->why_not.ends_with("No space left on device")) << evidence.health()->why_not;
  add(evidence, 2, kBegin);
  evidence.collect(finding_of(2), kBegin + 1s);
  EXPECT_FALSE(evidence.store().has(finding_id(finding_of(2))));

  ASSERT_EQ(mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, "size=1m,nr_inodes=100"), 0);
  evidence.go_on(kBegin + 10s);
  EXPECT_TRUE(evidence.health()->writing) << evidence.health()->why_not;
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(said[1].ends_with("evidence: findings have evidence from now on")) << said[1];
  evidence.collect(finding_of(2), kBegin + 11s);
  EXPECT_EQ(packets_of(evidence, finding_of(2)).size(), 1U) << "of before, too";
  EXPECT_EQ(umount(folder_.c_str()), 0);
}

TEST_F(EvidenceTest, SaysThatNoneIsKept) {
  Evidence evidence({}, [](const std::string&) {});
  ASSERT_TRUE(evidence.open());
  EXPECT_FALSE(evidence.health());
}

TEST(EvidenceRing, KeepsTheLatestInItsMemory) {
  EvidenceRing ring(64 * 1024);
  const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1000, 9, zeros(300))));
  vdt_packet facts;
  parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
  for (int i = 0; i < 10'000; i++) {
    const std::size_t captured = 60 + static_cast<std::size_t>(i * 37 % 280);
    ring.add({.time = kBegin + i * 1ms,
              .interface_name = {},
              .bytes = std::span(frame).first(captured),
              .facts = &facts,
              .verdict = {}});
    if (i % 97 != 0 && i != 9'999) continue;
    int number = i;
    std::vector<std::pair<Nanoseconds, std::size_t>> kept;
    ring.for_each(0, [&](std::uint64_t place, const KeptHead& head) {
      EXPECT_TRUE(std::ranges::equal(ring.bytes_at(place), std::span(frame).first(head.captured)));
      kept.emplace_back(head.time, head.captured);
    });
    ASSERT_FALSE(kept.empty());
    for (auto one = kept.rbegin(); one != kept.rend(); ++one, number--) {
      EXPECT_EQ(one->first, kBegin + number * 1ms);
      EXPECT_EQ(one->second, 60 + static_cast<std::size_t>(number * 37 % 280));
    }
    EXPECT_GT(kept.size(), std::min<std::size_t>(static_cast<std::size_t>(i), 64U * 1024 / (340 + 2 * 128)));
  }
}

}  // namespace
}  // namespace vedette::tests
