#include "watch/cbpf_to_ebpf.h"

#include <fmt/format.h>

#include <array>

namespace vedette {
namespace {

using enum Register;

constexpr Register kA = kR7;
constexpr Register kX = kR8;

// Codes of classic BPF that eBPF doesn't have, or has with another meaning.
constexpr std::uint16_t kModeImmediate = 0x00, kModeAbsolute = 0x20, kModeIndirect = 0x40, kModeMemory = 0x60,
                        kModeLength = 0x80, kModeHeaderLength = 0xa0;
constexpr std::uint16_t kReturn = 0x06, kMisc = 0x07;
constexpr std::uint16_t kReturnA = 0x10;
constexpr std::uint16_t kTransferToA = 0x80;
constexpr std::uint32_t kWords = 16;            // of scratch memory
constexpr std::size_t kInstructionsMax = 4096;  // as the kernel takes them on sockets (BPF_MAXINSNS)
constexpr std::uint32_t kBitsOfWord = 32;

std::int16_t word_at(std::uint32_t number) {
  return static_cast<std::int16_t>(kStackOfFilter + 4 * static_cast<int>(number));
}

int size_of(std::uint16_t code) {
  switch (BPF_SIZE(code)) {
    case BPF_W:
      return 4;
    case BPF_H:
      return 2;
    case BPF_B:
      return 1;
    default:
      return 0;
  }
}

// Translates one program. Lives during translate() alone.
class Translation {
 public:
  Translation(const ClassicProgram& program, FrameAccess& frame, Assembler& code, Assembler::Label match,
              Assembler::Label no_match)
      : program_(program), frame_(frame), code_(code), match_(match), no_match_(no_match) {}

  Result<void> run() {
    if (program_.empty() || program_.size() > kInstructionsMax) {
      return unusable("filter", fmt::format("1 to {} instructions expected, {} found", kInstructionsMax,
                                            program_.size()));
    }
    if (BPF_CLASS(program_.back().code) != kReturn)
      return refuse(program_.size() - 1, "no return at the end");
    for (std::size_t at = 0; at < program_.size(); ++at) places_.push_back(code_.new_label());
    code_.move(kA, 0U);
    code_.move(kX, 0U);
    clear_memory();
    for (std::size_t at = 0; at < program_.size(); ++at) {
      code_.bind(places_[at]);
      if (Result<void> done = instruction(at); !done) return done;
    }
    return {};
  }

 private:
  [[nodiscard]] static std::unexpected<Error> refuse(std::size_t at, std::string_view what) {
    return unusable(fmt::format("filter: instruction {}", at), std::string(what));
  }

  // Words that are read: libpcap's optimiser leaves no read of a word that wasn't written, other compilers
  // may.
  void clear_memory() {
    for (std::uint32_t word = 0; word < kWords; ++word) {
      bool read = false;
      for (const ClassicInstruction& here : program_) {
        const bool loads = BPF_CLASS(here.code) == BPF_LD || BPF_CLASS(here.code) == BPF_LDX;
        read = read || (loads && BPF_MODE(here.code) == kModeMemory && here.constant == word);
      }
      if (read) code_.store(BPF_W, kFrame, word_at(word), kA);
    }
  }

  Result<void> instruction(std::size_t at) {
    const ClassicInstruction& here = program_[at];
    switch (BPF_CLASS(here.code)) {
      case BPF_LD:
        return load(at, kA);
      case BPF_LDX:
        return load(at, kX);
      case BPF_ST:
        return store(at, kA);
      case BPF_STX:
        return store(at, kX);
      case BPF_ALU:
        return compute(at);
      case BPF_JMP:
        return jump(at);
      case kReturn:
        return give_back(at);
      default:
        return transfer(at);
    }
  }

  Result<void> load(std::size_t at, Register to) {
    const ClassicInstruction& here = program_[at];
    switch (BPF_MODE(here.code)) {
      case kModeImmediate:
        code_.move(to, here.constant);
        return {};
      case kModeMemory:
        if (here.constant >= kWords)
          return refuse(at, fmt::format("16 words of memory, word {} read", here.constant));
        code_.load(BPF_W, to, kFrame, word_at(here.constant));
        return {};
      case kModeLength:
        frame_.read_length();
        code_.move(to, kR0);
        return {};
      default:
        return load_from_frame(at, to);
    }
  }

  Result<void> load_from_frame(std::size_t at, Register to) {
    const ClassicInstruction& here = program_[at];
    const int size = size_of(here.code);
    const std::uint16_t mode = BPF_MODE(here.code);
    if (to == kX) {
      if (mode != kModeHeaderLength || size != 1) return refuse(at, unknown(here));
      frame_.read(here.constant, 1, no_match_);
      code_.compute32(BPF_AND, kR0, 0xfU);
      code_.compute32(BPF_LSH, kR0, 2U);
    } else if (size == 0 || (mode != kModeAbsolute && mode != kModeIndirect)) {
      return refuse(at, unknown(here));
    } else if (mode == kModeAbsolute) {
      frame_.read(here.constant, size, no_match_);
    } else {
      code_.move(kR3, here.constant);
      code_.compute64(BPF_ADD, kR3, kX);  // 64-bit: an offset that wraps is beyond the frame
      frame_.read_at_r3(size, no_match_);
    }
    code_.move(to, kR0);
    return {};
  }

  Result<void> store(std::size_t at, Register from) {
    const std::uint32_t word = program_[at].constant;
    if (word >= kWords) return refuse(at, fmt::format("16 words of memory, word {} written", word));
    code_.store(BPF_W, kFrame, word_at(word), from);
    return {};
  }

  Result<void> compute(std::size_t at) {
    const ClassicInstruction& here = program_[at];
    const auto operation = static_cast<std::uint8_t>(BPF_OP(here.code));
    const bool by_x = BPF_SRC(here.code) == BPF_X;
    switch (operation) {
      case BPF_NEG:
        code_.move(kR0, 0U);
        code_.compute32(BPF_SUB, kR0, kA);
        code_.move(kA, kR0);
        return {};
      case BPF_DIV:
      case BPF_MOD:
        if (by_x) {
          code_.jump_if32(BPF_JEQ, kX, 0U, no_match_);
        } else if (here.constant == 0) {
          return refuse(at, "a divisor other than 0 expected");
        }
        break;
      case BPF_LSH:
      case BPF_RSH:
        return shift(operation, by_x, here.constant);
      case BPF_ADD:
      case BPF_SUB:
      case BPF_MUL:
      case BPF_AND:
      case BPF_OR:
      case BPF_XOR:
        break;
      default:
        return refuse(at, unknown(here));
    }
    if (by_x) {
      code_.compute32(operation, kA, kX);
    } else {
      code_.compute32(operation, kA, here.constant);
    }
    return {};
  }

  // By 32 bits and more nothing is left; eBPF itself would take the distance modulo 32.
  Result<void> shift(std::uint8_t operation, bool by_x, std::uint32_t distance) {
    if (!by_x) {
      if (distance < kBitsOfWord) {
        code_.compute32(operation, kA, distance);
      } else {
        code_.move(kA, 0U);
      }
      return {};
    }
    const Assembler::Label within = code_.new_label();
    const Assembler::Label done = code_.new_label();
    code_.jump_if32(BPF_JLT, kX, kBitsOfWord, within);
    code_.move(kA, 0U);
    code_.jump(done);
    code_.bind(within);
    code_.compute32(operation, kA, kX);
    code_.bind(done);
    return {};
  }

  Result<void> jump(std::size_t at) {
    const ClassicInstruction& here = program_[at];
    const auto operation = static_cast<std::uint8_t>(BPF_OP(here.code));
    const std::size_t left = program_.size() - at - 1;  // instructions behind this one
    if (operation == BPF_JA) {
      if (static_cast<std::int32_t>(here.constant) < 0) {
        return unusable("filter",
                        "it walks a chain of headers (protochain), which the kernel's filters can't",
                        "ask for the protocol: ip6 proto, or ip6[6]");
      }
      if (here.constant >= left) return refuse(at, "jump beyond the program");
      code_.jump(places_[at + 1 + here.constant]);
      return {};
    }
    if (here.if_true >= left || here.if_false >= left) return refuse(at, "jump beyond the program");
    if (operation != BPF_JEQ && operation != BPF_JGT && operation != BPF_JGE && operation != BPF_JSET) {
      return refuse(at, unknown(here));
    }
    const Assembler::Label if_true = places_[at + 1 + here.if_true];
    if (BPF_SRC(here.code) == BPF_X) {
      code_.jump_if32(operation, kA, kX, if_true);
    } else {
      code_.jump_if32(operation, kA, here.constant, if_true);
    }
    if (here.if_false != 0) code_.jump(places_[at + 1 + here.if_false]);
    return {};
  }

  Result<void> give_back(std::size_t at) {
    const ClassicInstruction& here = program_[at];
    if ((here.code & 0x18) == kReturnA) {
      code_.jump_if32(BPF_JNE, kA, 0U, match_);
      code_.jump(no_match_);
    } else {
      code_.jump(here.constant != 0 ? match_ : no_match_);
    }
    return {};
  }

  Result<void> transfer(std::size_t at) {
    if ((program_[at].code & 0xf8) == kTransferToA) {
      code_.move(kA, kX);
    } else {
      code_.move(kX, kA);
    }
    return {};
  }

  static std::string unknown(const ClassicInstruction& here) {
    return fmt::format("a classic BPF instruction expected, code {:#06x} found", here.code);
  }

  const ClassicProgram& program_;
  FrameAccess& frame_;
  Assembler& code_;
  Assembler::Label match_;
  Assembler::Label no_match_;
  std::vector<Assembler::Label> places_;  // of each classic instruction
};

}  // namespace

Result<void> translate(const ClassicProgram& program, FrameAccess& frame, Assembler& code,
                       Assembler::Label match, Assembler::Label no_match) {
  return Translation(program, frame, code, match, no_match).run();
}

}  // namespace vedette
