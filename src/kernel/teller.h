// An object of tellers in the kernel (bpf/first_bytes.bpf.c, bpf/heads.bpf.c): one program a hook, behind the
// packet programs, that copies packets into a ring of its own; and that ring's reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "kernel/bpf_object.h"
#include "kernel/packet_programs.h"
#include "kernel/ring_gauge.h"

struct ring_buffer;

namespace vedette {

struct TellerSpec {
  std::string object;  // stands in errors
  std::span<const std::byte> bytes;
  std::string programs;  // "vdt_first": the programs' names without their hooks'
  std::string ring;      // the ring's name
  std::uint32_t place;   // VDT_TELLER_*
  std::uint32_t ring_bytes;
  std::span<const std::byte> limits;  // of .rodata.limits
};

// One thread.
class Teller {
 public:
  // A record of the ring; valid during the call alone.
  using Take = std::function<void(std::span<const std::byte> record)>;

  // Puts the programs behind `programs`, which must outlive them. Failed where the kernel refuses them.
  [[nodiscard]] static Result<std::unique_ptr<Teller>> open(PacketPrograms& programs, const TellerSpec& spec);
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  // Hands on what waits in the ring, at most `limit` records, in the order in which they came to each CPU.
  // True where more may wait.
  bool drain(const Take& take, std::size_t limit);

  // Readable (epoll) when the ring fills faster than a timer empties it.
  [[nodiscard]] int wake_fd() const;
  [[nodiscard]] RingFill ring_fill() const { return gauge_.fill(); }

 private:
  struct FreeRing {
    void operator()(ring_buffer* ring) const;
  };

  explicit Teller(PacketPrograms& programs) : programs_(programs) {}

  [[nodiscard]] Result<void> load(const TellerSpec& spec, bool with_frags);
  static int take_record(void* self, void* record, std::size_t size);

  PacketPrograms& programs_;
  std::unique_ptr<BpfObject> object_;
  std::unique_ptr<ring_buffer, FreeRing> ring_;
  RingGauge gauge_;
  const Take* take_ = nullptr;  // during drain()
  std::size_t room_ = 0;        // records that drain() may still hand on
};

}  // namespace vedette
