// A fixed-size array that lies in huge pages where it is big enough to fill one: random look-ups into
// megabytes miss the TLB before they miss the cache, and in a virtual machine each such miss walks two page
// tables. One thread.
#pragma once

#include <sys/mman.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace vedette {

template <typename T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  HugeArray() = default;

  // `size` elements, each T{}.
  explicit HugeArray(std::size_t size) : HugeArray(size, Unmade{}) {
    std::uninitialized_value_construct_n(data_.get(), size);
  }

  // Room for `size` elements, whose owner makes each (std::construct_at) before it is used.
  struct Unmade {};
  HugeArray(std::size_t size, Unmade) : size_(size) {
    constexpr std::size_t kCacheLine = 64;
    const std::size_t bytes = size * sizeof(T);
    const std::size_t unit = bytes >= kHugePage / 2 ? kHugePage : kCacheLine;
    const std::size_t rounded = (bytes + unit - 1) / unit * unit;
    data_.reset(static_cast<T*>(std::aligned_alloc(unit, rounded)));
    if (!data_) throw std::bad_alloc();
    if (unit == kHugePage) madvise(data_.get(), rounded, MADV_HUGEPAGE);  // a wish: small pages do as well
  }

  T& operator[](std::size_t at) { return data_.get()[at]; }
  const T& operator[](std::size_t at) const { return data_.get()[at]; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T* begin() { return data_.get(); }
  [[nodiscard]] T* end() { return data_.get() + size_; }
  [[nodiscard]] const T* begin() const { return data_.get(); }
  [[nodiscard]] const T* end() const { return data_.get() + size_; }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };

  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace vedette
