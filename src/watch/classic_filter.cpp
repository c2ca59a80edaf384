#include "watch/classic_filter.h"

#include <pcap/pcap.h>

#include <memory>
#include <type_traits>

namespace vedette {
namespace {

constexpr int kWholePacket = 262144;  // what a match returns; only that it isn't 0 counts here

static_assert(sizeof(ClassicInstruction) == sizeof(bpf_insn) && std::is_trivially_copyable_v<bpf_insn>);

struct CodeDeleter {
  void operator()(bpf_program* program) const { pcap_freecode(program); }
};

}  // namespace

Result<ClassicProgram> compile_filter(const std::string& text) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(DLT_EN10MB, kWholePacket),
                                                              pcap_close);
  if (!handle) return failed("filter", "libpcap has no memory");
  bpf_program compiled{};
  if (pcap_compile(handle.get(), &compiled, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return unusable("filter \"" + text + "\"", pcap_geterr(handle.get()), "syntax: man 7 pcap-filter");
  }
  const std::unique_ptr<bpf_program, CodeDeleter> owner(&compiled);
  ClassicProgram program;
  program.reserve(compiled.bf_len);
  for (const bpf_insn& instruction : std::span(compiled.bf_insns, compiled.bf_len)) {
    program.push_back({instruction.code, instruction.jt, instruction.jf, instruction.k});
  }
  return program;
}

bool interpret(const ClassicProgram& program, std::span<const std::uint8_t> frame, std::uint32_t length) {
  std::vector<bpf_insn> instructions;
  instructions.reserve(program.size());
  for (const ClassicInstruction& instruction : program) {
    instructions.push_back(
        {instruction.code, instruction.if_true, instruction.if_false, instruction.constant});
  }
  return bpf_filter(instructions.data(), frame.data(), length, static_cast<u_int>(frame.size())) != 0;
}

}  // namespace vedette
