#include "watch/assembler.h"

#include <fmt/format.h>

#include <limits>

namespace vedette {
namespace {

constexpr std::size_t kUnbound = std::numeric_limits<std::size_t>::max();
constexpr Register kNone = Register::kR0;  // where an instruction has no such operand

constexpr std::uint8_t kWideLoad =
    BPF_LD | BPF_DW | BPF_IMM;  // NOLINT(misc-redundant-expression): two of them are 0

bool is_wide_load(const bpf_insn& code) {
  return code.code == kWideLoad;
}

bool is_jump(std::uint8_t code) {
  const std::uint8_t kind = BPF_CLASS(code);
  return kind == BPF_JMP || kind == BPF_JMP32;
}

// What control passes over: the end of the program, and the second half of a 64-bit load is never alone.
bool goes_on(std::uint8_t code) {
  return code != (BPF_JMP | BPF_JA) && code != (BPF_JMP | BPF_EXIT);
}

}  // namespace

Assembler::Label Assembler::new_label() {
  places_.push_back(kUnbound);
  return {places_.size() - 1};
}

void Assembler::bind(Label label) {
  places_[label.number] = instructions_.size();
}

void Assembler::emit(std::uint8_t code, Register to, Register from, std::int16_t offset, std::int32_t number,
                     std::int64_t target) {
  bpf_insn made{};
  made.code = code;
  made.dst_reg = static_cast<std::uint8_t>(to) & 0xf;
  made.src_reg = static_cast<std::uint8_t>(from) & 0xf;
  made.off = offset;
  made.imm = number;
  instructions_.push_back({made, target});
}

void Assembler::move(Register to, Register from) {
  emit(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

void Assembler::move(Register to, std::uint32_t number) {
  emit(BPF_ALU | BPF_MOV | BPF_K, to, kNone, 0, static_cast<std::int32_t>(number));
}

void Assembler::compute32(std::uint8_t operation, Register to, Register from) {
  emit(static_cast<std::uint8_t>(BPF_ALU | operation | BPF_X), to, from, 0, 0);
}

void Assembler::compute32(std::uint8_t operation, Register to, std::uint32_t number) {
  emit(static_cast<std::uint8_t>(BPF_ALU | operation | BPF_K), to, kNone, 0,
       static_cast<std::int32_t>(number));
}

void Assembler::compute64(std::uint8_t operation, Register to, Register from) {
  emit(static_cast<std::uint8_t>(BPF_ALU64 | operation | BPF_X), to, from, 0, 0);
}

void Assembler::compute64(std::uint8_t operation, Register to, std::int32_t number) {
  emit(static_cast<std::uint8_t>(BPF_ALU64 | operation | BPF_K), to, kNone, 0, number);
}

void Assembler::from_network(Register value, int bits) {
  emit(BPF_ALU | BPF_END | BPF_TO_BE, value, kNone, 0, bits);
}

void Assembler::load(std::uint8_t size, Register to, Register base, std::int16_t offset) {
  emit(static_cast<std::uint8_t>(BPF_LDX | BPF_MEM | size), to, base, offset, 0);
}

void Assembler::store(std::uint8_t size, Register base, std::int16_t offset, Register from) {
  emit(static_cast<std::uint8_t>(BPF_STX | BPF_MEM | size), base, from, offset, 0);
}

void Assembler::jump(Label to) {
  emit(BPF_JMP | BPF_JA, kNone, kNone, 0, 0, static_cast<std::int64_t>(to.number));
}

void Assembler::jump_if32(std::uint8_t operation, Register left, Register right, Label to) {
  emit(static_cast<std::uint8_t>(BPF_JMP32 | operation | BPF_X), left, right, 0, 0,
       static_cast<std::int64_t>(to.number));
}

void Assembler::jump_if32(std::uint8_t operation, Register left, std::uint32_t right, Label to) {
  emit(static_cast<std::uint8_t>(BPF_JMP32 | operation | BPF_K), left, kNone, 0,
       static_cast<std::int32_t>(right), static_cast<std::int64_t>(to.number));
}

void Assembler::jump_if64(std::uint8_t operation, Register left, Register right, Label to) {
  emit(static_cast<std::uint8_t>(BPF_JMP | operation | BPF_X), left, right, 0, 0,
       static_cast<std::int64_t>(to.number));
}

void Assembler::jump_if64(std::uint8_t operation, Register left, std::int32_t right, Label to) {
  emit(static_cast<std::uint8_t>(BPF_JMP | operation | BPF_K), left, kNone, 0, right,
       static_cast<std::int64_t>(to.number));
}

void Assembler::load_map(Register to, int map_fd) {
  emit(kWideLoad, to, static_cast<Register>(BPF_PSEUDO_MAP_FD), 0, map_fd);
  emit(0, kNone, kNone, 0, 0);
}

void Assembler::call(std::int32_t helper) {
  emit(BPF_JMP | BPF_CALL, kNone, kNone, 0, helper);
}

void Assembler::exit() {
  emit(BPF_JMP | BPF_EXIT, kNone, kNone, 0, 0);
}

std::vector<bool> Assembler::reachable() const {
  std::vector<bool> reached(instructions_.size(), false);
  std::vector<std::size_t> todo{0};
  while (!todo.empty()) {
    std::size_t at = todo.back();
    todo.pop_back();
    while (at < instructions_.size() && !reached[at]) {
      const Instruction& here = instructions_[at];
      reached[at] = true;
      if (is_wide_load(here.code)) reached[++at] = true;
      if (here.target >= 0) todo.push_back(places_[static_cast<std::size_t>(here.target)]);
      if (!goes_on(here.code.code)) break;
      ++at;
    }
  }
  return reached;
}

Result<std::vector<bpf_insn>> Assembler::finish() const {
  const std::vector<bool> kept = reachable();
  // Where each instruction stands once those before it that can't be reached are gone.
  std::vector<std::int64_t> moved(instructions_.size() + 1, 0);
  for (std::size_t at = 0; at < instructions_.size(); ++at) moved[at + 1] = moved[at] + (kept[at] ? 1 : 0);

  std::vector<bpf_insn> program;
  program.reserve(static_cast<std::size_t>(moved.back()));
  for (std::size_t at = 0; at < instructions_.size(); ++at) {
    if (!kept[at]) continue;
    const Instruction& here = instructions_[at];
    bpf_insn code = here.code;
    if (here.target >= 0 && is_jump(code.code)) {
      const std::int64_t distance = moved[places_[static_cast<std::size_t>(here.target)]] - moved[at] - 1;
      if (distance > std::numeric_limits<std::int16_t>::max() ||
          distance < std::numeric_limits<std::int16_t>::min()) {
        return unusable("filter",
                        fmt::format("a jump of at most 32,767 instructions expected, {} needed", distance),
                        "split the filter into shorter ones");
      }
      code.off = static_cast<std::int16_t>(distance);
    }
    program.push_back(code);
  }
  return program;
}

}  // namespace vedette
