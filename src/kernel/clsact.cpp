#include "kernel/clsact.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"

namespace vedette {

namespace {

// Our filter's place in the qdisc, by which a restarted daemon finds it again.
constexpr std::uint32_t kHandle = 0x7ede;
constexpr std::uint32_t kPriority = 0x7ede;

constexpr std::size_t kAnswerBytes = 65536;  // the kernel fills at most 32 KiB of a dump at a time

bpf_tc_hook hook_of(int ifindex, int sides) {
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = ifindex;
  hook.attach_point = static_cast<bpf_tc_attach_point>(sides);
  return hook;
}

bpf_tc_hook hook_of(const ClsactHook& hook) {
  return hook_of(hook.ifindex, hook.egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
}

struct FilterDump {
  nlmsghdr header{};
  tcmsg fixed{};
};

// Whoever's it is; false where the kernel doesn't say.
bool has_filters(int ifindex, std::uint32_t side) {
  FilterDump request;
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETTFILTER;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.fixed.tcm_family = AF_UNSPEC;
  request.fixed.tcm_ifindex = ifindex;
  request.fixed.tcm_parent = TC_H_MAKE(TC_H_CLSACT, side);
  const FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket || send(socket.get(), &request, sizeof(request), 0) < 0) return false;
  alignas(nlmsghdr) std::array<std::byte, kAnswerBytes> answer;
  bool any = false;
  for (;;) {
    const ssize_t received = recv(socket.get(), answer.data(), answer.size(), 0);
    if (received <= 0) return any;
    auto rest = static_cast<std::uint32_t>(received);
    for (auto* message = reinterpret_cast<nlmsghdr*>(answer.data()); NLMSG_OK(message, rest);
         message = NLMSG_NEXT(message, rest)) {
      if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) return any;
      // A classifier without a filter has no handle.
      const auto* found = static_cast<const tcmsg*>(NLMSG_DATA(message));
      any = any || (message->nlmsg_type == RTM_NEWTFILTER && found->tcm_handle != 0);
    }
  }
}

}  // namespace

Result<void> attach_to_clsact(const ClsactHook& hook, int program_fd) {
  bpf_tc_hook clsact = hook_of(hook);
  const int made = bpf_tc_hook_create(&clsact);
  if (made != 0 && made != -EEXIST)
    return failed("clsact", fmt::format("no such qdisc can be made: {}", std::strerror(-made)));
  if (made == 0) bpf_obj_pin(program_fd, hook.mark.c_str());
  LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program_fd, .flags = BPF_TC_F_REPLACE, .handle = kHandle,
              .priority = kPriority);
  const int error = bpf_tc_attach(&clsact, &filter);
  if (error == 0) return {};
  detach_from_clsact(hook);
  return failed("clsact", fmt::format("can't be attached: {}", std::strerror(-error)));
}

void detach_from_clsact(const ClsactHook& hook) {
  bpf_tc_hook clsact = hook_of(hook);
  LIBBPF_OPTS(bpf_tc_opts, filter, .handle = kHandle, .priority = kPriority);
  bpf_tc_detach(&clsact, &filter);
  if (access(hook.mark.c_str(), F_OK) != 0) return;
  if (has_filters(hook.ifindex, TC_H_MIN_INGRESS) || has_filters(hook.ifindex, TC_H_MIN_EGRESS)) return;
  clsact = hook_of(hook.ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
  bpf_tc_hook_destroy(&clsact);
  unlink(hook.mark.c_str());
}

}  // namespace vedette
