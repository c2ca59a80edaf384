#include "act/finding_hook.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "detect/finding_json.h"

namespace vedette {

Result<FindingHooks> FindingHooks::open(const HookOptions& options, const HookNote& note) {
  FindingHooks all;
  all.least_ = options.least;
  for (const auto& command : options.commands) {
    auto hook = make_command_hook(command, options, note);
    if (!hook) return std::unexpected(hook.error());
    all.hooks_.push_back(std::move(*hook));
  }
  for (const std::string& url : options.urls) {
    auto hook = make_url_hook(url, options, note);
    if (!hook) return std::unexpected(hook.error());
    all.hooks_.push_back(std::move(*hook));
  }
  return all;
}

void FindingHooks::tell(const Finding& finding) const {
  if (hooks_.empty() || finding.severity < least_) return;
  fmt::memory_buffer text;
  JsonWriter json(text);
  write_finding(json, finding);
  for (const auto& hook : hooks_) hook->tell(fmt::to_string(text));
}

std::vector<HookStatus> FindingHooks::status() const {
  std::vector<HookStatus> all;
  for (const auto& hook : hooks_) all.push_back(hook->status());
  return all;
}

std::uint64_t FindingHooks::lost() const {
  std::uint64_t lost = 0;
  for (const auto& hook : hooks_) {
    const HookStatus status = hook->status();
    lost += status.failed + status.dropped;
  }
  return lost;
}

}  // namespace vedette
