// What becomes of a filter's text, without a kernel: libpcap's program, its words about a bad filter, and the
// shape of the eBPF program made of it.
#include "watch/classic_filter.h"

#include <gtest/gtest.h>

#include "tests/watch/frames.h"
#include "watch/watch_program.h"

namespace vedette::tests {
namespace {

Result<std::vector<bpf_insn>> write(const ClassicProgram& program, Hook hook = Hook::kXdp) {
  return write_watch_program(program, hook, {}, {3, 4});
}

std::string refusal(const ClassicProgram& program) {
  const Result<std::vector<bpf_insn>> written = write(program);
  return written ? "" : written.error().text();
}

// What libpcap says stands between the two, and differs from version to version.
TEST(ClassicFilter, TellsWhereAFilterIsWrong) {
  struct {
    const char* filter;
    const char* column;
    const char* place;
  } const kRefused[] = {
      {"tcp prot 80", "5", "at \"prot 80\""},
      {"nonsense", "1", "at \"nonsense\""},
      {"tcp and", "8", "where the filter ends"},
      {"tcp  and udp prot 53 or icmp", "14", "at \"prot 53 or icmp\""},
      {"host 192.0.2.1 and (port 80", "28", "where the filter ends"},
      {"(tcp or not (udp and pört 9))", "22", "at \"pört 9))\""},
      {"tcp)", "4", "at \")\""},
      {"tcp[13] & 2 != 0 and tcp[", "22", "at \"tcp[\""},
      {"tcp or port nosuchport", "8", "at \"port nosuchport\""},
      {"ip6 host 192.0.2.1", "5", "at \"host 192.0.2.1\""},
  };
  for (const auto& [filter, column, place] : kRefused) {
    const Result<ClassicProgram> refused = compile_filter(filter);
    ASSERT_FALSE(refused) << filter;
    EXPECT_EQ(refused.error().exit_status(), 2);
    EXPECT_EQ(refused.error().where, std::string("filter: column ") + column) << filter;
    EXPECT_TRUE(refused.error().what.ends_with(std::string(" ") + place))
        << filter << ": " << refused.error().what;
    EXPECT_EQ(refused.error().what.find("can't parse"), std::string::npos);
  }
}

TEST(ClassicFilter, TakesEveryPacketWhereItIsEmpty) {
  const Result<ClassicProgram> program = compile_filter("");
  ASSERT_TRUE(program);
  for (const Frame& frame : made_frames()) EXPECT_TRUE(interpret(*program, frame, 14));
}

TEST(ClassicFilter, ReadsNothingBeyondWhatWasCaptured) {
  const ClassicProgram program = *compile_filter("ether[60] = 0");
  const Frame frame(60, 0);
  EXPECT_FALSE(interpret(program, frame, 1500));
}

TEST(WatchProgram, RefusesWhatIsNoClassicProgram) {
  EXPECT_EQ(refusal({}), "filter: 1 to 4096 instructions expected, 0 found");
  EXPECT_EQ(refusal({{0x00, 0, 0, 1}}), "filter: instruction 0: no return at the end");
  EXPECT_EQ(refusal({{0x60, 0, 0, 16}, {0x06, 0, 0, 1}}),
            "filter: instruction 0: 16 words of memory, word 16 read");
  EXPECT_EQ(refusal({{0x02, 0, 0, 99}, {0x06, 0, 0, 1}}),
            "filter: instruction 0: 16 words of memory, word 99 written");
  EXPECT_EQ(refusal({{0x15, 1, 0, 0}, {0x06, 0, 0, 1}}), "filter: instruction 0: jump beyond the program");
  EXPECT_EQ(refusal({{0x05, 0, 0, 1}, {0x06, 0, 0, 1}}), "filter: instruction 0: jump beyond the program");
  EXPECT_EQ(refusal({{0x34, 0, 0, 0}, {0x06, 0, 0, 1}}),
            "filter: instruction 0: a divisor other than 0 expected");
  EXPECT_EQ(refusal({{0x18, 0, 0, 0}, {0x06, 0, 0, 1}}), "");
  EXPECT_EQ(refusal({{0xc0, 0, 0, 0}, {0x06, 0, 0, 1}}),
            "filter: instruction 0: a classic BPF instruction expected, code 0x00c0 found");
}

TEST(WatchProgram, SaysThatHeaderChainsAreNotWalked) {
  const std::string said = refusal(*compile_filter("ip6 protochain 6"));
  EXPECT_NE(said.find("protochain"), std::string::npos);
}

TEST(WatchProgram, LeavesOutWhatCantBeReached) {
  const std::size_t never = write({{0x06, 0, 0, 0}})->size();
  const std::size_t always = write({{0x06, 0, 0, 1}})->size();
  EXPECT_LT(never, always);
  // Instructions behind a return, to which nothing jumps.
  EXPECT_EQ(write({{0x06, 0, 0, 1}, {0x20, 0, 0, 0}, {0x20, 0, 0, 4}, {0x06, 0, 0, 1}})->size(), always);
}

TEST(WatchProgram, HasAFormForTakenOutTagsAtTcAlone) {
  const ClassicProgram program = *compile_filter("tcp port 80");
  EXPECT_GT(write(program, Hook::kTc)->size(), 2 * write(program, Hook::kXdp)->size());
}

TEST(WatchProgram, TellsThatAFilterNeedsTooLongAJump) {
  // A jump over four thousand reads at tc, each of more than ten instructions.
  ClassicProgram program{{0x15, 1, 0, 0}, {0x05, 0, 0, 3999}};
  program.resize(4001, {0x40, 0, 0, 20});
  program.push_back({0x06, 0, 0, 1});
  const Result<std::vector<bpf_insn>> written = write(program, Hook::kTc);
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().text().find("32,767"), std::string::npos);
  EXPECT_EQ(written.error().exit_status(), 2);
}

}  // namespace
}  // namespace vedette::tests
