#include "doctor/netlink.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>

#include "base/file_descriptor.h"

namespace vedette {

namespace {

constexpr std::size_t kAnswerBytes = 65536;  // the kernel fills at most 32 KiB of a dump at a time

// A request under construction: a header, a fixed part, attributes that may nest.
class Request {
 public:
  template <typename Fixed>
  Request(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    append(&header, sizeof(header));
    append(&fixed, sizeof(fixed));
  }

  void attribute(std::uint16_t type, std::string_view content) {
    const std::size_t begin = open(type);
    append(content.data(), content.size());
    close(begin);
  }

  // Opens an attribute that holds others; gives what close() wants.
  std::size_t open(std::uint16_t type) {
    const std::size_t begin = bytes_.size();
    rtattr header{};
    header.rta_type = type;
    append(&header, sizeof(header));
    return begin;
  }

  void close(std::size_t begin) {
    const auto length = static_cast<std::uint16_t>(bytes_.size() - begin);
    std::memcpy(bytes_.data() + begin, &length, sizeof(length));
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }

  template <typename Fixed>
  void append_fixed(const Fixed& fixed) {
    append(&fixed, sizeof(fixed));
  }

  std::span<const std::byte> finished() {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof(length));
    return bytes_;
  }

 private:
  void append(const void* from, std::size_t length) {
    const auto* begin = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), begin, begin + length);
  }

  std::vector<std::byte> bytes_;
};

// Sends the request and hands every message of the answer to `each`, until the kernel says that it is done.
template <typename Each>
Result<void> ask(Request request, std::string_view what, Each&& each) {
  const FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  const std::span<const std::byte> bytes = request.finished();
  if (!socket || send(socket.get(), bytes.data(), bytes.size(), 0) < 0)
    return failed("rtnetlink", fmt::format("{}: {}", what, std::strerror(errno)));
  alignas(nlmsghdr) std::array<std::byte, kAnswerBytes> answer;
  while (true) {
    const ssize_t received = recv(socket.get(), answer.data(), answer.size(), 0);
    if (received < 0) return failed("rtnetlink", fmt::format("{}: {}", what, std::strerror(errno)));
    auto rest = static_cast<std::uint32_t>(received);
    for (auto* message = reinterpret_cast<nlmsghdr*>(answer.data()); NLMSG_OK(message, rest);
         message = NLMSG_NEXT(message, rest)) {
      if (message->nlmsg_type == NLMSG_DONE) return {};
      if (message->nlmsg_type == NLMSG_ERROR) {
        const int error = -static_cast<nlmsgerr*>(NLMSG_DATA(message))->error;
        if (error == 0) return {};
        return failed("rtnetlink", fmt::format("{}: {}", what, std::strerror(error)));
      }
      each(*message);
    }
  }
}

std::string text_of(const rtattr& attribute) {
  const auto* begin = static_cast<const char*>(RTA_DATA(&attribute));
  return {begin, strnlen(begin, RTA_PAYLOAD(&attribute))};
}

template <typename Each>
void for_each_attribute(rtattr* first, std::size_t length, Each&& each) {
  auto rest = static_cast<std::uint32_t>(length);
  for (rtattr* attribute = first; RTA_OK(attribute, rest); attribute = RTA_NEXT(attribute, rest))
    each(*attribute);
}

// A filter of kind "bpf" that has a program; others' kinds are none of our business.
bool read_filter(nlmsghdr& message, TcFilter& filter) {
  auto* fixed = static_cast<tcmsg*>(NLMSG_DATA(&message));
  bool is_bpf = false;
  for_each_attribute(TCA_RTA(fixed), TCA_PAYLOAD(&message), [&](rtattr& attribute) {
    if (attribute.rta_type == TCA_KIND) is_bpf = text_of(attribute) == "bpf";
    if (attribute.rta_type != TCA_OPTIONS || !is_bpf) return;
    for_each_attribute(static_cast<rtattr*>(RTA_DATA(&attribute)), RTA_PAYLOAD(&attribute),
                       [&](const rtattr& option) {
                         if (option.rta_type == TCA_BPF_NAME) filter.name = text_of(option);
                         if (option.rta_type == TCA_BPF_ID)
                           std::memcpy(&filter.id, RTA_DATA(&option), sizeof(filter.id));
                       });
  });
  return is_bpf && (filter.id != 0 || !filter.name.empty());
}

}  // namespace

Result<void> make_veth_pair(const std::string& name, const std::string& peer) {
  ifinfomsg fixed{};
  fixed.ifi_flags = IFF_UP;
  fixed.ifi_change = IFF_UP;
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, fixed);
  request.attribute(IFLA_IFNAME, std::string_view(name.c_str(), name.size() + 1));
  const std::size_t info = request.open(IFLA_LINKINFO);
  request.attribute(IFLA_INFO_KIND, "veth");
  const std::size_t data = request.open(IFLA_INFO_DATA);
  const std::size_t other = request.open(VETH_INFO_PEER);
  request.append_fixed(ifinfomsg{});
  request.attribute(IFLA_IFNAME, std::string_view(peer.c_str(), peer.size() + 1));
  request.close(other);
  request.close(data);
  request.close(info);
  return ask(std::move(request), "veth pair", [](nlmsghdr&) {});
}

Result<std::vector<TcFilter>> clsact_filters(int ifindex) {
  std::vector<TcFilter> filters;
  for (const bool egress : {false, true}) {
    tcmsg fixed{};
    fixed.tcm_family = AF_UNSPEC;
    fixed.tcm_ifindex = ifindex;
    fixed.tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
    const Result<void> asked =
        ask(Request(RTM_GETTFILTER, NLM_F_DUMP, fixed), "filters of clsact", [&](nlmsghdr& message) {
          TcFilter filter;
          filter.egress = egress;
          if (message.nlmsg_type == RTM_NEWTFILTER && read_filter(message, filter)) filters.push_back(filter);
        });
    if (!asked) return std::unexpected(asked.error());
  }
  return filters;
}

}  // namespace vedette
