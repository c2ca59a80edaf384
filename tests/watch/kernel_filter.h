// Runs a watch program in the kernel over one frame at a time (BPF_PROG_TEST_RUN), with a teller of the
// test's own behind it, and says whether the filter matched.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "tests/watch/frames.h"
#include "watch/watch_program.h"

namespace vedette::tests {

inline constexpr Hook kHooks[] = {Hook::kXdp, Hook::kXdpFrags, Hook::kTc};

const char* hook_name(Hook hook);

class KernelFilter {
 public:
  // Loads the program; nothing where the kernel refuses it, with `error` saying why.
  KernelFilter(const ClassicProgram& filter, Hook hook);

  [[nodiscard]] const std::string& error() const { return error_; }
  // Nothing where BPF_PROG_TEST_RUN doesn't take such a frame at this hook: bare headers, long frames.
  [[nodiscard]] std::optional<bool> matches(std::span<const std::uint8_t> frame) const;
  // As tc sees a frame whose outer tag the device took out.
  [[nodiscard]] std::optional<bool> matches_tagged(std::span<const std::uint8_t> frame, TakenTag tag) const;
  // Instructions that the verifier walked.
  [[nodiscard]] std::uint32_t verified_instructions() const;
  // ns a run over `frame`, by the kernel's own clock.
  [[nodiscard]] std::uint32_t nanoseconds(std::span<const std::uint8_t> frame, int repeat) const;

 private:
  [[nodiscard]] std::uint32_t run(int program, std::span<const std::uint8_t> frame, void* context,
                                  std::uint32_t context_size) const;
  void load_tag_pusher();

  Hook hook_;
  FileDescriptor handover_;
  FileDescriptor programs_;
  FileDescriptor filter_;
  FileDescriptor tag_pusher_;
  std::string error_;
};

}  // namespace vedette::tests
