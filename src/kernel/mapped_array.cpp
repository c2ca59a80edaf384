#include "kernel/mapped_array.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vedette {

Result<MappedArray> MappedArray::map(int fd, std::size_t element_size) {
  bpf_map_info info{};
  std::uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
    return failed("kernel map", fmt::format("can't be asked about: {}", std::strerror(errno)));
  if (info.value_size != element_size)
    return failed(
        fmt::format("kernel map {}", info.name),
        fmt::format("has elements of {} bytes where {} were expected", info.value_size, element_size));
  MappedArray array;
  array.stride_ = (info.value_size + 7U) & ~7U;
  array.entries_ = info.max_entries;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  array.bytes_ = (array.stride_ * info.max_entries + page - 1) / page * page;
  void* memory = mmap(nullptr, array.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    return failed(fmt::format("kernel map {}", info.name),
                  fmt::format("{} bytes can't be mapped: {}", array.bytes_, std::strerror(errno)));
  array.memory_ = static_cast<std::byte*>(memory);
  return array;
}

MappedArray::MappedArray(MappedArray&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)),
      bytes_(other.bytes_),
      stride_(other.stride_),
      entries_(other.entries_) {}

MappedArray& MappedArray::operator=(MappedArray&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(bytes_, other.bytes_);
  std::swap(stride_, other.stride_);
  std::swap(entries_, other.entries_);
  return *this;
}

MappedArray::~MappedArray() {
  if (memory_) munmap(memory_, bytes_);
}

}  // namespace vedette
