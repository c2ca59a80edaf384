// How generated code reads a frame at each hook: bytes, halfwords and words at fixed and computed offsets,
// and the frame's length. Part of the translation of filters; the code that it writes runs once a watched
// packet.
//
// Bytes in the linear part are read directly, others (multi-buffer XDP, paged skbs) by the hook's helper. At
// tc the device or stack may have taken the outer VLAN tag out of the bytes: for such a frame code is written
// a second time, which reads it as if the tag stood at offset 12 again, as capture tools show it.
#pragma once

#include <cstdint>

#include "watch/assembler.h"

namespace vedette {

enum class Hook { kXdp, kXdpFrags, kTc };

enum class VlanTag {
  kInBytes,   // or there is none
  kTakenOut,  // tc alone
};

// Written code keeps the hook's context in r6 throughout, and leaves r7 to r9 alone; reads clobber r0 to r5.
inline constexpr Register kContext = Register::kR6;

// The stack below this offset from the frame pointer is the caller's, above it FrameAccess's.
inline constexpr std::int16_t kStackOfCaller = -32;

// One thread at a time may use one FrameAccess. The assembler must outlive it.
class FrameAccess {
 public:
  FrameAccess(Assembler& code, Hook hook, VlanTag tag) : code_(code), hook_(hook), tag_(tag) {}

  // Where the context says that a tag was taken out, goes to `taken_out`; nothing at XDP, which can't know.
  static void branch_on_tag(Assembler& code, Hook hook, Assembler::Label taken_out);

  // Before the first read.
  void begin();

  // r0 = `size` bytes (1, 2 or 4) at `offset`, in host byte order; to `outside` where the frame ends before.
  void read(std::uint32_t offset, int size, Assembler::Label outside);
  // The same at r3, a 64-bit number.
  void read_at_r3(int size, Assembler::Label outside);
  // r0 = the frame's length on the wire, 32 bits.
  void read_length();

 private:
  void read_bytes(std::uint32_t offset, int size, Assembler::Label outside);
  void read_bytes_at_r3(int size, Assembler::Label outside);
  void read_window_at_r3(int size, Assembler::Label outside);
  void read_window(Register base, std::int16_t offset, int size);
  void read_by_helper(int size, Assembler::Label outside);
  void load_ends();

  Assembler& code_;
  Hook hook_;
  VlanTag tag_;
};

}  // namespace vedette
