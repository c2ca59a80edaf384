#include "kernel/kernel_btf.h"

#include <bpf/btf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "kernel/bpf_object.h"

namespace vedette {

void KernelBtf::Free::operator()(btf* types) const {
  btf__free(types);
}

Result<KernelBtf> KernelBtf::load() {
  const LibbpfWords words;
  btf* types = btf__load_vmlinux_btf();
  if (types == nullptr) {
    const int error = errno;
    return failed("/sys/kernel/btf/vmlinux", words.last_lines(std::strerror(error)),
                  "tracing programs need a kernel built with CONFIG_DEBUG_INFO_BTF");
  }
  return KernelBtf(types);
}

std::optional<int> KernelBtf::tracepoint_arguments(std::string_view tracepoint) const {
  const std::string name = fmt::format("btf_trace_{}", tracepoint);
  const int alias = btf__find_by_name_kind(types_.get(), name.c_str(), BTF_KIND_TYPEDEF);
  if (alias < 0) return std::nullopt;
  const btf_type* pointer = btf__type_by_id(types_.get(), btf__type_by_id(types_.get(), alias)->type);
  if (pointer == nullptr || !btf_is_ptr(pointer)) return std::nullopt;
  const btf_type* function = btf__type_by_id(types_.get(), pointer->type);
  if (function == nullptr || !btf_is_func_proto(function)) return std::nullopt;
  return btf_vlen(function) - 1;  // the first is the tracepoint's own
}

std::vector<std::pair<std::uint32_t, std::string>> KernelBtf::enumerators(std::string_view enum_name) const {
  std::vector<std::pair<std::uint32_t, std::string>> all;
  const int id = btf__find_by_name_kind(types_.get(), std::string(enum_name).c_str(), BTF_KIND_ENUM);
  if (id < 0) return all;
  const btf_type* type = btf__type_by_id(types_.get(), id);
  const struct btf_enum* values = btf_enum(type);
  for (int i = 0; i < btf_vlen(type); ++i)
    all.emplace_back(static_cast<std::uint32_t>(values[i].val),
                     btf__name_by_offset(types_.get(), values[i].name_off));
  return all;
}

}  // namespace vedette
