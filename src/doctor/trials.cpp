#include "doctor/trials.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/file_descriptor.h"
#include "doctor/netlink.h"
#include "doctor/trial_steps.h"
#include "kernel/bpf_object.h"

namespace vedette {

namespace {

constexpr const char* kVeth = "vdt-doctor0";
constexpr const char* kPeer = "vdt-doctor1";
constexpr char kEndOfOutcome = '\0';
constexpr std::string_view kUntried = "not tried without a network namespace of its own";

void tell(int pipe_end, std::string_view outcome) {
  std::string record(outcome);
  record.push_back(kEndOfOutcome);
  std::string_view rest = record;
  while (!rest.empty()) {
    const ssize_t written = write(pipe_end, rest.data(), rest.size());
    if (written <= 0) return;  // the parent has gone; nobody is left to tell
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

// The child's whole life: one record through the pipe for each trial, in order.
void make_attempts(int pipe_end) {
  std::string no_ground;
  if (unshare(CLONE_NEWNET) != 0) no_ground = fmt::format("{}: {}", kUntried, std::strerror(errno));
  if (no_ground.empty()) {
    if (const Result<void> made = make_veth_pair(kVeth, kPeer); !made) no_ground = made.error().text();
  }
  const TrialGround ground{static_cast<int>(if_nametoindex(kVeth))};
  for (const Trial& trial : kernel_trials()) {
    const LibbpfWords quiet;
    tell(pipe_end, no_ground.empty() ? trial.attempt(ground) : no_ground);
  }
}

std::string outcomes_of_child() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  const pid_t child = fork();
  if (child < 0) return {};
  if (child == 0) {
    reader.reset();
    make_attempts(writer.get());
    _exit(0);
  }
  writer.reset();
  std::string outcomes;
  std::array<char, 1024> piece{};
  ssize_t length = 0;
  while ((length = read(reader.get(), piece.data(), piece.size())) > 0)
    outcomes.append(piece.data(), static_cast<std::size_t>(length));
  waitpid(child, nullptr, 0);
  return outcomes;
}

}  // namespace

std::vector<Fact> try_kernel() {
  const std::string outcomes = outcomes_of_child();
  std::string_view rest = outcomes;
  std::vector<Fact> facts;
  for (const Trial& trial : kernel_trials()) {
    Fact fact{std::string(trial.area), std::string(trial.name), FactState::kOn, std::string(trial.gives), {}};
    const std::size_t end = rest.find(kEndOfOutcome);
    const std::string_view outcome =
        end == std::string_view::npos ? "the attempt ended early" : rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (!outcome.empty()) {
      fact.state = FactState::kOff;
      fact.detail = fmt::format("{}; {}", outcome, trial.without);
      fact.hint = outcome.starts_with(kUntried) ? "run as root" : trial.hint;
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace vedette
