// One of our programs on one hook of one interface: XDP (native or generic), tcx, or a clsact filter where
// the kernel has no tcx. Never touches what others have attached: where an XDP program of another owner is
// in the way the error says whose it is; a clsact qdisc that was there before stays.
//
// Links are pinned, so that an attachment outlives the daemon's death; resume() takes a pinned one over by
// swapping its program, without a gap.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "kernel/pin_directory.h"

namespace vedette {

enum class AttachPoint {
  kXdpNative,
  kXdpGeneric,
  kTcxIngress,
  kTcxEgress,
  kClsactIngress,
  kClsactEgress,
};

inline constexpr std::array kAttachPoints{AttachPoint::kXdpNative,     AttachPoint::kXdpGeneric,
                                          AttachPoint::kTcxIngress,    AttachPoint::kTcxEgress,
                                          AttachPoint::kClsactIngress, AttachPoint::kClsactEgress};

// "xdp-native", "xdp-generic", "tcx", "clsact".
[[nodiscard]] std::string_view attach_point_name(AttachPoint point);

// One thread at a time. Stays attached when it goes away; detach() ends it.
class Attachment {
 public:
  [[nodiscard]] static Result<Attachment> attach(AttachPoint point, int ifindex, int program_fd,
                                                 const PinDirectory& pins);

  // What a dead daemon left on this hook, with the program in the place of its own; nothing where it left
  // none.
  [[nodiscard]] static std::optional<Attachment> resume(AttachPoint point, int ifindex, int program_fd,
                                                        const PinDirectory& pins);
  // Takes off what a dead daemon left on this hook.
  static void drop(AttachPoint point, int ifindex, const PinDirectory& pins);
  // The same on every hook of the interfaces that aren't kept.
  static void drop_others(const PinDirectory& pins, const std::function<bool(int ifindex)>& keep);

  [[nodiscard]] AttachPoint point() const { return point_; }
  // Takes the program off the hook, and the pin and what else attach() made with it.
  void detach(const PinDirectory& pins);

 private:
  Attachment(AttachPoint point, int ifindex, FileDescriptor link)
      : point_(point), ifindex_(ifindex), link_(std::move(link)) {}

  static Result<Attachment> attach_link(AttachPoint point, int ifindex, int program_fd,
                                        const PinDirectory& pins);
  static Result<Attachment> attach_filter(AttachPoint point, int ifindex, int program_fd,
                                          const PinDirectory& pins);

  AttachPoint point_;
  int ifindex_;
  FileDescriptor link_;  // none for clsact
};

}  // namespace vedette
