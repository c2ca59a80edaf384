#include "kernel/process_names.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace vedette {

namespace {

constexpr Nanoseconds kNamesHold = std::chrono::seconds(1);
constexpr std::size_t kNamesKept = 4096;

Nanoseconds clock_now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
}

}  // namespace

std::optional<ProcessFacts> process_facts(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string stat((std::istreambuf_iterator<char>(file)), {});
  // proc(5): pid (comm) state …; the 22nd field is the start in ticks of CLOCK_BOOTTIME. comm may hold
  // anything.
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  std::istringstream fields(stat.substr(close + 1));
  std::string field;
  for (int number = 3; number < 22; ++number) fields >> field;
  std::uint64_t ticks = 0;
  if (!(fields >> ticks)) return std::nullopt;
  const Nanoseconds tick = std::chrono::nanoseconds(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK);
  const Nanoseconds suspended = clock_now(CLOCK_BOOTTIME) - clock_now(CLOCK_MONOTONIC);
  return ProcessFacts{.name = stat.substr(open + 1, close - open - 1),
                      .started = tick * static_cast<std::int64_t>(ticks) - suspended};
}

std::optional<std::string> ProcessNames::name(pid_t pid, Nanoseconds since, Nanoseconds now) {
  auto found = known_.find(pid);
  if (found == known_.end() || found->second.until <= now) {
    if (known_.size() >= kNamesKept) known_.clear();
    found = known_.insert_or_assign(pid, Known{process_facts(pid), now + kNamesHold}).first;
  }
  const std::optional<ProcessFacts>& facts = found->second.facts;
  if (!facts || facts->started > since) return std::nullopt;
  return facts->name;
}

}  // namespace vedette
