#include "watch/frame_access.h"

#include <cstddef>

namespace vedette {
namespace {

using enum Register;

// The verifier's bound for offsets into a packet (MAX_PACKET_OFF), less the longest read.
constexpr std::int32_t kDirectReach = 0xffff - 8;
// Offsets that an skb or a buffer can have, and helpers take.
constexpr std::int32_t kOffsetMax = 0x7fffffff;

// What the helpers copy into.
constexpr std::int16_t kScratch = -8;

// The tag and the bytes around it that a read across it can touch, as they stood on the wire: 8 … 20.
constexpr std::int16_t kWindow = -32;
constexpr std::uint32_t kWindowBegin = 8;
constexpr std::uint32_t kTagBegin = 12;
constexpr std::uint32_t kTagEnd = 16;
constexpr std::uint32_t kTagSize = kTagEnd - kTagBegin;

std::uint8_t width(int size) {
  if (size == 1) return BPF_B;
  return size == 2 ? BPF_H : BPF_W;
}

std::int16_t skb_field(std::size_t offset) {
  return static_cast<std::int16_t>(offset);
}

void to_host(Assembler& code, int size) {
  if (size > 1) code.from_network(kR0, size * 8);
}

}  // namespace

void FrameAccess::branch_on_tag(Assembler& code, Hook hook, Assembler::Label taken_out) {
  if (hook != Hook::kTc) return;
  code.load(BPF_W, kR1, kContext, skb_field(offsetof(__sk_buff, vlan_present)));
  code.jump_if64(BPF_JNE, kR1, 0, taken_out);
}

void FrameAccess::begin() {
  if (tag_ == VlanTag::kInBytes) return;
  const auto copy = [&](std::uint32_t from, std::int16_t to, std::uint32_t size) {
    code_.move(kR1, kContext);
    code_.move(kR2, from);
    code_.move(kR3, kFrame);
    code_.compute64(BPF_ADD, kR3, to);
    code_.move(kR4, size);
    code_.call(BPF_FUNC_skb_load_bytes);
  };
  // An Ethernet header's last two bytes are there, those behind it perhaps not: then the helper writes
  // zeroes, which the check of the length keeps from being read.
  copy(kWindowBegin, kWindow, kTagBegin - kWindowBegin);
  copy(kTagBegin, kWindow + 8, 2);
  copy(kTagBegin + 2, kWindow + 10, 2);
  code_.load(BPF_W, kR1, kContext, skb_field(offsetof(__sk_buff, vlan_proto)));
  code_.store(BPF_H, kFrame, kWindow + 4, kR1);
  code_.load(BPF_W, kR1, kContext, skb_field(offsetof(__sk_buff, vlan_tci)));
  code_.from_network(kR1, 16);
  code_.store(BPF_H, kFrame, kWindow + 6, kR1);
}

void FrameAccess::read_length() {
  switch (hook_) {
    case Hook::kXdp:
      load_ends();
      code_.move(kR0, kR2);
      code_.compute64(BPF_SUB, kR0, kR1);
      return;
    case Hook::kXdpFrags:
      code_.move(kR1, kContext);
      code_.call(BPF_FUNC_xdp_get_buff_len);
      return;
    case Hook::kTc:
      code_.load(BPF_W, kR0, kContext, skb_field(offsetof(__sk_buff, len)));
      if (tag_ == VlanTag::kTakenOut) code_.compute32(BPF_ADD, kR0, kTagSize);
      return;
  }
}

void FrameAccess::read(std::uint32_t offset, int size, Assembler::Label outside) {
  const std::uint64_t end = std::uint64_t{offset} + static_cast<std::uint64_t>(size);
  if (end > std::uint64_t{kOffsetMax}) {
    code_.jump(outside);
    return;
  }
  if (tag_ == VlanTag::kInBytes || end <= kTagBegin) return read_bytes(offset, size, outside);
  if (offset >= kTagEnd) return read_bytes(offset - kTagSize, size, outside);
  read_length();
  code_.jump_if32(BPF_JLT, kR0, static_cast<std::uint32_t>(end), outside);
  read_window(kFrame, static_cast<std::int16_t>(kWindow + static_cast<int>(offset - kWindowBegin)), size);
}

void FrameAccess::read_at_r3(int size, Assembler::Label outside) {
  if (tag_ == VlanTag::kInBytes) return read_bytes_at_r3(size, outside);
  const Assembler::Label before = code_.new_label();
  const Assembler::Label across = code_.new_label();
  const Assembler::Label done = code_.new_label();
  code_.jump_if64(BPF_JLE, kR3, static_cast<std::int32_t>(kTagBegin) - size, before);
  code_.jump_if64(BPF_JLT, kR3, kTagEnd, across);
  code_.compute64(BPF_SUB, kR3, kTagSize);
  code_.bind(before);
  read_bytes_at_r3(size, outside);
  code_.jump(done);
  code_.bind(across);
  read_window_at_r3(size, outside);
  code_.bind(done);
}

void FrameAccess::read_window_at_r3(int size, Assembler::Label outside) {
  read_length();
  code_.move(kR1, kR3);
  code_.compute64(BPF_ADD, kR1, size);
  code_.jump_if64(BPF_JGT, kR1, kR0, outside);
  code_.move(kR1, kFrame);
  code_.compute64(BPF_ADD, kR1, kR3);
  read_window(kR1, kWindow - static_cast<std::int16_t>(kWindowBegin), size);
}

// Byte by byte: the stack is read aligned or not at all.
void FrameAccess::read_window(Register base, std::int16_t offset, int size) {
  code_.load(BPF_B, kR0, base, offset);
  for (std::int16_t next = 1; next < size; ++next) {
    code_.compute32(BPF_LSH, kR0, 8U);
    code_.load(BPF_B, kR2, base, static_cast<std::int16_t>(offset + next));
    code_.compute32(BPF_OR, kR0, kR2);
  }
}

// r1 = where the linear bytes begin, r2 = where they end. Loaded anew for every read: kept in registers, the
// range that each check proves would be part of the verifier's state and multiply the paths that it walks.
void FrameAccess::load_ends() {
  const bool tc = hook_ == Hook::kTc;
  code_.load(BPF_W, kR1, kContext, skb_field(tc ? offsetof(__sk_buff, data) : offsetof(xdp_md, data)));
  code_.load(BPF_W, kR2, kContext,
             skb_field(tc ? offsetof(__sk_buff, data_end) : offsetof(xdp_md, data_end)));
}

void FrameAccess::read_bytes(std::uint32_t offset, int size, Assembler::Label outside) {
  const bool in_reach = offset <= static_cast<std::uint32_t>(kDirectReach);
  if (hook_ == Hook::kXdp && !in_reach) {
    code_.jump(outside);
    return;
  }
  const Assembler::Label elsewhere = code_.new_label();
  const Assembler::Label done = code_.new_label();
  if (in_reach) {
    load_ends();
    if (offset != 0) code_.compute64(BPF_ADD, kR1, static_cast<std::int32_t>(offset));
    code_.move(kR3, kR1);
    code_.compute64(BPF_ADD, kR3, size);
    code_.jump_if64(BPF_JGT, kR3, kR2, hook_ == Hook::kXdp ? outside : elsewhere);
    code_.load(width(size), kR0, kR1, 0);
    if (hook_ != Hook::kXdp) code_.jump(done);
  }
  if (hook_ != Hook::kXdp) {
    code_.bind(elsewhere);
    code_.move(kR2, offset);
    read_by_helper(size, outside);
    code_.bind(done);
  }
  to_host(code_, size);
}

void FrameAccess::read_bytes_at_r3(int size, Assembler::Label outside) {
  const Assembler::Label elsewhere = code_.new_label();
  const Assembler::Label done = code_.new_label();
  const Assembler::Label beyond = hook_ == Hook::kXdp ? outside : elsewhere;
  code_.jump_if64(BPF_JGT, kR3, kDirectReach, beyond);
  load_ends();
  code_.compute64(BPF_ADD, kR1, kR3);
  code_.move(kR4, kR1);
  code_.compute64(BPF_ADD, kR4, size);
  code_.jump_if64(BPF_JGT, kR4, kR2, beyond);
  code_.load(width(size), kR0, kR1, 0);
  if (hook_ != Hook::kXdp) {
    code_.jump(done);
    code_.bind(elsewhere);
    code_.jump_if64(BPF_JGT, kR3, kOffsetMax, outside);
    code_.move(kR2, kR3);
    read_by_helper(size, outside);
    code_.bind(done);
  }
  to_host(code_, size);
}

// r0 = the bytes at r2, still in network order.
void FrameAccess::read_by_helper(int size, Assembler::Label outside) {
  code_.move(kR1, kContext);
  code_.move(kR3, kFrame);
  code_.compute64(BPF_ADD, kR3, kScratch);
  code_.move(kR4, static_cast<std::uint32_t>(size));
  code_.call(hook_ == Hook::kTc ? BPF_FUNC_skb_load_bytes : BPF_FUNC_xdp_load_bytes);
  code_.jump_if64(BPF_JNE, kR0, 0, outside);
  code_.load(width(size), kR0, kFrame, kScratch);
}

}  // namespace vedette
