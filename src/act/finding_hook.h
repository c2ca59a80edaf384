// Whom findings are handed to beside the API: a program of the operator's, or a URL. Each hook has a thread
// and a bounded queue of its own: one that hangs or fails holds up nobody, and what it leaves untold is
// counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "detect/finding.h"

namespace vedette {

struct HookOptions {
  std::vector<std::filesystem::path> commands = {};
  std::vector<std::string> urls = {};
  Severity least = Severity::kMedium;  // of a finding that is handed on
  std::chrono::seconds timeout{10};    // of a command's run, of a try at a URL
  std::size_t queue = 1000;            // findings that wait for a hook at most
};

// Offered = told + failed + dropped + waiting.
struct HookStatus {
  std::string_view kind;  // "command", "url"
  std::string target;     // its path or URL, without a password
  std::uint64_t told = 0;
  std::uint64_t failed =
      0;  // the command's exit wasn't 0, or it was ended; the URL didn't take it at any try
  std::uint64_t dropped = 0;  // the queue was full
  std::size_t waiting = 0;    // or under way
  std::string error;          // of the latest that failed; empty: the latest was told
};

// tell() and status() from any thread.
class FindingHook {
 public:
  virtual ~FindingHook() = default;
  // Never waits. `finding`: a JSON object.
  virtual void tell(std::string finding) = 0;
  [[nodiscard]] virtual HookStatus status() const = 0;
};

// A line for the log, from the hook's thread.
using HookNote = std::function<void(const std::string&)>;

// Runs the program for each finding, which it gets on standard input, without a shell: in a process group of
// its own, which is killed when it has run too long, and when the program has ended; up to four at once.
// Unusable where there is no such program, or others may write it.
[[nodiscard]] Result<std::unique_ptr<FindingHook>> make_command_hook(const std::filesystem::path& program,
                                                                     const HookOptions& options,
                                                                     HookNote note);

// Sends each finding to the URL by POST, in their order, up to five times where it isn't taken. Failed where
// libcurl isn't there, unusable where it is no URL.
[[nodiscard]] Result<std::unique_ptr<FindingHook>> make_url_hook(const std::string& url,
                                                                 const HookOptions& options, HookNote note);

// All hooks of a sensor.
class FindingHooks {
 public:
  [[nodiscard]] static Result<FindingHooks> open(const HookOptions& options, const HookNote& note);

  // Hands it to each hook, where it is grave enough. Any thread; never waits.
  void tell(const Finding& finding) const;
  [[nodiscard]] std::vector<HookStatus> status() const;
  // Findings that a hook didn't get: failed and dropped.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  std::vector<std::unique_ptr<FindingHook>> hooks_;
  Severity least_ = Severity::kMedium;
};

}  // namespace vedette
