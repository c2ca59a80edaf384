// Translates a classic BPF filter into eBPF instructions: the middle of a filter's way into the kernel,
// between libpcap's compiler and the watch program that carries it (watch_program.h). What libpcap's
// interpreter decides of a frame, the translation decides: a read beyond the frame is no match, as is a
// division by zero; arithmetic is 32-bit, unsigned and wraps.
#pragma once

#include <cstdint>

#include "watch/assembler.h"
#include "watch/classic_filter.h"
#include "watch/frame_access.h"

namespace vedette {

// Writes the filter: control goes to `match` or to `no_match`, never past the end. Uses r7 and r8 and the
// stack from kStackOfCaller down to kStackOfFilter. Fails as unusable where the program isn't valid classic
// BPF.
[[nodiscard]] Result<void> translate(const ClassicProgram& program, FrameAccess& frame, Assembler& code,
                                     Assembler::Label match, Assembler::Label no_match);

inline constexpr std::int16_t kStackOfFilter = kStackOfCaller - 64;

}  // namespace vedette
