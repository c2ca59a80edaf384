#include "kernel/companion.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/file_descriptor.h"

namespace vedette {

Result<void> set_constants(const BpfObject& object, const char* section, std::span<const std::byte> bytes) {
  const auto map = object.map(section);
  if (!map) return std::unexpected(map.error());
  if (bpf_map__set_initial_value(*map, bytes.data(), bytes.size()) != 0)
    return failed(section, "can't be written");
  return {};
}

Result<void> share_maps(const PacketPrograms& programs, std::span<const char* const> names,
                        BpfObject& object) {
  for (const char* name : names) {
    const auto fd = programs.map_fd(name);
    if (!fd) return std::unexpected(fd.error());
    if (auto reused = object.reuse_map(name, *fd); !reused) return reused;
  }
  const vdt_config config = programs.config();
  return set_constants(object, ".rodata.config", std::as_bytes(std::span(&config, 1)));
}

Result<void> load_with_pins(const PacketPrograms& programs, std::span<const char* const> names,
                            BpfObject& object) {
  std::vector<const char*> fresh;
  for (const char* name : names) {
    const FileDescriptor pinned(bpf_obj_get(programs.pins().path(name).c_str()));
    if (!pinned) {
      fresh.push_back(name);
      continue;
    }
    if (auto reused = object.reuse_map(name, pinned.get()); !reused) return reused;
  }
  if (auto loaded = object.load(); !loaded) return loaded;
  for (const char* name : fresh) {
    const auto fd = object.map_fd(name);
    if (!fd) return std::unexpected(fd.error());
    const auto pin = programs.pins().path(name);
    if (bpf_obj_pin(*fd, pin.c_str()) != 0)
      return failed(pin.string(), fmt::format("can't be pinned: {}", std::strerror(errno)));
  }
  return {};
}

Result<void> place_program(const PacketPrograms& programs, const BpfObject& object,
                           const std::string& program, const char* array, std::uint32_t place) {
  const auto fd = object.program_fd(program);
  const auto to = programs.map_fd(array);
  if (!fd) return std::unexpected(fd.error());
  if (!to) return std::unexpected(to.error());
  if (bpf_map_update_elem(*to, &place, &*fd, BPF_ANY) != 0)
    return failed(program, fmt::format("can't be placed: {}", std::strerror(errno)));
  return {};
}

}  // namespace vedette
