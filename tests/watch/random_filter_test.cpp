// Random valid classic BPF programs over random frames: each hook's kernel program decides what libpcap's
// interpreter decides.
#include <gtest/gtest.h>

#include <random>

#include "tests/requirements.h"
#include "tests/watch/frames.h"
#include "tests/watch/kernel_filter.h"

namespace vedette::tests {
namespace {

constexpr int kPrograms = 300;
constexpr int kFramesAProgram = 40;

// Draws instructions that classic BPF defines: no shift by 32 or more, no word read before it was written.
class Drawer {
 public:
  explicit Drawer(std::uint32_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random_);
  }

  // Small, at an edge, or anything.
  std::uint32_t number() {
    constexpr std::uint32_t kEdges[] = {0,       1,          2,          3,          12,        13,
                                        14,      15,         16,         255,        0x800,     0xffff,
                                        0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    switch (below(3)) {
      case 0:
        return below(80);
      case 1:
        return kEdges[below(std::size(kEdges))];
      default:
        return static_cast<std::uint32_t>(random_());
    }
  }

  std::uint32_t offset() { return below(12) == 0 ? number() : below(70); }

  ClassicInstruction any(std::uint8_t left) {
    constexpr std::uint16_t kSizes[] = {0x00, 0x08, 0x10};
    constexpr std::uint16_t kOperations[] = {0x00, 0x10, 0x20, 0x40, 0x50, 0xa0};  // add sub mul or and xor
    constexpr std::uint16_t kComparisons[] = {0x10, 0x20, 0x30, 0x40};
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
        return {static_cast<std::uint16_t>(0x20 | kSizes[below(3)]), 0, 0, offset()};
      case 3:
        return {static_cast<std::uint16_t>(0x40 | kSizes[below(3)]), 0, 0, offset()};
      case 4:
        return {0xb1, 0, 0, offset()};  // ldxb 4*([k]&0xf)
      case 5:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x80 : 0x81), 0, 0, 0};  // ld, ldx length
      case 6:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x00 : 0x01), 0, 0, number()};
      case 7:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x60 : 0x61), 0, 0, below(16)};
      case 8:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x02 : 0x03), 0, 0, below(16)};
      case 9:
        return {static_cast<std::uint16_t>(0x04 | kOperations[below(6)] | 8 * below(2)), 0, 0, number()};
      case 10:
        return arithmetic();
      case 11:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x07 : 0x87), 0, 0, 0};
      default:
        return {static_cast<std::uint16_t>(0x05 | kComparisons[below(4)] | 8 * below(2)),
                static_cast<std::uint8_t>(below(left)), static_cast<std::uint8_t>(below(left)), number()};
    }
  }

  // What has a case of its own: division, remainder, shifts, negation, and bounds that make X an offset.
  ClassicInstruction arithmetic() {
    switch (below(6)) {
      case 0:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x34 : 0x94), 0, 0, number() | 1};
      case 1:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x3c : 0x9c), 0, 0, 0};
      case 2:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x64 : 0x74), 0, 0, below(32)};
      case 3:
        return {static_cast<std::uint16_t>(below(2) != 0 ? 0x6c : 0x7c), 0, 0, 0};
      case 4:
        return {0x84, 0, 0, 0};
      default:
        return {0x54, 0, 0, 0x1f};
    }
  }

  ClassicProgram program() {
    ClassicProgram drawn;
    for (std::uint32_t word = 0; word < 16; ++word) drawn.push_back({0x02, 0, 0, word});
    const std::uint32_t size = 3 + below(40);
    for (std::uint32_t left = size; left > 0; --left) drawn.push_back(any(static_cast<std::uint8_t>(left)));
    drawn.push_back(below(2) != 0 ? ClassicInstruction{0x16, 0, 0, 0}
                                  : ClassicInstruction{0x06, 0, 0, below(2)});
    // So that a program that never jumps can say either.
    drawn.push_back({0x06, 0, 0, 1});
    return drawn;
  }

  Frame frame() {
    Frame drawn(15 + below(70));  // one more than a bare Ethernet header, which tc isn't given
    for (std::uint8_t& byte : drawn) byte = static_cast<std::uint8_t>(below(3) == 0 ? below(4) : below(256));
    return drawn;
  }

 private:
  std::mt19937 random_;
};

class RandomFilter : public ::testing::TestWithParam<Hook> {};

TEST_P(RandomFilter, DecidesAsLibpcap) {
  VEDETTE_REQUIRE(kBpf);
  int matched = 0;
  int decided = 0;
  for (std::uint32_t seed = 0; seed < kPrograms; ++seed) {
    Drawer drawer(seed);
    const ClassicProgram program = drawer.program();
    const KernelFilter kernel(program, GetParam());
    ASSERT_EQ(kernel.error(), "") << "seed " << seed;
    for (int run = 0; run < kFramesAProgram; ++run) {
      const Frame frame = drawer.frame();
      const std::optional<bool> found = kernel.matches(frame);
      if (!found) continue;
      ++decided;
      const bool expected = interpret(program, frame, static_cast<std::uint32_t>(frame.size()));
      matched += expected ? 1 : 0;
      ASSERT_EQ(*found, expected) << "seed " << seed << ", run " << run;
    }
  }
  EXPECT_GT(decided, kPrograms * kFramesAProgram / 2);
  EXPECT_GT(matched, decided / 20);
  EXPECT_LT(matched, decided * 19 / 20);
}

TEST(RandomFilterAtTc, SeesATagThatTheDeviceTookOut) {
  VEDETTE_REQUIRE(kBpf);
  int decided = 0;
  for (std::uint32_t seed = 0; seed < kPrograms; ++seed) {
    Drawer drawer(seed);
    const ClassicProgram program = drawer.program();
    const KernelFilter kernel(program, Hook::kTc);
    ASSERT_EQ(kernel.error(), "") << "seed " << seed;
    for (int run = 0; run < kFramesAProgram; ++run) {
      Frame frame = drawer.frame();
      frame[12] = 0x81;
      frame[13] = 0x00;
      const std::optional<TakenTag> tag = tag_of(frame);
      if (!tag) continue;
      const std::optional<bool> found = kernel.matches_tagged(without_tag(frame), *tag);
      if (!found) continue;
      ++decided;
      ASSERT_EQ(*found, interpret(program, frame, static_cast<std::uint32_t>(frame.size())))
          << "seed " << seed << ", run " << run;
    }
  }
  EXPECT_GT(decided, kPrograms * kFramesAProgram / 2);
}

INSTANTIATE_TEST_SUITE_P(Hooks, RandomFilter, ::testing::ValuesIn(kHooks), [](const auto& hook) {
  return std::string(hook.param == Hook::kXdpFrags ? "xdp_frags" : hook_name(hook.param));
});

}  // namespace
}  // namespace vedette::tests
