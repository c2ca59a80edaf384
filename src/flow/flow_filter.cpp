#include "flow/flow_filter.h"

#include <cctype>
#include <memory>
#include <string>

#include "flow/flow_frame.h"
#include "packet/filter_error.h"

namespace vedette {

namespace {

constexpr int kSnapLength = 262144;

bool names_vlans(std::string_view expression) {
  constexpr std::string_view kWord = "vlan";
  const auto in_word = [&](std::size_t at) {
    return at < expression.size() && (std::isalnum(static_cast<unsigned char>(expression[at])) != 0);
  };
  for (std::size_t at = expression.find(kWord); at != std::string_view::npos;
       at = expression.find(kWord, at + 1))
    if ((at == 0 || !in_word(at - 1)) && !in_word(at + kWord.size())) return true;
  return false;
}

bool compile_into(pcap_t* compiler, std::string_view expression, bpf_program& program) {
  return pcap_compile(compiler, &program, std::string(expression).c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
}

}  // namespace

Result<FlowFilter> FlowFilter::compile(std::string_view expression) {
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> compiler(pcap_open_dead(DLT_EN10MB, kSnapLength),
                                                            pcap_close);
  if (!compiler) return failed("filter", "libpcap could not be set up: no memory");
  bpf_program compiled{};
  if (!compile_into(compiler.get(), expression, compiled)) {
    const std::string said = pcap_geterr(compiler.get());
    return filter_error({.where = "filter",
                         .filter = expression,
                         .said = said,
                         .hint = "see pcap-filter(7)",
                         .compiles = [&](const std::string& piece) {
                           bpf_program program{};
                           const bool done = compile_into(compiler.get(), piece, program);
                           if (done) pcap_freecode(&program);
                           return done;
                         }});
  }
  std::vector<bpf_insn> program(compiled.bf_insns, compiled.bf_insns + compiled.bf_len);
  pcap_freecode(&compiled);
  return FlowFilter(std::move(program), names_vlans(expression));
}

bool FlowFilter::matches(const Flow& flow) const {
  const FlowFrame frame = flow_frame(flow.key, sees_vlans_);
  return bpf_filter(program_.data(), frame.data(), frame.size(), frame.size()) != 0;
}

}  // namespace vedette
