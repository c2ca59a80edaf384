// The IP sockets that /proc lists (proc(5), proc_net(5)): their ends, not who holds them.
#pragma once

#include <cstdint>
#include <functional>

#include "abi/flow_key.h"

namespace vedette {

struct ProcSocketEnd {
  vdt_address address{};
  std::uint16_t port = 0;
};

struct ProcSocket {
  std::uint8_t protocol = 0;    // 6 TCP, 17 UDP
  std::uint8_t ip_version = 0;  // of what it speaks: IPv4 also where an IPv6 socket does
  std::uint8_t state = 0;       // the kernel's: 1 = TCP_ESTABLISHED
  ProcSocketEnd local, remote;
  std::uint64_t inode = 0;  // 0 where no process holds it any more
};

// Calls `take` for each TCP and UDP socket of the calling thread's network namespace; lines that can't be
// read are left out. Any thread.
void for_each_proc_socket(const std::function<void(const ProcSocket&)>& take);

}  // namespace vedette
