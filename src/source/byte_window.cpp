#include "source/byte_window.h"

#include <algorithm>
#include <cstring>

namespace vedette {

namespace {

// Small enough that what was read is still in the second-level cache when it is parsed; two of them are in
// use.
constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;

}  // namespace

ByteWindow::ByteWindow(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

bool ByteWindow::refill(std::size_t size) {
  if (!stream_) return false;
  const std::size_t kept = left();
  std::vector<std::uint8_t> next = std::move(spare_);
  spare_.clear();
  if (next.size() < size) next.resize(std::max(size, kBufferBytes));
  if (kept > 0) std::memcpy(next.data(), at_, kept);
  if (!buffer_.empty()) retired_.push_back(std::move(buffer_));
  buffer_ = std::move(next);
  at_ = buffer_.data();
  end_ = at_ + kept;
  while (left() < size) {
    const auto read = stream_->read(std::span(buffer_).subspan(left()));
    if (!read) failure_ = read.error();
    if (!read || *read == 0) {
      stream_.reset();
      return false;
    }
    end_ += *read;
  }
  return true;
}

void ByteWindow::recycle() {
  spare_ = std::move(retired_.back());
  retired_.clear();
}

bool ByteWindow::skip(std::uint64_t size) {
  while (size > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(size, kBufferBytes));
    if (!peek(piece)) return false;
    pass(piece);
    size -= piece;
    if (stream_) release();
  }
  return true;
}

}  // namespace vedette
