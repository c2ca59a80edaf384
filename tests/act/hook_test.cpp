// Hooks by real programs: each is a script that the test writes.
#include "act/finding_hook.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace vedette {
namespace {

using namespace std::chrono_literals;

class CommandHookTest : public ::testing::Test {
 protected:
  CommandHookTest() {
    char name[] = "/tmp/vedette-hook-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~CommandHookTest() override { std::filesystem::remove_all(folder_); }

  // A program of a shell's lines, in which $F is the test's folder.
  std::filesystem::path script(const std::string& lines, mode_t mode = 0755) {
    const auto file = folder_ / "hook.sh";
    std::ofstream(file) << "#!/bin/sh\nF=" << folder_.string() << "\n" << lines << "\n";
    chmod(file.c_str(), mode);
    return file;
  }
  std::unique_ptr<FindingHook> hook(const std::string& lines) {
    auto made = make_command_hook(script(lines), options_,
                                  [this](const std::string& note) { notes_ += note + "\n"; });
    EXPECT_TRUE(made) << made.error().text();
    return std::move(*made);
  }
  // Once nothing waits any more.
  static HookStatus settled(const FindingHook& hook) {
    while (hook.status().waiting != 0) std::this_thread::sleep_for(5ms);
    return hook.status();
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::stringstream all;
    all << std::ifstream(folder_ / name).rdbuf();
    return all.str();
  }

  std::filesystem::path folder_;
  HookOptions options_;
  std::string notes_;
};

TEST_F(CommandHookTest, GetsTheFindingAndNothingOfTheSensors) {
  setenv("SECRET", "1", 1);
  const int leaked = dup(0);
  const auto one = hook(
      "cat > $F/got; env > $F/environment; ls /proc/self/fd > $F/files; ps -o pgid= -p $$ > $F/group; echo "
      "$$ >> $F/group");
  one->tell(R"({"id":"1"})");
  EXPECT_EQ(settled(*one).told, 1U);
  close(leaked);
  EXPECT_EQ(text("got"), "{\"id\":\"1\"}\n");
  EXPECT_EQ(text("environment").find("SECRET"), std::string::npos);
  EXPECT_EQ(text("files"), "0\n1\n2\n3\n");  // 3: of ls
  std::istringstream group(text("group"));
  pid_t leader = 0, self = 1;
  group >> leader >> self;
  EXPECT_EQ(leader, self);
}

TEST_F(CommandHookTest, SaysWhyItFailed) {
  const auto one = hook("exit 3");
  one->tell("{}");
  EXPECT_EQ(settled(*one).failed, 1U);
  EXPECT_EQ(one->status().error, "ended with status 3");
  EXPECT_NE(notes_.find("ended with status 3"), std::string::npos);
}

TEST_F(CommandHookTest, IsEndedWithAllThatItStarted) {
  options_.timeout = 1s;
  const auto one = hook("sleep 600 & echo $! > $F/left; exec sleep 600");
  one->tell("{}");
  EXPECT_EQ(settled(*one).failed, 1U);
  EXPECT_EQ(one->status().error, "ran for more than 1 s, and was ended");
  const pid_t left = std::stoi(text("left"));
  for (int look = 0; look < 500 && kill(left, 0) == 0; look++) std::this_thread::sleep_for(10ms);
  std::string state;
  std::ifstream("/proc/" + std::to_string(left) + "/stat") >> state >> state >> state;
  EXPECT_TRUE(state.empty() || state == "Z") << state;  // ended, whoever reaps it
}

TEST_F(CommandHookTest, LeavesNothingBehindThatItsProgramLeft) {
  const auto one = hook("sleep 600 > /dev/null 2>&1 & echo $! > $F/left");
  one->tell("{}");
  EXPECT_EQ(settled(*one).told, 1U);
  const pid_t left = std::stoi(text("left"));
  std::string state = "S";
  for (int look = 0; look < 500 && !state.empty() && state != "Z"; look++) {
    std::this_thread::sleep_for(10ms);
    state.clear();
    std::ifstream("/proc/" + std::to_string(left) + "/stat") >> state >> state >> state;
  }
  EXPECT_TRUE(state.empty() || state == "Z") << state;
}

TEST_F(CommandHookTest, RunsFourAtOnceAndCountsWhatItDrops) {
  options_.queue = 10;
  const auto one = hook("echo x >> $F/runs; while [ ! -e $F/go ]; do sleep 0.01; done");
  one->tell("{}");
  while (text("runs").size() < 2) std::this_thread::sleep_for(5ms);
  for (int finding = 0; finding < 100; finding++) one->tell("{}");
  while (text("runs").size() < 8) std::this_thread::sleep_for(5ms);
  const HookStatus full = one->status();
  EXPECT_GE(full.dropped, 100U - 10 - 3);
  EXPECT_EQ(full.dropped + full.waiting, 101U);
  EXPECT_NE(notes_.find("those that come now are dropped"), std::string::npos);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(text("runs").size(), 8U);
  std::ofstream(folder_ / "go") << "";
  const HookStatus done = settled(*one);
  EXPECT_EQ(done.told + done.dropped, 101U);
  EXPECT_EQ(text("runs").size(), 2 * done.told);
}

TEST_F(CommandHookTest, EndsAtOnceWithItsProgramsStillRunning) {
  auto one = hook("echo $$ > $F/running; exec sleep 600");
  one->tell("{}");
  while (text("running").empty()) std::this_thread::sleep_for(5ms);
  const auto begun = std::chrono::steady_clock::now();
  one.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 60s);
  EXPECT_NE(kill(std::stoi(text("running")), 0), 0);
}

TEST_F(CommandHookTest, IsRefusedWhereItIsNoProgramOfTheOperators) {
  const HookNote note = [](const std::string&) {};
  EXPECT_FALSE(make_command_hook("hook.sh", options_, note));
  EXPECT_FALSE(make_command_hook(folder_ / "missing", options_, note));
  EXPECT_FALSE(make_command_hook(folder_, options_, note));
  EXPECT_FALSE(make_command_hook(script("exit 0", 0644), options_, note));
  EXPECT_FALSE(make_command_hook(script("exit 0", 0757), options_, note));
}

TEST(UrlHook, IsRefusedWhereItIsNone) {
  for (const char* url : {"", "example.com", "ftp://example.com/", "https://", "file:///etc/passwd"})
    EXPECT_FALSE(make_url_hook(url, {}, [](const std::string&) {})) << url;
}

}  // namespace
}  // namespace vedette
