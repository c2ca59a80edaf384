#include "detect/bare_shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "detect/flow_finding.h"
#include "packet/spoken.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// What a shell says to a pipe instead of a terminal, and what nothing else begins with.
constexpr std::string_view kShells[] = {
    "bash: cannot set terminal process group (",
    "bash: no job control in this shell",
    "sh: no job control in this shell",
    "/bin/sh: 0: can't access tty; job control turned off",
    "sh: can't access tty; job control turned off",
    "/bin/sh: can't access tty; job control turned off",
    "Microsoft Windows [Version ",
    "Windows PowerShell running as user ",  // Nishang's Invoke-PowerShellTcp
};

constexpr std::string_view kInterpreters[] = {
    "/bin/sh",     "/bin/bash",     "/bin/dash",       "/bin/ash",     "/usr/bin/env ", "/usr/bin/bash",
    "/usr/bin/sh", "/usr/bin/perl", "/usr/bin/python", "/bin/busybox", "/bin/ksh",      "/bin/zsh"};

constexpr std::uint16_t kTelnet = 23;  // where such words are at home, seen from a session's middle

// By the first letter, as this is asked of each payload.
bool may_begin_shell(std::uint8_t byte) {
  return byte == 'b' || byte == 's' || byte == '/' || byte == 'M' || byte == 'W';
}

bool is_shell(std::string_view text) {
  return std::ranges::any_of(kShells, [&](std::string_view shell) { return text.starts_with(shell); });
}

bool is_script(std::string_view text) {
  if (!text.starts_with("#!")) return false;
  text.remove_prefix(2);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return std::ranges::any_of(kInterpreters, [&](std::string_view path) { return text.starts_with(path); });
}

// No payload went this way before this step's: what is counted is frames, so headers are allowed for.
bool is_first_payload(const FlowStep& step) {
  constexpr std::uint64_t kMostHeaders = 100;  // bytes of each packet: Ethernet, IPv6, TCP with its options
  constexpr std::uint64_t kMostBefore = 3;     // SYN or SYN/ACK, ACK, and one again
  const FlowCounts& sent = step.flow.sent[step.side];
  return sent.packets <= kMostBefore + step.packets && sent.bytes - step.bytes <= kMostHeaders * kMostBefore;
}

}  // namespace

void BareShell::look(const FlowStep& step) {
  if (step.flow.spoken != kNothingSpoken) return;
  const std::uint8_t protocol = step.flow.key.protocol;
  if (protocol != VDT_IP_TCP && protocol != VDT_IP_UDP) return;
  if (step.flow.key.dst_port == kTelnet || step.flow.key.src_port == kTelnet) return;
  const auto payload = step.payload();
  if (payload.size() < 9) return;
  const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  const bool shell = may_begin_shell(payload[0]) && is_shell(text);
  const bool script = !shell && payload[0] == '#' && is_script(text) && is_first_payload(step);
  if (!shell && !script) return;

  Finding finding = finding_about(step.flow, shell ? "bare_shell" : "bare_script", FindingKind::kAnomaly,
                                  shell ? Severity::kHigh : Severity::kLow);
  finding.detected = finding.last = step.last;
  finding.why = fmt::format("{} sent {} between {}, in no protocol that is known",
                            prefix_text(host(step.sender(), step.flow.key.ip_version)),
                            shell ? "what a shell without a terminal says" : "a shell script",
                            flow_ends_text(step.flow));
  raise(std::move(finding));
}

}  // namespace vedette
