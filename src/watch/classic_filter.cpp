#include "watch/classic_filter.h"

#include <pcap/pcap.h>

#include <memory>
#include <type_traits>

#include "packet/filter_error.h"

namespace vedette {
namespace {

constexpr int kWholePacket = 262144;  // what a match returns; only that it isn't 0 counts here

static_assert(sizeof(ClassicInstruction) == sizeof(bpf_insn) && std::is_trivially_copyable_v<bpf_insn>);

struct CodeDeleter {
  void operator()(bpf_program* program) const { pcap_freecode(program); }
};

constexpr std::string_view kHint = "see pcap-filter(7)";

bool compiles(pcap_t* handle, const std::string& text) {
  bpf_program program{};
  const bool done = pcap_compile(handle, &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
  if (done) pcap_freecode(&program);
  return done;
}

}  // namespace

Result<ClassicProgram> compile_filter(const std::string& text) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(DLT_EN10MB, kWholePacket),
                                                              pcap_close);
  if (!handle) return failed("filter", "libpcap has no memory");
  bpf_program compiled{};
  if (pcap_compile(handle.get(), &compiled, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    const std::string said = pcap_geterr(handle.get());
    return filter_error(
        {.where = "filter",
         .filter = text,
         .said = said,
         .hint = kHint,
         .compiles = [&](const std::string& piece) { return compiles(handle.get(), piece); }});
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
