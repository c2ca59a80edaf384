#include "tests/watch/kernel_filter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "watch/handover.h"

namespace vedette::tests {
namespace {

using enum Register;

constexpr std::uint32_t kMatched = 77;
constexpr std::uint32_t kPassedOn = 2;
constexpr std::uint32_t kBpfXdp = 37;  // expected attach type of XDP programs

// Longer frames than BPF_PROG_TEST_RUN gives an XDP program whole without frags.
constexpr std::size_t kOnePage = 3400;

std::optional<bool> decision(std::uint32_t result) {
  if (result == kMatched) return true;
  if (result == kPassedOn) return false;
  return std::nullopt;
}

ProgramKind kind_of(Hook hook) {
  return {hook, hook == Hook::kTc ? 0 : kBpfXdp};
}

FileDescriptor load(Assembler& code, Hook hook, std::string& error) {
  Result<std::vector<bpf_insn>> program = code.finish();
  if (!program) {
    error = program.error().text();
    return {};
  }
  Result<FileDescriptor> loaded = load_program(*program, kind_of(hook));
  if (!loaded) error = loaded.error().text();
  return loaded ? std::move(*loaded) : FileDescriptor();
}

}  // namespace

const char* hook_name(Hook hook) {
  if (hook == Hook::kXdp) return "xdp";
  return hook == Hook::kTc ? "tc" : "xdp.frags";
}

KernelFilter::KernelFilter(const ClassicProgram& filter, Hook hook)
    : hook_(hook),
      handover_(bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "vdt_handover", 4, sizeof(vdt_watch_handover), 1,
                               nullptr)),
      programs_(bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "vdt_programs", 4, 4, VDT_WATCH_PROGRAMS, nullptr)) {
  Result<std::vector<bpf_insn>> code =
      write_watch_program(filter, hook, {0, 1, 1}, {handover_.get(), programs_.get()});
  if (!code) {
    error_ = code.error().text();
    return;
  }
  Result<FileDescriptor> loaded = load_program(*code, kind_of(hook));
  if (!loaded) {
    error_ = loaded.error().text();
    return;
  }
  filter_ = std::move(*loaded);

  Assembler teller;
  teller.move(kR0, kMatched);
  teller.exit();
  const FileDescriptor teller_program = load(teller, hook, error_);
  const auto place = [&](std::uint32_t index, int fd) {
    if (bpf_map_update_elem(programs_.get(), &index, &fd, BPF_ANY) != 0) error_ = std::strerror(errno);
  };
  place(VDT_WATCH_TELLER, teller_program.get());
  // BPF_PROG_TEST_RUN takes any CPU: what is passed on is the same on all.
  std::vector<vdt_watch_handover> handovers(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (vdt_watch_handover& handover : handovers) handover.action = kPassedOn;
  const std::uint32_t only = 0;
  if (bpf_map_update_elem(handover_.get(), &only, handovers.data(), BPF_ANY) != 0)
    error_ = std::strerror(errno);
  if (hook == Hook::kTc) {
    load_tag_pusher();
    place(0, filter_.get());
  }
}

// Takes the tag from the context's cb and goes on to the filter.
void KernelFilter::load_tag_pusher() {
  Assembler code;
  code.move(kR6, kR1);
  code.load(BPF_W, kR2, kR1, offsetof(__sk_buff, cb));
  code.load(BPF_W, kR3, kR1, offsetof(__sk_buff, cb) + 4);
  code.call(BPF_FUNC_skb_vlan_push);
  code.move(kR1, kR6);
  code.load_map(kR2, programs_.get());
  code.move(kR3, 0U);
  code.call(BPF_FUNC_tail_call);
  code.move(kR0, 0U);
  code.exit();
  tag_pusher_ = load(code, Hook::kTc, error_);
}

std::uint32_t KernelFilter::run(int program, std::span<const std::uint8_t> frame, void* context,
                                std::uint32_t context_size) const {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<__u32>(frame.size());
  options.ctx_in = context;
  options.ctx_size_in = context_size;
  options.repeat = 1;
  const int failed = bpf_prog_test_run_opts(program, &options);
  return failed != 0 ? static_cast<std::uint32_t>(failed) : options.retval;
}

std::optional<bool> KernelFilter::matches(std::span<const std::uint8_t> frame) const {
  if (hook_ == Hook::kXdp && frame.size() > kOnePage) return std::nullopt;
  return decision(run(filter_.get(), frame, nullptr, 0));
}

std::optional<bool> KernelFilter::matches_tagged(std::span<const std::uint8_t> frame, TakenTag tag) const {
  __sk_buff context{};
  context.cb[0] = __builtin_bswap16(tag.protocol);
  context.cb[1] = tag.tci;
  return decision(run(tag_pusher_.get(), frame, &context, sizeof(context)));
}

std::uint32_t KernelFilter::verified_instructions() const {
  bpf_prog_info info{};
  __u32 size = sizeof(info);
  if (bpf_obj_get_info_by_fd(filter_.get(), &info, &size) != 0) return 0;
  return info.verified_insns;
}

std::uint32_t KernelFilter::nanoseconds(std::span<const std::uint8_t> frame, int repeat) const {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<__u32>(frame.size());
  options.repeat = repeat;
  return bpf_prog_test_run_opts(filter_.get(), &options) == 0 ? options.duration : 0;
}

}  // namespace vedette::tests
