// Writes eBPF instructions (RFC 9669) with labels for places that aren't known yet. Stands behind the
// translation of filters; nothing of it is in a packet's way. One thread at a time may use one Assembler.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <vector>

#include "base/error.h"

namespace vedette {

// eBPF registers that the generated programs use, by their place in the calling convention.
enum class Register : std::uint8_t { kR0, kR1, kR2, kR3, kR4, kR5, kR6, kR7, kR8, kR9, kFrame };

class Assembler {
 public:
  // A place to jump to; belongs to the assembler that made it.
  struct Label {
    std::size_t number;
  };
  [[nodiscard]] Label new_label();
  // The next instruction stands at `label`. Each label is bound once.
  void bind(Label label);

  void move(Register to, Register from);
  // 32-bit: the upper half becomes zero.
  void move(Register to, std::uint32_t number);

  // `operation` is BPF_ADD … BPF_XOR without class and source.
  void compute32(std::uint8_t operation, Register to, Register from);
  void compute32(std::uint8_t operation, Register to, std::uint32_t number);
  void compute64(std::uint8_t operation, Register to, Register from);
  // `number` is sign-extended.
  void compute64(std::uint8_t operation, Register to, std::int32_t number);
  // From network to host byte order; `bits` is 16 or 32.
  void from_network(Register value, int bits);

  // `size` is BPF_B, BPF_H, BPF_W or BPF_DW.
  void load(std::uint8_t size, Register to, Register base, std::int16_t offset);
  void store(std::uint8_t size, Register base, std::int16_t offset, Register from);

  void jump(Label to);
  // `operation` is BPF_JEQ … without class and source; comparisons are unsigned.
  void jump_if32(std::uint8_t operation, Register left, Register right, Label to);
  void jump_if32(std::uint8_t operation, Register left, std::uint32_t right, Label to);
  void jump_if64(std::uint8_t operation, Register left, Register right, Label to);
  // `right` is sign-extended.
  void jump_if64(std::uint8_t operation, Register left, std::int32_t right, Label to);

  void load_map(Register to, int map_fd);
  void call(std::int32_t helper);
  void exit();

  // The program: what can't be reached is left out, since the verifier refuses it. Fails where a jump is
  // longer than eBPF's 16 bits.
  [[nodiscard]] Result<std::vector<bpf_insn>> finish() const;

 private:
  struct Instruction {
    bpf_insn code;
    std::int64_t target = -1;  // label's number; -1 = goes on
  };

  void emit(std::uint8_t code, Register to, Register from, std::int16_t offset, std::int32_t number,
            std::int64_t target = -1);
  [[nodiscard]] std::vector<bool> reachable() const;

  std::vector<Instruction> instructions_;
  std::vector<std::size_t> places_;  // of labels, as indices of instructions_
};

}  // namespace vedette
