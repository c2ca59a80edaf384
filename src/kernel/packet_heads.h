// Packets' heads on their way to user space: loads the tellers (bpf/heads.bpf.c) behind the packet programs
// and reads the ring into which they put odd packets, dropped ones, and each flow's first. Stands between the
// packet programs and the sensor, which hands the heads to the detectors and keeps them as evidence.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "abi/events.h"
#include "base/error.h"
#include "kernel/packet_programs.h"
#include "kernel/teller.h"

namespace vedette {

struct PacketHeadOptions {
  bool told = true;
  std::uint32_t flow_packets = 8;           // of each direction of a flow; at most VDT_HEAD_PACKETS_MAX
  std::uint32_t packets_a_second = 10'000;  // a CPU, for each of enum vdt_head
  std::uint32_t ring_bytes = 4U << 20;      // a power of two, at least a page
};

// One thread.
class PacketHeads {
 public:
  // `bytes`, from the link header on, is valid during the call alone.
  using Tell = std::function<void(const vdt_packet_head&, std::span<const std::uint8_t> bytes)>;

  // Puts the tellers behind `programs`, which must outlive them, and has heads told from now on. Unusable
  // where an option is; failed where the kernel refuses them.
  [[nodiscard]] static Result<std::unique_ptr<PacketHeads>> open(PacketPrograms& programs,
                                                                 const PacketHeadOptions& options);
  ~PacketHeads();
  PacketHeads(const PacketHeads&) = delete;
  PacketHeads& operator=(const PacketHeads&) = delete;

  // Tells what waits in the ring, at most `limit` heads, in the order in which they came to each CPU. True
  // where more may wait. To be called every 10 to 50 ms and when wake_fd() is readable.
  bool drain(const Tell& tell, std::size_t limit = 4096);

  // Readable (epoll) when the ring fills faster than the timer empties it.
  [[nodiscard]] int wake_fd() const { return teller_->wake_fd(); }
  [[nodiscard]] RingFill ring_fill() const { return teller_->ring_fill(); }

 private:
  PacketHeads(PacketPrograms& programs, std::unique_ptr<Teller> teller)
      : programs_(programs), teller_(std::move(teller)) {}

  PacketPrograms& programs_;
  std::unique_ptr<Teller> teller_;
};

}  // namespace vedette
