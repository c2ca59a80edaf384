#include "flow/flow_condition.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "flow/flow_frame.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// Branches that meet again are written twice: what is longer is no filter that anybody typed.
constexpr std::size_t kMostText = 64 << 10;
constexpr unsigned kMostSteps = 50'000;

// A byte of the frame: of a field, or the same for all flows.
struct FrameByte {
  std::optional<FlowPart> part;
  unsigned index = 0;  // within the field, the most significant one first
  unsigned width = 0;  // of the field in bytes
  std::uint8_t fixed = 0;
};
using FrameLayout = std::array<FrameByte, std::tuple_size_v<FlowFrame>>;

FlowPart word_of(FlowPart first, unsigned word) {
  return static_cast<FlowPart>(static_cast<unsigned>(first) + word);
}

// Where each field's bytes are, seen by changing one after the other.
FrameLayout layout_of(std::uint8_t ip_version, bool tagged) {
  vdt_flow_key key{};
  key.ip_version = ip_version;
  key.protocol = VDT_IP_TCP;
  if (tagged) key.vlan[0] = 0x0101;
  const FlowFrame plain = flow_frame(key, tagged);
  FrameLayout layout;
  for (std::size_t at = 0; at < plain.size(); at++) layout[at].fixed = plain[at];
  const auto note = [&](const vdt_flow_key& changed, FlowPart part, unsigned index, unsigned width) {
    const FlowFrame frame = flow_frame(changed, tagged);
    for (std::size_t at = 0; at < frame.size(); at++)
      if (frame[at] != plain[at]) layout[at] = {.part = part, .index = index, .width = width, .fixed = 0};
  };
  const unsigned bytes = ip_version == 6 ? 16 : 4;
  for (unsigned i = 0; i < bytes; i++) {
    const unsigned word = ip_version == 6 ? i / 4 : 3;
    vdt_flow_key src = key, dst = key;
    src.src.bytes[i] = 0xff;
    dst.dst.bytes[i] = 0xff;
    note(src, word_of(FlowPart::kSrc0, word), i % 4, 4);
    note(dst, word_of(FlowPart::kDst0, word), i % 4, 4);
  }
  for (unsigned i = 0; i < 2; i++) {
    const auto flipped = static_cast<std::uint16_t>(i == 0 ? 0xff00 : 0x00ff);
    vdt_flow_key src = key, dst = key, vlan = key;
    src.src_port = dst.dst_port = flipped;
    vlan.vlan[0] ^= flipped;
    note(src, FlowPart::kSrcPort, i, 2);
    note(dst, FlowPart::kDstPort, i, 2);
    if (tagged) note(vlan, FlowPart::kVlan, i, 2);
  }
  vdt_flow_key udp = key;
  udp.protocol = VDT_IP_UDP;
  note(udp, FlowPart::kProtocol, 0, 1);
  return layout;
}

// What a register holds: a number, or an expression of one.
struct Value {
  std::optional<std::uint32_t> fixed = 0;
  std::string text = {};

  [[nodiscard]] std::string shown() const { return fixed ? fmt::to_string(*fixed) : text; }
};

struct Condition {
  enum Kind : std::uint8_t { kNever, kAlways, kText } kind = kNever;
  std::string text = {};
};

Condition both_ways(const std::string& question, const Condition& yes, const Condition& no) {
  if (yes.kind == no.kind && yes.text == no.text) return yes;
  const auto text = [](std::string of) { return Condition{Condition::kText, std::move(of)}; };
  if (yes.kind == Condition::kAlways && no.kind == Condition::kNever) return text(question);
  if (yes.kind == Condition::kNever && no.kind == Condition::kAlways) return text("NOT " + question);
  if (yes.kind == Condition::kAlways) return text(fmt::format("({} OR {})", question, no.text));
  if (no.kind == Condition::kNever) return text(fmt::format("({} AND {})", question, yes.text));
  if (yes.kind == Condition::kNever) return text(fmt::format("(NOT {} AND {})", question, no.text));
  if (no.kind == Condition::kAlways) return text(fmt::format("(NOT {} OR {})", question, yes.text));
  return text(fmt::format("({0} AND {1} OR NOT {0} AND {2})", question, yes.text, no.text));
}

// One run of the program over one frame.
class Run {
 public:
  Run(std::span<const bpf_insn> program, const FrameLayout& layout, const ConditionLanguage& language)
      : program_(program), layout_(layout), language_(language) {}

  [[nodiscard]] Result<Condition> whole() {
    Condition condition = from(0, {});
    if (!unknown_.empty()) return unusable("filter", "history can't be asked this: it " + unknown_);
    return condition;
  }

 private:
  struct Registers {
    Value a, x;
    std::array<Value, BPF_MEMWORDS> memory;

    [[nodiscard]] std::string key() const {
      std::string text = a.shown() + ";" + x.shown();
      for (const Value& one : memory) text += ";" + one.shown();
      return text;
    }
  };

  Condition give_up(std::string why) {
    if (unknown_.empty()) unknown_ = std::move(why);
    return {};
  }

  Condition from(std::size_t at, const Registers& registers) {
    if (!unknown_.empty()) return {};
    if (++steps_ > kMostSteps) return give_up("has too many branches");
    const auto key = std::pair(at, registers.key());
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    Condition condition = next(at, registers);
    if (condition.text.size() > kMostText) return give_up("becomes too long");
    return known_[key] = std::move(condition);
  }

  Condition next(std::size_t at, Registers registers) {
    for (; at < program_.size(); at++) {
      const bpf_insn& one = program_[at];
      switch (BPF_CLASS(one.code)) {
        case BPF_RET:
          return returned(one, registers);
        case BPF_JMP:
          return jump(at, one, registers);
        case BPF_LD:
          if (!load(one, registers, registers.a)) return {};
          break;
        case BPF_LDX:
          if (!load(one, registers, registers.x)) return {};
          break;
        case BPF_ST:
          if (one.k < registers.memory.size()) registers.memory[one.k] = registers.a;
          break;
        case BPF_STX:
          if (one.k < registers.memory.size()) registers.memory[one.k] = registers.x;
          break;
        case BPF_ALU:
          if (!calculate(one, registers)) return give_up("calculates with what it reads");
          break;
        default:
          (BPF_MISCOP(one.code) == BPF_TAX ? registers.x : registers.a) =
              BPF_MISCOP(one.code) == BPF_TAX ? registers.a : registers.x;
      }
    }
    return {};
  }

  static Condition returned(const bpf_insn& one, const Registers& registers) {
    if (BPF_RVAL(one.code) == BPF_K) return {one.k != 0 ? Condition::kAlways : Condition::kNever, {}};
    if (registers.a.fixed) return {*registers.a.fixed != 0 ? Condition::kAlways : Condition::kNever, {}};
    return {Condition::kText, fmt::format("({} <> 0)", registers.a.text)};
  }

  Condition jump(std::size_t at, const bpf_insn& one, const Registers& registers) {
    if (BPF_OP(one.code) == BPF_JA) return from(at + 1 + static_cast<std::int32_t>(one.k), registers);
    const Value right = BPF_SRC(one.code) == BPF_X ? registers.x : Value{one.k};
    const std::size_t yes = at + 1 + one.jt, no = at + 1 + one.jf;
    if (registers.a.fixed && right.fixed)
      return from(holds(one, *registers.a.fixed, *right.fixed) ? yes : no, registers);
    const std::string question = asked(one, registers.a.shown(), right.shown());
    const Condition then = from(yes, registers);
    return both_ways(question, then, from(no, registers));
  }

  static bool holds(const bpf_insn& one, std::uint32_t a, std::uint32_t b) {
    switch (BPF_OP(one.code)) {
      case BPF_JEQ:
        return a == b;
      case BPF_JGT:
        return a > b;
      case BPF_JGE:
        return a >= b;
      default:
        return (a & b) != 0;
    }
  }

  [[nodiscard]] std::string asked(const bpf_insn& one, const std::string& a, const std::string& b) const {
    switch (BPF_OP(one.code)) {
      case BPF_JEQ:
        return fmt::format("({} = {})", a, b);
      case BPF_JGT:
        return fmt::format("({} > {})", a, b);
      case BPF_JGE:
        return fmt::format("({} >= {})", a, b);
      default:
        return fmt::format("({} <> 0)", in_bits(a, b));
    }
  }

  [[nodiscard]] std::string in_bits(const std::string& a, const std::string& b) const {
    return fmt::format(fmt::runtime(language_.bit_and), a, b);
  }

  // False: the program ends here, as it does where it reads behind a packet's end.
  bool load(const bpf_insn& one, const Registers& registers, Value& to) {
    const std::size_t size = BPF_SIZE(one.code) == BPF_W ? 4 : BPF_SIZE(one.code) == BPF_H ? 2 : 1;
    switch (BPF_MODE(one.code)) {
      case BPF_IMM:
        to = {one.k};
        return true;
      case BPF_LEN:
        to = {static_cast<std::uint32_t>(layout_.size())};
        return true;
      case BPF_MEM:
        to = registers.memory[one.k % registers.memory.size()];
        return true;
      case BPF_IND:
        if (!registers.x.fixed) return give_up("reads where another value says"), false;
        return read(std::size_t{one.k} + *registers.x.fixed, size, to);
      case BPF_MSH: {
        Value header;
        if (!read(one.k, 1, header)) return false;
        if (!header.fixed) return give_up("takes a header's length from a field"), false;
        to = {(*header.fixed & 0xf) * 4};
        return true;
      }
      default:
        return read(one.k, size, to);
    }
  }

  bool read(std::size_t at, std::size_t size, Value& to) const {
    if (at + size > layout_.size()) return false;
    std::uint32_t fixed = 0;
    std::string text;
    for (std::size_t i = 0; i < size;) {
      const FrameByte& first = layout_[at + i];
      std::size_t end = i + 1;
      if (!first.part) {
        fixed |= static_cast<std::uint32_t>(first.fixed) << (8 * (size - end));
        i = end;
        continue;
      }
      while (end < size && layout_[at + end].part == first.part) end++;
      text += fmt::format("{}{}", text.empty() ? "" : " + ",
                          piece(first, layout_[at + end - 1].index, 8 * (size - end)));
      i = end;
    }
    if (text.empty())
      to = {fixed};
    else
      to = {std::nullopt, fixed == 0 ? text : fmt::format("{} + {}", text, fixed)};
    if (!to.fixed && to.text.find(' ') != std::string::npos) to.text = "(" + to.text + ")";
    return true;
  }

  // Bytes `first` to `last` of a field, so many bits to the left.
  [[nodiscard]] std::string piece(const FrameByte& first, unsigned last, std::size_t left) const {
    std::string text = language_.part(*first.part);
    if (const unsigned right = 8 * (first.width - 1 - last); right != 0)
      text = fmt::format(fmt::runtime(language_.quotient), text, std::uint64_t{1} << right);
    if (first.index != 0)
      text = in_bits(text, fmt::to_string((std::uint64_t{1} << (8 * (last - first.index + 1))) - 1));
    return left == 0 ? text : fmt::format("{} * {}", text, std::uint64_t{1} << left);
  }

  // A into A. False where it isn't known here.
  [[nodiscard]] bool calculate(const bpf_insn& one, Registers& registers) const {
    Value& a = registers.a;
    const Value b = BPF_SRC(one.code) == BPF_X ? registers.x : Value{one.k};
    if (a.fixed && b.fixed) {
      const auto number = calculated(BPF_OP(one.code), *a.fixed, *b.fixed);
      if (number) a.fixed = *number;
      return number.has_value();
    }
    constexpr std::uint64_t kAll = 0xffff'ffff;
    const std::string left = a.shown(), right = b.shown();
    const auto becomes = [&](std::string text) {
      a = {std::nullopt, std::move(text)};
      return true;
    };
    switch (BPF_OP(one.code)) {
      case BPF_AND:
        return becomes(in_bits(left, right));
      case BPF_OR:
        return becomes(fmt::format(fmt::runtime(language_.bit_or), left, right));
      case BPF_ADD:
        return becomes(in_bits(fmt::format("({} + {})", left, right), fmt::to_string(kAll)));
      case BPF_SUB:
        return becomes(in_bits(fmt::format("({} - {} + {})", left, right, kAll + 1), fmt::to_string(kAll)));
      case BPF_LSH:
        if (!b.fixed || *b.fixed > 31) return false;
        return becomes(
            in_bits(fmt::format("({} * {})", left, std::uint64_t{1} << *b.fixed), fmt::to_string(kAll)));
      case BPF_RSH:
        if (!b.fixed || *b.fixed > 31) return false;
        return becomes(fmt::format(fmt::runtime(language_.quotient), left, std::uint64_t{1} << *b.fixed));
      default:
        return false;
    }
  }

  static std::optional<std::uint32_t> calculated(unsigned op, std::uint32_t a, std::uint32_t b) {
    switch (op) {
      case BPF_AND:
        return a & b;
      case BPF_OR:
        return a | b;
      case BPF_ADD:
        return a + b;
      case BPF_SUB:
        return a - b;
      case BPF_MUL:
        return a * b;
      case BPF_LSH:
        return b > 31 ? 0 : a << b;
      case BPF_RSH:
        return b > 31 ? 0 : a >> b;
      default:
        return std::nullopt;
    }
  }

  std::span<const bpf_insn> program_;
  const FrameLayout& layout_;
  const ConditionLanguage& language_;
  std::map<std::pair<std::size_t, std::string>, Condition> known_;
  unsigned steps_ = 0;
  std::string unknown_;  // what can't be said of the filter; empty: nothing
};

}  // namespace

Result<std::string> flow_condition(const FlowFilter& filter, const ConditionLanguage& language) {
  std::string any;
  bool all = true;
  for (const std::uint8_t version : {std::uint8_t{4}, std::uint8_t{6}})
    for (const bool tagged : {false, true}) {
      if (tagged && !filter.sees_vlans()) continue;
      const FrameLayout layout = layout_of(version, tagged);
      const auto condition = Run(filter.program(), layout, language).whole();
      if (!condition) return std::unexpected(condition.error());
      all &= condition->kind == Condition::kAlways;
      if (condition->kind == Condition::kNever) continue;
      std::string one = fmt::format("{} = {}", language.part(FlowPart::kIpVersion), version);
      if (filter.sees_vlans())
        one += fmt::format(" AND {} {} 0", language.part(FlowPart::kVlan), tagged ? "<>" : "=");
      if (condition->kind == Condition::kText) one += " AND " + condition->text;
      any += fmt::format("{}({})", any.empty() ? "" : " OR ", one);
    }
  if (all) return "1 = 1";
  return any.empty() ? "1 = 0" : "(" + any + ")";
}

}  // namespace vedette
