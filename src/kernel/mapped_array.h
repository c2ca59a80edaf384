// A kernel array map (BPF_F_MMAPABLE) as plain memory: user space reads and writes its elements without a
// system call. The memory is shared with programs that run at the same time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace vedette {

// Owns the mapping, not the map. Any thread may read; who writes is agreed with the kernel programs.
class MappedArray {
 public:
  // Maps all of the array behind `fd`; its element and number are asked of the kernel. Fails where the map
  // isn't mmapable or has elements of another size than `element_size`.
  [[nodiscard]] static Result<MappedArray> map(int fd, std::size_t element_size);

  MappedArray() = default;
  MappedArray(MappedArray&& other) noexcept;
  MappedArray& operator=(MappedArray&& other) noexcept;
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;
  ~MappedArray();

  template <typename T>
  [[nodiscard]] T* at(std::uint32_t index) const {
    return reinterpret_cast<T*>(memory_ + std::size_t{index} * stride_);
  }
  [[nodiscard]] std::uint32_t entries() const { return entries_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::byte* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t stride_ = 0;
  std::uint32_t entries_ = 0;
};

}  // namespace vedette
