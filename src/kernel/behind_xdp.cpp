#include "kernel/behind_xdp.h"

#include <array>
#include <filesystem>

#include "kernel/pin_directory.h"

namespace vedette {

namespace {

constexpr std::array kHooks{AttachPoint::kTcxIngress, AttachPoint::kClsactIngress};

bool by_xdp(const InterfaceHooks& hooks) {
  return hooks.ingress && (hooks.ingress->point() == AttachPoint::kXdpNative ||
                           hooks.ingress->point() == AttachPoint::kXdpGeneric);
}

}  // namespace

Result<void> BehindXdp::follow(std::optional<int> program) {
  const std::filesystem::path folder = programs_.pins().path(folder_);
  if (!program && !std::filesystem::exists(folder)) return {};
  const auto pins = PinDirectory::open(folder);
  if (!pins) return std::unexpected(pins.error());
  const auto wanted = [&](int ifindex) {
    const auto there = programs_.interfaces().find(ifindex);
    return program && there != programs_.interfaces().end() && by_xdp(there->second);
  };
  for (auto one = attached_.begin(); one != attached_.end();) {
    if (wanted(one->first)) {
      ++one;
      continue;
    }
    one->second.detach(*pins);
    one = attached_.erase(one);
  }
  // What a dead daemon left.
  Attachment::drop_others(*pins, wanted);
  Result<void> all;
  for (const auto& [ifindex, hooks] : programs_.interfaces())
    if (wanted(ifindex) && !attached_.contains(ifindex))
      if (auto on = attach_to(ifindex, *program, *pins); !on) all = on;
  return all;
}

Result<void> BehindXdp::attach_to(int ifindex, int program, const PinDirectory& pins) {
  for (const AttachPoint hook : kHooks)
    if (auto resumed = Attachment::resume(hook, ifindex, program, pins)) {
      attached_.insert_or_assign(ifindex, std::move(*resumed));
      return {};
    }
  Error last;
  for (const AttachPoint hook : kHooks) {
    auto attached = Attachment::attach(hook, ifindex, program, pins);
    if (attached) {
      attached_.insert_or_assign(ifindex, std::move(*attached));
      return {};
    }
    last = attached.error();
  }
  return std::unexpected(last);
}

}  // namespace vedette
