#include "watch/watch_program.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "watch/cbpf_to_ebpf.h"
#include "watch/handover.h"

namespace vedette {
namespace {

using enum Register;

constexpr std::int16_t kMapKey = kStackOfFilter - 8;
constexpr std::uint32_t kXdpPass = 2;
constexpr std::uint32_t kTcUnspecified = 0xffffffff;  // TC_ACT_UNSPEC, TCX_NEXT
constexpr std::size_t kLogBytes = 1 << 20;

// r0 = this CPU's handover; to `missing` where there is none.
void find_handover(Assembler& code, int map, Assembler::Label missing) {
  code.move(kR1, 0U);
  code.store(BPF_W, kFrame, kMapKey, kR1);
  code.load_map(kR1, map);
  code.move(kR2, kFrame);
  code.compute64(BPF_ADD, kR2, kMapKey);
  code.call(BPF_FUNC_map_lookup_elem);
  code.jump_if64(BPF_JEQ, kR0, 0, missing);
}

void tail_call(Assembler& code, int programs, std::uint32_t index) {
  code.move(kR1, kContext);
  code.load_map(kR2, programs);
  code.move(kR3, index);
  code.call(BPF_FUNC_tail_call);
}

void tell(Assembler& code, const WatchSlot& slot, const WatchMaps& maps, Assembler::Label next) {
  const auto set = [&](std::size_t field, std::uint32_t number) {
    code.move(kR1, number);
    code.store(BPF_W, kR0, static_cast<std::int16_t>(field), kR1);
  };
  find_handover(code, maps.handover, next);
  set(offsetof(vdt_watch_handover, slot), slot.slot);
  set(offsetof(vdt_watch_handover, watcher), slot.watcher);
  set(offsetof(vdt_watch_handover, snaplen), slot.snaplen);
  tail_call(code, maps.programs, VDT_WATCH_TELLER);
}

// What is to be done with the packet, or the packet program's own return code, where no later slot gives it.
void give_back(Assembler& code, Hook hook, const WatchMaps& maps) {
  const Assembler::Label missing = code.new_label();
  const Assembler::Label done = code.new_label();
  find_handover(code, maps.handover, missing);
  code.load(BPF_B, kR1, kR0, offsetof(vdt_watch_handover, verdict));
  code.jump_if64(BPF_JLE, kR1, VDT_VERDICT_ASK, done);
  tail_call(code, maps.programs, VDT_WATCH_ACT);
  find_handover(code, maps.handover, missing);
  code.bind(done);
  code.load(BPF_W, kR0, kR0, offsetof(vdt_watch_handover, action));
  code.exit();
  code.bind(missing);
  code.move(kR0, hook == Hook::kTc ? kTcUnspecified : kXdpPass);
  code.exit();
}

std::string last_words(std::string_view log) {
  while (!log.empty() && (log.back() == '\n' || log.back() == '\0')) log.remove_suffix(1);
  // The very last line holds the statistics; what went wrong stands before it.
  if (const std::size_t statistics = log.rfind("\nprocessed "); statistics != std::string_view::npos) {
    log = log.substr(0, statistics);
  }
  const std::size_t line = log.rfind('\n');
  return std::string(line == std::string_view::npos ? log : log.substr(line + 1));
}

}  // namespace

Result<std::vector<bpf_insn>> write_watch_program(const ClassicProgram& filter, Hook hook,
                                                  const WatchSlot& slot, const WatchMaps& maps) {
  Assembler code;
  const Assembler::Label match = code.new_label();
  const Assembler::Label no_match = code.new_label();
  const Assembler::Label tagged = code.new_label();

  const auto write_filter = [&](VlanTag tag) {
    FrameAccess frame(code, hook, tag);
    frame.begin();
    return translate(filter, frame, code, match, no_match);
  };

  code.move(kContext, kR1);
  FrameAccess::branch_on_tag(code, hook, tagged);
  if (Result<void> done = write_filter(VlanTag::kInBytes); !done) return std::unexpected(done.error());
  // Between the filter's two forms, so that no jump to it is longer than it has to be.
  code.bind(match);
  tell(code, slot, maps, no_match);
  code.bind(no_match);
  if (slot.slot + 1 < VDT_WATCHERS) tail_call(code, maps.programs, slot.slot + 1);
  give_back(code, hook, maps);
  code.bind(tagged);
  if (hook == Hook::kTc) {
    if (Result<void> done = write_filter(VlanTag::kTakenOut); !done) return std::unexpected(done.error());
  }
  return code.finish();
}

Result<FileDescriptor> load_program(const std::vector<bpf_insn>& program, const ProgramKind& kind) {
  const bool tc = kind.hook == Hook::kTc;
  const auto load = [&](std::string* log) {
    bpf_prog_load_opts options{};
    options.sz = sizeof(options);
    options.expected_attach_type = static_cast<bpf_attach_type>(kind.expected_attach_type);
    options.prog_flags = kind.hook == Hook::kXdpFrags ? BPF_F_XDP_HAS_FRAGS : 0;
    if (log != nullptr) {
      options.log_level = 1;
      options.log_buf = log->data();
      options.log_size = static_cast<__u32>(log->size());
    }
    return bpf_prog_load(tc ? BPF_PROG_TYPE_SCHED_CLS : BPF_PROG_TYPE_XDP, "vdt_watch", "Dual BSD/GPL",
                         program.data(), program.size(), &options);
  };
  if (const int fd = load(nullptr); fd >= 0) return FileDescriptor(fd);
  const int why = errno;
  std::string log(kLogBytes, '\0');
  // Once more, for the verifier's words: they cost time and memory that a good filter needn't pay.
  if (const int fd = load(&log); fd >= 0) return FileDescriptor(fd);
  log.resize(std::strlen(log.c_str()));
  return failed("filter",
                fmt::format("the kernel refused the program of {} instructions: {}", program.size(),
                            std::strerror(why)),
                last_words(log));
}

}  // namespace vedette
