#include "detect/bare_shell.h"

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Ends4 kOut{0x0a000005, 0xc6336402};

class BareShellTest : public WatchedTraffic {
 protected:
  void say(std::uint16_t port, std::string_view words, Nanoseconds time) {
    send(kOut, VDT_IP_TCP, tcp(40000, port, 0x18, {}, text(words)), time);
  }
};

TEST_F(BareShellTest, IsWhatAShellWithoutATerminalSays) {
  say(4444, "bash: cannot set terminal process group (812): Inappropriate ioctl for device\n", 1s);
  finish();
  ASSERT_EQ(raised_by("bare_shell"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kHigh);
}

TEST_F(BareShellTest, IsAScriptThatComesFirst) {
  say(33333, "#!/bin/sh\ncd /tmp\n", 1s);
  finish();
  ASSERT_EQ(raised_by("bare_script"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kLow);
}

TEST_F(BareShellTest, IsNotInProtocolsThatCarryTexts) {
  say(80, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n#!/bin/sh\n", 1s);
  say(23, "Microsoft Windows [Version 10.0.19045]\r\n", 2s);
  say(5000, "bash scripts are fine to talk about", 3s);
  say(5001, "#!/not/an/interpreter", 4s);
  finish();
  EXPECT_EQ(raised_by("bare_shell") + raised_by("bare_script"), 0U);
}

}  // namespace
}  // namespace vedette::tests
