#include "kernel/link_statistics.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"

namespace vedette {

namespace {

struct Question {
  nlmsghdr header;
  if_stats_msg statistics;
};

// The 64-bit statistics in an answer's attributes; nothing where there are none.
bool find_statistics(const nlmsghdr& answer, rtnl_link_stats64& found) {
  if (answer.nlmsg_type != RTM_NEWSTATS || answer.nlmsg_len < NLMSG_LENGTH(sizeof(if_stats_msg)))
    return false;
  const char* at = reinterpret_cast<const char*>(&answer) + NLMSG_SPACE(sizeof(if_stats_msg));
  std::size_t left = answer.nlmsg_len - NLMSG_SPACE(sizeof(if_stats_msg));
  rtattr attribute{};
  while (left >= sizeof(attribute)) {
    std::memcpy(&attribute, at, sizeof(attribute));
    if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > left) return false;
    if (attribute.rta_type == IFLA_STATS_LINK_64) {
      // Newer kernels append members.
      const std::size_t size = std::min<std::size_t>(attribute.rta_len - RTA_LENGTH(0), sizeof(found));
      std::memcpy(&found, at + RTA_LENGTH(0), size);
      return true;
    }
    const std::size_t whole = RTA_ALIGN(attribute.rta_len);
    if (whole >= left) return false;
    at += whole;
    left -= whole;
  }
  return false;
}

}  // namespace

Result<ReceiveLosses> receive_losses(int ifindex) {
  const FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  Question question{};
  question.header.nlmsg_len = sizeof(question);
  question.header.nlmsg_type = RTM_GETSTATS;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.statistics.ifindex = static_cast<std::uint32_t>(ifindex);
  question.statistics.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
  alignas(nlmsghdr) std::array<char, 8192> answer{};
  if (!socket || ::send(socket.get(), &question, sizeof(question), 0) != sizeof(question))
    return failed("rtnetlink", fmt::format("can't be asked: {}", std::strerror(errno)));
  const ssize_t size = ::recv(socket.get(), answer.data(), answer.size(), 0);
  const auto& header = *reinterpret_cast<const nlmsghdr*>(answer.data());
  rtnl_link_stats64 statistics{};
  if (size < static_cast<ssize_t>(sizeof(header)) || static_cast<std::size_t>(size) < header.nlmsg_len ||
      !find_statistics(header, statistics))
    return failed(fmt::format("interface {}", ifindex), "the kernel gives no statistics");
  return ReceiveLosses{.missed = statistics.rx_missed_errors,
                       .errors = statistics.rx_errors,
                       .dropped = statistics.rx_dropped};
}

}  // namespace vedette
