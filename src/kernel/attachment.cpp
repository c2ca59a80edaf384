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
#include <cstring>

namespace vedette {

namespace {

// enum bpf_attach_type since Linux 6.6; Debian 12's headers and libbpf don't know them yet.
constexpr std::uint32_t kTcxIngressType = 46;
constexpr std::uint32_t kTcxEgressType = 47;

// Our filters' place in a clsact qdisc, by which a restarted daemon finds them again.
constexpr std::uint32_t kFilterHandle = 0x7ede;
constexpr std::uint32_t kFilterPriority = 0x7ede;

bool is_xdp(AttachPoint point) {
  return point == AttachPoint::kXdpNative || point == AttachPoint::kXdpGeneric;
}

bool is_egress(AttachPoint point) {
  return point == AttachPoint::kTcxEgress || point == AttachPoint::kClsactEgress;
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

std::filesystem::path pin_path(AttachPoint point, int ifindex, const PinDirectory& pins) {
  return pins.path(
      fmt::format("{}-{}-{}", attach_point_name(point), is_egress(point) ? "out" : "in", ifindex));
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

bpf_tc_hook clsact_of(AttachPoint point, int ifindex) {
  bpf_tc_hook clsact{};
  clsact.sz = sizeof(clsact);
  clsact.ifindex = ifindex;
  clsact.attach_point = point == AttachPoint::kClsactEgress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
  return clsact;
}

// A pin that only says that the interface's clsact qdisc is ours to take away.
std::filesystem::path clsact_mark(int ifindex, const PinDirectory& pins) {
  return pins.path(fmt::format("clsact-made-{}", ifindex));
}

}  // namespace

std::string_view attach_point_name(AttachPoint point) {
  constexpr std::array<std::string_view, 6> kNames{"xdp-native", "xdp-generic", "tcx",
                                                   "tcx",        "clsact",      "clsact"};
  return kNames[static_cast<std::size_t>(point)];
}

Result<Attachment> Attachment::attach(AttachPoint point, int ifindex, int program_fd,
                                      const PinDirectory& pins) {
  if (point == AttachPoint::kClsactIngress || point == AttachPoint::kClsactEgress)
    return attach_filter(point, ifindex, program_fd, pins);
  return attach_link(point, ifindex, program_fd, pins);
}

Result<Attachment> Attachment::attach_link(AttachPoint point, int ifindex, int program_fd,
                                           const PinDirectory& pins) {
  const std::filesystem::path pin = pin_path(point, ifindex, pins);
  if (FileDescriptor pinned(bpf_obj_get(pin.c_str())); pinned) {
    if (bpf_link_update(pinned.get(), program_fd, nullptr) == 0)
      return Attachment(point, ifindex, std::move(pinned));
    // The interface that it belonged to is gone; its number came again.
    unlink(pin.c_str());
  }
  FileDescriptor link(create_link(point, ifindex, program_fd));
  if (!link) {
    const int error = errno;
    const bool occupied = is_xdp(point) && (error == EBUSY || error == EEXIST);
    return failed(where_text(point, ifindex),
                  occupied ? fmt::format("taken by {}, which is left alone", xdp_owner_text(ifindex))
                           : fmt::format("can't be attached: {}", std::strerror(error)));
  }
  if (bpf_obj_pin(link.get(), pin.c_str()) != 0)
    return failed(pin.string(), fmt::format("can't be pinned: {}", std::strerror(errno)));
  return Attachment(point, ifindex, std::move(link));
}

Result<Attachment> Attachment::attach_filter(AttachPoint point, int ifindex, int program_fd,
                                             const PinDirectory& pins) {
  bpf_tc_hook clsact = clsact_of(point, ifindex);
  const int made = bpf_tc_hook_create(&clsact);
  if (made != 0 && made != -EEXIST)
    return failed(where_text(point, ifindex), fmt::format("no clsact qdisc: {}", std::strerror(-made)));
  if (made == 0) bpf_obj_pin(program_fd, clsact_mark(ifindex, pins).c_str());
  LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program_fd, .flags = BPF_TC_F_REPLACE, .handle = kFilterHandle,
              .priority = kFilterPriority);
  if (const int error = bpf_tc_attach(&clsact, &filter); error != 0)
    return failed(where_text(point, ifindex), fmt::format("can't be attached: {}", std::strerror(-error)));
  return Attachment(point, ifindex, FileDescriptor());
}

void Attachment::detach(const PinDirectory& pins) {
  if (link_) {
    unlink(pin_path(point_, ifindex_, pins).c_str());
    link_.reset();
    return;
  }
  bpf_tc_hook clsact = clsact_of(point_, ifindex_);
  LIBBPF_OPTS(bpf_tc_opts, filter, .handle = kFilterHandle, .priority = kFilterPriority);
  bpf_tc_detach(&clsact, &filter);
  // The qdisc serves both directions, and maybe others by now: it goes with the last filter.
  const std::filesystem::path mark = clsact_mark(ifindex_, pins);
  if (access(mark.c_str(), F_OK) != 0) return;
  for (const bpf_tc_attach_point point : {BPF_TC_INGRESS, BPF_TC_EGRESS}) {
    clsact.attach_point = point;
    LIBBPF_OPTS(bpf_tc_opts, ours, .handle = kFilterHandle, .priority = kFilterPriority);
    if (bpf_tc_query(&clsact, &ours) == 0) return;
  }
  clsact.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
  bpf_tc_hook_destroy(&clsact);
  unlink(mark.c_str());
}

}  // namespace vedette
