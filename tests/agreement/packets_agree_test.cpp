// Every Ethernet frame of every capture through the real packet programs, and through the file's parser: each
// field must be the same. What a capture cut off is cut off for both.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "flow/fragment_tracker.h"
#include "packet/parse.h"
#include "parse/frame.h"
#include "tests/agreement/ethernet_captures.h"
#include "tests/agreement/kernel_path.h"
#include "tests/agreement/packet_fields.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::size_t kShown = 20;  // differences that are printed

class PacketsAgree : public ::testing::TestWithParam<Hook> {
 protected:
  void compare(const std::filesystem::path& file, KernelPath& kernel) {
    FragmentTracker fragments;
    std::size_t number = 0;
    kernel.forget();
    for_each_ethernet_frame(file, [&](std::span<const std::uint8_t> frame) {
      number++;
      kernel.forget_flows();
      const auto outcome = kernel.run(GetParam(), frame);
      if (!outcome) {
        ADD_FAILURE() << file << ", Ethernet frame " << number << ": " << outcome.error().text();
        return;
      }
      counts_[static_cast<std::size_t>(*outcome)]++;
      if (*outcome != Outcome::kRan) return;
      vdt_packet expected;
      parse_packet(LinkType::kEthernet, visible(GetParam(), frame), static_cast<std::uint32_t>(frame.size()),
                   expected);
      // The kernel has joined a later fragment to its flow by then; in user space the flow table does.
      if (expected.core.facts & VDT_FACT_FRAGMENT)
        fragments.resolve(expected.core, Nanoseconds{}, expected.core.key);
      const std::string found = differences(kernel.packet(), expected);
      if (found.empty()) return;
      if (++different_ <= kShown)
        ADD_FAILURE() << file << ", Ethernet frame " << number << " of " << frame.size()
                      << " bytes: " << found;
    });
  }

  [[nodiscard]] std::size_t count(Outcome outcome) const {
    return counts_[static_cast<std::size_t>(outcome)];
  }

  std::array<std::size_t, 3> counts_{};  // frames by Outcome
  std::size_t different_ = 0;
};

TEST_P(PacketsAgree, FieldByFieldOverAllCaptures) {
  VEDETTE_REQUIRE(kBpf);
  const auto folder = captures();
  if (!folder) GTEST_SKIP() << kNoCaptures;
  auto kernel = KernelPath::open(VDT_FLOW_WAYS);
  ASSERT_TRUE(kernel) << kernel.error().text();
  if (!(*kernel)->offers(GetParam())) GTEST_SKIP() << kCantSplit;
  for (const auto& file : capture_files(*folder)) compare(file, **kernel);
  fmt::print(
      "{}: {} frames compared, {} different; not testable by BPF_PROG_TEST_RUN: {} too short, {} too long\n",
      hook_name(GetParam()), count(Outcome::kRan), different_, count(Outcome::kTooShort),
      count(Outcome::kTooLong));
  EXPECT_GT(count(Outcome::kRan), 100'000U) << "too few to speak of all captures";
  EXPECT_EQ(different_, 0U);
}

// The short way through a frame says what the walk says, wherever the frame ends.
TEST(PlainFrames, AreParsedAsTheWalkWould) {
  const auto folder = captures();
  if (!folder) GTEST_SKIP() << kNoCaptures;
  std::size_t frames = 0, plain = 0, different = 0;
  for (const auto& file : capture_files(*folder)) {
    for_each_ethernet_frame(file, [&](std::span<const std::uint8_t> frame) {
      frames++;
      const std::size_t headers = std::min<std::size_t>(frame.size(), 14 + 40 + 60);
      for (std::size_t held = 0; held <= headers; held++) {
        const std::uint8_t* end = frame.data() + (held == headers ? frame.size() : held);
        // As snapped, and as the whole frame.
        for (const std::size_t length : {frame.size(), held}) {
          vdt_packet walked, parsed;
          vdt_walk_frame(frame.data(), end, static_cast<std::uint32_t>(length), &walked);
          vdt_parse_tunnels(frame.data(), end, &walked);
          vdt_parse_frame(frame.data(), end, static_cast<std::uint32_t>(length), &parsed);
          const std::string found = differences(parsed, walked);
          if (found.empty()) continue;
          if (++different <= kShown)
            ADD_FAILURE() << file << ", " << held << " bytes of " << length << ": " << found;
        }
      }
      vdt_packet_core core;
      plain += vdt_parse_plain(frame.data(), frame.data() + frame.size(),
                               static_cast<std::uint32_t>(frame.size()), &core);
    });
  }
  fmt::print("{} of {} frames are plain\n", plain, frames);
  EXPECT_GT(plain, frames / 2) << "too few to speak of";
  EXPECT_EQ(different, 0U);
}

INSTANTIATE_TEST_SUITE_P(Hooks, PacketsAgree, ::testing::ValuesIn(kAllHooks),
                         [](const auto& hook) { return std::string(hook_name(hook.param)); });

}  // namespace
}  // namespace vedette::tests
