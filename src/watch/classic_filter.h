// A filter as libpcap compiles it: pcap-filter(7) text into classic BPF. First step on the way of a filter
// into the kernel, and the check that tells a user what is wrong with one; no packet passes here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace vedette {

// One classic BPF instruction (McCanne and Jacobson, "The BSD Packet Filter", 1993), laid out as libpcap's
// struct bpf_insn, whose name Linux gives to eBPF's.
struct ClassicInstruction {
  std::uint16_t code;
  std::uint8_t if_true;  // instructions to pass over
  std::uint8_t if_false;
  std::uint32_t constant;
};

using ClassicProgram = std::vector<ClassicInstruction>;

// Compiles `text` for Ethernet frames, optimised; an empty text takes every packet. Fails as unusable with
// libpcap's own words. Host names in it are resolved, which may take the resolver's time.
[[nodiscard]] Result<ClassicProgram> compile_filter(const std::string& text);

// What libpcap's interpreter decides: true where the frame matches. The reference that the kernel programs
// are tested against. `length` is the frame's on the wire.
[[nodiscard]] bool interpret(const ClassicProgram& program, std::span<const std::uint8_t> frame,
                             std::uint32_t length);

}  // namespace vedette
