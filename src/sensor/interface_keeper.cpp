#include "sensor/interface_keeper.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <ranges>

#include "kernel/link_monitor.h"
#include "sensor/direction_counts.h"

namespace vedette {

namespace {

bool is_pattern(const std::string& name) {
  return name.find_first_of("*?[") != std::string::npos;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += text.empty() ? part : "; " + part;
  return text;
}

}  // namespace

InterfaceKeeper::InterfaceKeeper(PacketPrograms& programs, std::vector<std::string> wanted, IngressMode mode,
                                 bool egress, Note note, Named named)
    : programs_(programs),
      wanted_(std::move(wanted)),
      mode_(mode),
      egress_(egress),
      note_(std::move(note)),
      named_(std::move(named)) {}

bool InterfaceKeeper::is_wanted(const std::string& name) const {
  return std::ranges::any_of(
      wanted_, [&](const std::string& one) { return fnmatch(one.c_str(), name.c_str(), 0) == 0; });
}

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
  std::erase_if(kept_, [&](const auto& one) {
    return !one.second.present && InterfaceCounters::share(one.first, ifindex);
  });
  const std::string tried = joined((*hooks)->why);
  note_(fmt::format("{}: attached, ingress {}, egress {}{}", name,
                    attach_point_name((*hooks)->ingress->point()),
                    (*hooks)->egress ? attach_point_name((*hooks)->egress->point()) : "none",
                    tried.empty() ? "" : " (" + tried + ")"));
}

Result<void> InterfaceKeeper::begin() {
  const auto present = LinkMonitor::interfaces();
  for (const std::string& name : wanted_) {
    const bool found = std::ranges::any_of(present, [&](const auto& one) { return one.second == name; });
    if (found || is_pattern(name)) continue;
    std::vector<std::string> names;
    for (const auto& [ifindex, one] : present) names.push_back(one);
    return unusable(name, "no such interface", "there are: " + joined(names));
  }
  follow();
  if (!programs_.interfaces().empty()) return {};
  std::vector<std::string> failures;
  for (const auto& [ifindex, kept] : kept_) failures.push_back(kept.failure);
  return failed(joined(wanted_), failures.empty() ? "no interface matches" : joined(failures),
                "vedette doctor says what this machine allows");
}

void InterfaceKeeper::follow() {
  const auto present = LinkMonitor::interfaces();
  for (auto& [ifindex, kept] : kept_) {
    if (!kept.present || present.contains(ifindex)) continue;
    kept.present = false;
    programs_.detach(ifindex);
    note_(fmt::format("{}: gone", kept.name));
  }
  for (const auto& [ifindex, name] : present) {
    const auto known = kept_.find(ifindex);
    if (known != kept_.end() && known->second.present) {
      if (known->second.name == name) continue;
      note_(fmt::format("{}: is now called {}", known->second.name, name));
      known->second.name = name;
      named_(static_cast<std::uint32_t>(ifindex), name);
    } else if (is_wanted(name)) {
      attach(ifindex, name);
    }
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
