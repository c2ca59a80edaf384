#include "sensor/interface_keeper.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>

#include "kernel/link_monitor.h"
#include "sensor/direction_counts.h"

namespace vedette {

namespace {

bool is_pattern(const std::string& name) {
  return name.find_first_of("*?[") != std::string::npos;
}

std::vector<std::string> names_of(const std::map<int, std::string>& interfaces) {
  std::vector<std::string> names;
  names.reserve(interfaces.size());
  for (const auto& [ifindex, name] : interfaces) names.push_back(name);
  return names;
}

std::string there_are(const std::vector<std::string>& names) {
  return fmt::format("there are: {}", fmt::join(names, ", "));
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += text.empty() ? part : "; " + part;
  return text;
}

bool is_wanted(const std::string& name, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(
      wanted, [&](const std::string& one) { return fnmatch(one.c_str(), name.c_str(), 0) == 0; });
}

}  // namespace

InterfaceKeeper::InterfaceKeeper(PacketPrograms& programs, std::vector<std::string> wanted, IngressMode mode,
                                 bool egress, Note note, Named named, Forgotten forgotten)
    : programs_(programs),
      wanted_(std::move(wanted)),
      mode_(mode),
      egress_(egress),
      note_(std::move(note)),
      named_(std::move(named)),
      forgotten_(std::move(forgotten)) {}

void InterfaceKeeper::attach(int ifindex, const std::string& name) {
  Kept& kept = kept_[ifindex];
  kept.name = name;
  kept.present = true;
  named_(static_cast<std::uint32_t>(ifindex), name);
  auto hooks = programs_.attach(ifindex, mode_, egress_);
  kept.failure = hooks ? "" : hooks.error().text();
  if (!hooks) {
    note_(kept.failure);
    return;
  }
  const std::string tried = joined((*hooks)->why);
  note_(fmt::format("{}: attached, ingress {}, egress {}{}", name,
                    attach_point_name((*hooks)->ingress->point()),
                    (*hooks)->egress ? attach_point_name((*hooks)->egress->point()) : "none",
                    tried.empty() ? "" : " (" + tried + ")"));
}

Result<void> InterfaceKeeper::examine(const std::vector<std::string>& wanted) {
  const std::vector<std::string> names = names_of(LinkMonitor::interfaces());
  for (const std::string& name : wanted)
    if (!is_pattern(name) && std::ranges::find(names, name) == names.end())
      return unusable(name, "no such interface", there_are(names));
  if (std::ranges::any_of(names, [&](const std::string& name) { return is_wanted(name, wanted); })) return {};
  return unusable(joined(wanted), "no interface matches", there_are(names));
}

Result<void> InterfaceKeeper::begin() {
  follow();
  if (!programs_.interfaces().empty()) return {};
  std::vector<std::string> failures;
  for (const auto& [ifindex, kept] : kept_) failures.push_back(kept.failure);
  return failed(joined(wanted_), failures.empty() ? "the interface has gone" : joined(failures),
                "vedette doctor says what this machine allows");
}

void InterfaceKeeper::follow() {
  const auto present = LinkMonitor::interfaces();
  for (auto& [ifindex, kept] : kept_) {
    if (!kept.present || present.contains(ifindex)) continue;
    kept.present = false;
    gone_.push_back(ifindex);
    programs_.detach(ifindex);
    note_(fmt::format("{}: gone", kept.name));
  }
  forget_oldest();
  for (const auto& [ifindex, name] : present) {
    const auto known = kept_.find(ifindex);
    if (known != kept_.end() && known->second.present) {
      if (known->second.name == name) continue;
      note_(fmt::format("{}: is now called {}", known->second.name, name));
      known->second.name = name;
      named_(static_cast<std::uint32_t>(ifindex), name);
    } else if (is_wanted(name, wanted_)) {
      attach(ifindex, name);
    }
  }
}

void InterfaceKeeper::forget_oldest() {
  constexpr std::size_t kGoneKept = 64;
  for (; gone_.size() > kGoneKept; gone_.pop_front()) {
    const auto oldest = kept_.find(gone_.front());
    // One that came again goes on.
    if (oldest == kept_.end() || oldest->second.present) continue;
    forgotten_(static_cast<std::uint32_t>(oldest->first));
    programs_.forget(oldest->first);
    kept_.erase(oldest);
  }
}

std::vector<InterfaceStatus> InterfaceKeeper::status() const {
  std::vector<InterfaceStatus> all;
  for (const auto& [ifindex, kept] : kept_) {
    const vdt_counters counters = programs_.counters().of(ifindex);
    InterfaceStatus status{
        .name = kept.name,
        .ifindex = static_cast<std::uint32_t>(ifindex),
        .ingress = "none",
        .egress = "none",
        .why = {},
        .in = direction_counts(counters.direction[VDT_DIRECTION_IN]),
        .out = direction_counts(counters.direction[VDT_DIRECTION_OUT]),
        .unseen = {},
    };
    const auto hooks = programs_.interfaces().find(ifindex);
    if (hooks != programs_.interfaces().end()) {
      if (hooks->second.ingress) status.ingress = attach_point_name(hooks->second.ingress->point());
      if (hooks->second.egress) status.egress = attach_point_name(hooks->second.egress->point());
      status.why = hooks->second.why;
    } else {
      status.why.push_back(kept.present ? kept.failure : "the interface is gone");
    }
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace vedette
