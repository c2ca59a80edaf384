// Flows' first bytes on their way to user space: loads the tellers (bpf/first_bytes.bpf.c) behind the packet
// programs and reads the ring into which they put each flow's first packets with a payload. Stands between
// the packet programs and the sensor, which hands the packets to the handshake tracker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "abi/events.h"
#include "base/error.h"
#include "kernel/packet_programs.h"
#include "kernel/teller.h"

namespace vedette {

// Bounds of one direction of a flow, and of one CPU.
struct FirstBytesOptions {
  std::uint32_t packets = 12;       // with payload; 0: nothing is told; at most VDT_FIRST_CREDIT
  std::uint32_t bytes = 16 * 1024;  // of payload; a packet takes no more than VDT_FIRST_PAYLOAD_MAX of them
  // Of protocols whose every packet is told, as each may name addresses: DNS, mDNS, LLMNR. At most
  // VDT_ENDLESS_PORTS.
  std::vector<std::uint16_t> endless_ports{53, 5353, 5355};
  std::uint32_t packets_a_second = 25'000;       // a CPU
  std::uint32_t kibibytes_a_second = 32 * 1024;  // a CPU, headers included
  std::uint32_t ring_bytes = 8U << 20;           // a power of two, at least a page
};

// One thread.
class FirstBytes {
 public:
  // `bytes`, from the link header on, is valid during the call alone.
  using Tell = std::function<void(const vdt_first_packet&, std::span<const std::uint8_t> bytes)>;

  // Puts the tellers behind `programs`, which must outlive them, and lets flows that begin from now on go to
  // them. Unusable where an option is; failed where the kernel refuses them.
  [[nodiscard]] static Result<std::unique_ptr<FirstBytes>> open(PacketPrograms& programs,
                                                                const FirstBytesOptions& options);
  ~FirstBytes();
  FirstBytes(const FirstBytes&) = delete;
  FirstBytes& operator=(const FirstBytes&) = delete;

  // Tells what waits in the ring, at most `limit` packets, in the order in which they came to each CPU. True
  // where more may wait. To be called every 10 to 50 ms and when wake_fd() is readable.
  bool drain(const Tell& tell, std::size_t limit = 4096);

  // Readable (epoll) when the ring fills faster than the timer empties it.
  [[nodiscard]] int wake_fd() const { return teller_->wake_fd(); }
  [[nodiscard]] RingFill ring_fill() const { return teller_->ring_fill(); }

 private:
  FirstBytes(PacketPrograms& programs, std::unique_ptr<Teller> teller)
      : programs_(programs), teller_(std::move(teller)) {}

  PacketPrograms& programs_;
  std::unique_ptr<Teller> teller_;
};

}  // namespace vedette
