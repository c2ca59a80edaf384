#include "act/audit_trail.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace vedette {
namespace {

class AuditTrailTest : public ::testing::Test {
 protected:
  AuditTrailTest() {
    char name[] = "/tmp/vedette-audit-XXXXXX";
    folder_ = mkdtemp(name);
    options_.file = folder_ / "audit.ndjson";
  }
  ~AuditTrailTest() override { std::filesystem::remove_all(folder_); }

  static std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::vector<std::string> all;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  [[nodiscard]] std::vector<std::string> lines() const { return lines_of(options_.file); }

  static void record(AuditTrail& trail, std::string_view reason) {
    trail.record("block", {.kind = ActorKind::kOperator, .uid = 1000, .login_uid = 1001, .pid = 7},
                 [&](JsonWriter& json) { json.field("reason", reason); });
  }
  static bool is_whole(const std::string& line) {
    return line.starts_with("{\"seq\":") && line.ends_with("}");
  }

  std::filesystem::path folder_;
  AuditOptions options_;
};

TEST_F(AuditTrailTest, TellsWhatWasDoneAndByWhom) {
  AuditTrail trail(options_);
  record(trail, "a \"test\"\n");
  ASSERT_EQ(lines().size(), 1U);
  const std::string line = lines().front();
  EXPECT_TRUE(line.ends_with(
      R"("what":"block","by":"operator","uid":1000,"login_uid":1001,"pid":7,"reason":"a \"test\"\u000a"})"))
      << line;
  EXPECT_EQ(trail.page({}).events, lines());
}

TEST_F(AuditTrailTest, NumbersOnAfterARestartAndKeepsWhatWas) {
  for (int start = 0; start < 3; start++) {
    AuditTrail trail(options_);
    record(trail, "one");
  }
  const AuditTrail trail(options_);
  const EventPage page = trail.page({.limit = 2, .after = 1});
  ASSERT_EQ(page.events.size(), 2U);
  EXPECT_TRUE(page.events[0].starts_with("{\"seq\":2,"));
  EXPECT_EQ(page.last, 3U);
  EXPECT_FALSE(page.more);
  EXPECT_TRUE(trail.page({.limit = 2}).more);
}

TEST_F(AuditTrailTest, CutsOffWhatACrashLeftOfALine) {
  {
    AuditTrail trail(options_);
    record(trail, "whole");
  }
  std::ofstream(options_.file, std::ios::app) << "{\"seq\":2,\"time_ns\":17";
  AuditTrail trail(options_);
  record(trail, "next");
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_TRUE(is_whole(lines()[1]));
  EXPECT_TRUE(lines()[1].starts_with("{\"seq\":2,"));
}

TEST_F(AuditTrailTest, IsBoundedAndLosesNothingWhenItIsPutAside) {
  options_.file_bytes = 1000;
  options_.files = 4;
  options_.kept = 10;
  AuditTrail trail(options_);
  for (int event = 1; event <= 100; event++) record(trail, "filler");
  std::size_t files = 0;
  for (const auto& one : std::filesystem::directory_iterator(folder_)) {
    EXPECT_LE(one.file_size(), 1000U);
    files++;
  }
  EXPECT_EQ(files, 4U);
  // The latest, without a gap, over the files from the oldest on.
  std::vector<std::string> all;
  for (const char* name : {"audit.ndjson.3", "audit.ndjson.2", "audit.ndjson.1", "audit.ndjson"})
    for (const std::string& line : lines_of(folder_ / name)) all.push_back(line);
  for (std::size_t at = 0; at < all.size(); at++)
    EXPECT_TRUE(all[at].starts_with("{\"seq\":" + std::to_string(100 - all.size() + 1 + at) + ","));
  EXPECT_EQ(trail.page({}).events.size(), 10U);
  const AuditTrail successor(options_);
  EXPECT_EQ(successor.page({}).last, 100U);
}

TEST_F(AuditTrailTest, CountsWhatADiskThatIsFullDoesntTake) {
  std::vector<std::string> notes;
  options_.note = [&](const std::string& note) { notes.push_back(note); };
  AuditTrail trail(options_);
  record(trail, "before");
  const auto size = std::filesystem::file_size(options_.file);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  const rlimit full{size + size / 2, before.rlim_max};  // half of a line has room
  setrlimit(RLIMIT_FSIZE, &full);
  record(trail, "while full");
  record(trail, "while full");
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(trail.unwritten(), 2U);
  EXPECT_EQ(notes.size(), 1U);
  EXPECT_EQ(trail.page({}).events.size(), 3U);
  record(trail, "after");
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_TRUE(is_whole(lines()[1]));
  EXPECT_TRUE(lines()[1].starts_with("{\"seq\":4,"));
  EXPECT_EQ(trail.unwritten(), 2U);
}

TEST_F(AuditTrailTest, OutlivesAFolderThatIsntThere) {
  options_.file = "/proc/nowhere/audit.ndjson";
  AuditTrail trail(options_);
  record(trail, "one");
  EXPECT_EQ(trail.unwritten(), 1U);
  EXPECT_EQ(trail.page({}).events.size(), 1U);
}

TEST_F(AuditTrailTest, LeavesWholeLinesWhereItsProcessIsKilled) {
  const pid_t child = fork();
  if (child == 0) {
    AuditTrail trail(options_);
    while (true) record(trail, "as fast as it goes");
  }
  while (!std::filesystem::exists(options_.file) || std::filesystem::file_size(options_.file) < 200'000)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  { const AuditTrail successor(options_); }
  const auto all = lines();
  EXPECT_GT(all.size(), 1000U);
  for (const std::string& line : all) ASSERT_TRUE(is_whole(line)) << line;
}

}  // namespace
}  // namespace vedette
