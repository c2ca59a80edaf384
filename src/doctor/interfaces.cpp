#include "doctor/interfaces.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "base/file_descriptor.h"
#include "doctor/netlink.h"
#include "kernel/link_monitor.h"

namespace vedette {

namespace {

// enum bpf_attach_type since Linux 6.6; Debian 12's headers don't know them.
constexpr std::uint32_t kTcxIngressType = 46;
constexpr std::uint32_t kTcxEgressType = 47;
constexpr std::size_t kProgramsTold =
    16;  // on one hook; more is no interface that we could explain in a line

// Questions to the device (SIOCETHTOOL, SIOCGIFFLAGS). Any thread, one at a time.
class Device {
 public:
  explicit Device(std::string name)
      : name_(std::move(name)), socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

  [[nodiscard]] std::optional<int> flags() const {
    ifreq request = empty_request();
    if (ioctl(socket_.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
    return request.ifr_flags;
  }

  [[nodiscard]] std::string driver() const {
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    return ask(&info) ? std::string(info.driver) : std::string("unknown driver");
  }

  // ETH_FLAG_*; nothing where the device doesn't say.
  [[nodiscard]] std::optional<std::uint32_t> offloads() const { return value(ETHTOOL_GFLAGS); }
  [[nodiscard]] bool merges_packets() const { return value(ETHTOOL_GGRO).value_or(0) != 0; }

 private:
  [[nodiscard]] ifreq empty_request() const {
    ifreq request{};
    name_.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
  }

  bool ask(void* question) const {
    ifreq request = empty_request();
    request.ifr_data = static_cast<char*>(question);
    return ioctl(socket_.get(), SIOCETHTOOL, &request) == 0;
  }

  [[nodiscard]] std::optional<std::uint32_t> value(std::uint32_t command) const {
    ethtool_value question{command, 0};
    if (!ask(&question)) return std::nullopt;
    return question.data;
  }

  std::string name_;
  FileDescriptor socket_;
};

// "42 \"xdp_dispatcher\"".
std::string program_text(std::uint32_t id) {
  bpf_prog_info info{};
  std::uint32_t length = sizeof(info);
  const FileDescriptor program(bpf_prog_get_fd_by_id(id));
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &length) != 0) return fmt::format("{}", id);
  return fmt::format("{} \"{}\"", id, info.name);
}

Fact xdp_programs(const std::string& interface, int ifindex) {
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (bpf_xdp_query(ifindex, 0, &query) != 0)
    return {interface, "xdp", FactState::kTold, "the kernel doesn't say what is attached", {}};
  std::uint32_t id = query.prog_id != 0 ? query.prog_id : query.drv_prog_id;
  if (id == 0) id = query.skb_prog_id;
  if (id == 0) return {interface, "xdp", FactState::kOn, "free", {}};
  const std::string text = program_text(id);
  if (text.find("\"vdt_") != std::string::npos)
    return {interface, "xdp", FactState::kOn, "Vedette's own program " + text, {}};
  return {interface, "xdp", FactState::kLimited,
          fmt::format("taken by program {}, which is left alone; packets are told by tc", text),
          "take that program off for XDP's speed: bpftool net"};
}

// BPF_PROG_QUERY: ids of the programs that tcx runs there; none before Linux 6.6.
std::vector<std::uint32_t> tcx_programs(int ifindex, std::uint32_t attach_type) {
  std::array<std::uint32_t, kProgramsTold> ids{};
  bpf_attr attributes{};
  attributes.query.target_fd = static_cast<std::uint32_t>(ifindex);
  attributes.query.attach_type = attach_type;
  attributes.query.prog_ids = reinterpret_cast<std::uintptr_t>(ids.data());
  attributes.query.prog_cnt = ids.size();
  if (syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof(attributes)) != 0) return {};
  const std::size_t count = std::min<std::size_t>(attributes.query.prog_cnt, ids.size());
  return {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count)};
}

Fact tc_programs(const std::string& interface, int ifindex) {
  std::vector<std::string> found;
  for (const auto& [type, side] : {std::pair{kTcxIngressType, "in"}, std::pair{kTcxEgressType, "out"}}) {
    for (const std::uint32_t id : tcx_programs(ifindex, type))
      found.push_back(fmt::format("tcx {} {}", side, program_text(id)));
  }
  if (const Result<std::vector<TcFilter>> filters = clsact_filters(ifindex); filters) {
    for (const TcFilter& filter : *filters)
      found.push_back(
          fmt::format("clsact {} {} \"{}\"", filter.egress ? "out" : "in", filter.id, filter.name));
  }
  if (found.empty()) return {interface, "tc", FactState::kOn, "free", {}};
  return {
      interface, "tc", FactState::kOn, fmt::format("{}; ours goes beside them", fmt::join(found, ", ")), {}};
}

// What the device does to packets before a program sees them.
std::vector<Fact> offload_facts(const std::string& interface, const Device& device) {
  std::vector<Fact> facts;
  const std::uint32_t flags = device.offloads().value_or(0);
  const bool strips_tags = (flags & ETH_FLAG_RXVLAN) != 0;
  facts.push_back(
      strips_tags ? Fact{interface, "vlan tags", FactState::kLimited,
                         "the device takes VLAN tags out before XDP: told without VLAN",
                         fmt::format("ethtool -K {} rx-vlan-offload off, or vedetted --mode tc", interface)}
                  : Fact{interface, "vlan tags", FactState::kOn, "stay in the packet", {}});
  const bool merges_in_device = (flags & ETH_FLAG_LRO) != 0;
  if (merges_in_device)
    facts.push_back({interface, "lro", FactState::kLimited,
                     "the device merges packets: counts and sizes are its own",
                     fmt::format("ethtool -K {} lro off", interface)});
  facts.push_back({interface,
                   "gro",
                   FactState::kTold,
                   device.merges_packets() ? "on; behind XDP, and corrected for at tc" : "off",
                   {}});
  return facts;
}

}  // namespace

std::vector<Fact> look_at_interfaces() {
  std::vector<Fact> facts;
  for (const auto& [ifindex, name] : LinkMonitor::interfaces()) {
    const Device device(name);
    const std::optional<int> flags = device.flags();
    if (!flags || (*flags & IFF_UP) == 0 || (*flags & IFF_LOOPBACK) != 0) continue;
    facts.push_back({name, "device", FactState::kTold, device.driver(), {}});
    facts.push_back(xdp_programs(name, ifindex));
    facts.push_back(tc_programs(name, ifindex));
    for (Fact& fact : offload_facts(name, device)) facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace vedette
