// The little of rtnetlink(7) that doctor needs: a veth pair in a namespace of its own, and which BPF filters
// sit in an interface's clsact qdisc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace vedette {

// Makes a pair of veth interfaces in the calling thread's network namespace, and sets `name` up. Names have
// at most 15 bytes.
[[nodiscard]] Result<void> make_veth_pair(const std::string& name, const std::string& peer);

struct TcFilter {
  bool egress = false;
  std::string name;      // as its owner called it: "bpf_host.o:[to-netdev]"
  std::uint32_t id = 0;  // of the program; 0 where the kernel doesn't say
};

// BPF filters in the interface's clsact qdisc; empty where it has none.
[[nodiscard]] Result<std::vector<TcFilter>> clsact_filters(int ifindex);

}  // namespace vedette
