#include "kernel/attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "kernel/clsact.h"

namespace vedette {

namespace {

// enum bpf_attach_type since Linux 6.6; Debian 12's headers and libbpf don't know them yet.
constexpr std::uint32_t kTcxIngressType = 46;
constexpr std::uint32_t kTcxEgressType = 47;

bool is_xdp(AttachPoint point) {
  return point == AttachPoint::kXdpNative || point == AttachPoint::kXdpGeneric;
}

bool is_egress(AttachPoint point) {
  return point == AttachPoint::kTcxEgress || point == AttachPoint::kClsactEgress;
}

bool is_clsact(AttachPoint point) {
  return point == AttachPoint::kClsactIngress || point == AttachPoint::kClsactEgress;
}

std::string interface_text(int ifindex) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(static_cast<unsigned>(ifindex), name.data()) ? std::string(name.data())
                                                                     : fmt::format("interface {}", ifindex);
}

std::string where_text(AttachPoint point, int ifindex) {
  return fmt::format("{}: {} {}", interface_text(ifindex), attach_point_name(point),
                     is_egress(point) ? "egress" : "ingress");
}

std::string_view side_name(AttachPoint point) {
  return is_egress(point) ? "out" : "in";
}

std::filesystem::path pin_path(AttachPoint point, int ifindex, const PinDirectory& pins) {
  return pins.path(fmt::format("{}-{}-{}", attach_point_name(point), side_name(point), ifindex));
}

// Whose XDP program sits on the interface: "program 42 \"xdp_dispatcher\"".
std::string xdp_owner_text(int ifindex) {
  std::uint32_t id = 0;
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (bpf_xdp_query(ifindex, 0, &query) == 0) id = query.prog_id ? query.prog_id : query.drv_prog_id;
  if (id == 0) id = query.skb_prog_id;
  if (id == 0) return "another program";
  bpf_prog_info info{};
  std::uint32_t length = sizeof(info);
  const FileDescriptor program(bpf_prog_get_fd_by_id(id));
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &length) != 0)
    return fmt::format("program {}", id);
  return fmt::format("program {} \"{}\"", id, info.name);
}

// Raw, since libbpf 1.1 has no tcx: the same four fields begin every kind of link's attributes.
int create_link(std::uint32_t type, int ifindex, int program_fd, std::uint32_t flags) {
  bpf_attr attributes{};
  attributes.link_create.prog_fd = static_cast<std::uint32_t>(program_fd);
  attributes.link_create.target_ifindex = static_cast<std::uint32_t>(ifindex);
  attributes.link_create.attach_type = type;
  attributes.link_create.flags = flags;
  return static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof(attributes)));
}

int create_link(AttachPoint point, int ifindex, int program_fd) {
  switch (point) {
    case AttachPoint::kXdpNative:
      return create_link(BPF_XDP, ifindex, program_fd, XDP_FLAGS_DRV_MODE);
    case AttachPoint::kXdpGeneric:
      return create_link(BPF_XDP, ifindex, program_fd, XDP_FLAGS_SKB_MODE);
    case AttachPoint::kTcxIngress:
      return create_link(kTcxIngressType, ifindex, program_fd, 0);
    default:
      return create_link(kTcxEgressType, ifindex, program_fd, 0);
  }
}

ClsactHook clsact_of(AttachPoint point, int ifindex, const PinDirectory& pins) {
  return {ifindex, is_egress(point), pins.path(fmt::format("clsact-made-{}", ifindex))};
}

}  // namespace

std::string_view attach_point_name(AttachPoint point) {
  constexpr std::array<std::string_view, 6> kNames{"xdp-native", "xdp-generic", "tcx",
                                                   "tcx",        "clsact",      "clsact"};
  return kNames[static_cast<std::size_t>(point)];
}

Result<Attachment> Attachment::attach(AttachPoint point, int ifindex, int program_fd,
                                      const PinDirectory& pins) {
  return is_clsact(point) ? attach_filter(point, ifindex, program_fd, pins)
                          : attach_link(point, ifindex, program_fd, pins);
}

Result<Attachment> Attachment::attach_link(AttachPoint point, int ifindex, int program_fd,
                                           const PinDirectory& pins) {
  FileDescriptor link(create_link(point, ifindex, program_fd));
  if (!link) {
    const int error = errno;
    const bool occupied = is_xdp(point) && (error == EBUSY || error == EEXIST);
    return failed(where_text(point, ifindex),
                  occupied ? fmt::format("taken by {}, which is left alone", xdp_owner_text(ifindex))
                           : fmt::format("can't be attached: {}", std::strerror(error)));
  }
  const std::filesystem::path pin = pin_path(point, ifindex, pins);
  if (bpf_obj_pin(link.get(), pin.c_str()) != 0)
    return failed(pin.string(), fmt::format("can't be pinned: {}", std::strerror(errno)));
  return Attachment(point, ifindex, std::move(link));
}

Result<Attachment> Attachment::attach_filter(AttachPoint point, int ifindex, int program_fd,
                                             const PinDirectory& pins) {
  if (auto attached = attach_to_clsact(clsact_of(point, ifindex, pins), program_fd); !attached)
    return failed(where_text(point, ifindex), attached.error().what);
  // A filter is no link that could be pinned: the pinned program says that it is there.
  const std::filesystem::path pin = pin_path(point, ifindex, pins);
  unlink(pin.c_str());
  bpf_obj_pin(program_fd, pin.c_str());
  return Attachment(point, ifindex, FileDescriptor());
}

std::optional<Attachment> Attachment::resume(AttachPoint point, int ifindex, int program_fd,
                                             const PinDirectory& pins) {
  const std::filesystem::path pin = pin_path(point, ifindex, pins);
  if (access(pin.c_str(), F_OK) != 0) return std::nullopt;
  if (is_clsact(point)) {
    auto attached = attach_filter(point, ifindex, program_fd, pins);
    return attached ? std::optional(std::move(*attached)) : std::nullopt;
  }
  FileDescriptor pinned(bpf_obj_get(pin.c_str()));
  // Fails where the interface is gone that it belonged to, and its number came again.
  if (!pinned || bpf_link_update(pinned.get(), program_fd, nullptr) != 0) return std::nullopt;
  return Attachment(point, ifindex, std::move(pinned));
}

void Attachment::drop(AttachPoint point, int ifindex, const PinDirectory& pins) {
  if (access(pin_path(point, ifindex, pins).c_str(), F_OK) != 0) return;
  Attachment(point, ifindex, FileDescriptor()).detach(pins);
}

void Attachment::drop_others(const PinDirectory& pins, const std::function<bool(int ifindex)>& keep) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(pins.folder(), ignored))
    names.push_back(entry.path().filename().string());
  for (const AttachPoint point : kAttachPoints) {
    const std::string prefix = fmt::format("{}-{}-", attach_point_name(point), side_name(point));
    for (const std::string& name : names) {
      if (!name.starts_with(prefix)) continue;
      int ifindex = 0;
      const char* end = name.data() + name.size();
      const auto number = std::from_chars(name.data() + prefix.size(), end, ifindex);
      if (number.ec == std::errc() && number.ptr == end && !keep(ifindex)) drop(point, ifindex, pins);
    }
  }
}

void Attachment::detach(const PinDirectory& pins) {
  unlink(pin_path(point_, ifindex_, pins).c_str());
  link_.reset();
  if (is_clsact(point_)) detach_from_clsact(clsact_of(point_, ifindex_, pins));
}

}  // namespace vedette
