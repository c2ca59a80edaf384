#include "kernel/ring_gauge.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vedette {

Result<RingGauge> RingGauge::open(int fd) {
  bpf_map_info info{};
  std::uint32_t length = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
    return failed("kernel ring", fmt::format("can't be asked about: {}", std::strerror(errno)));
  RingGauge gauge;
  gauge.page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  // The kernel lets nobody write here but the consumer, and only its own page.
  void* pages = mmap(nullptr, 2 * gauge.page_, PROT_READ, MAP_SHARED, fd, 0);
  if (pages == MAP_FAILED)
    return failed(fmt::format("kernel ring {}", info.name),
                  fmt::format("its positions can't be mapped: {}", std::strerror(errno)));
  gauge.pages_ = static_cast<std::byte*>(pages);
  gauge.size_ = info.max_entries;
  return gauge;
}

RingGauge::RingGauge(RingGauge&& other) noexcept
    : pages_(std::exchange(other.pages_, nullptr)), page_(other.page_), size_(other.size_) {}

RingGauge& RingGauge::operator=(RingGauge&& other) noexcept {
  std::swap(pages_, other.pages_);
  std::swap(page_, other.page_);
  std::swap(size_, other.size_);
  return *this;
}

RingGauge::~RingGauge() {
  if (pages_ != nullptr) munmap(pages_, 2 * page_);
}

RingFill RingGauge::fill() const {
  if (pages_ == nullptr) return {};
  const auto position = [this](std::size_t page) {
    return __atomic_load_n(reinterpret_cast<const unsigned long*>(pages_ + page * page_), __ATOMIC_ACQUIRE);
  };
  // The reader's first: what comes in between makes it look fuller, never emptier than empty.
  const unsigned long consumed = position(0);
  const unsigned long produced = position(1);
  return {.used = std::min<std::uint64_t>(produced - consumed, size_), .size = size_};
}

}  // namespace vedette
