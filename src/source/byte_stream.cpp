#include "source/byte_stream.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace vedette {

namespace {

constexpr std::size_t kPackedBytes = 128 * 1024;

class DescriptorStream final : public ByteStream {
 public:
  DescriptorStream(FileDescriptor file, std::vector<std::uint8_t> first, std::string name)
      : file_(std::move(file)), first_(std::move(first)), name_(std::move(name)) {}

  Result<std::size_t> read(std::span<std::uint8_t> to) override {
    if (given_ < first_.size()) {
      const std::size_t size = std::min(to.size(), first_.size() - given_);
      std::memcpy(to.data(), first_.data() + given_, size);
      given_ += size;
      return size;
    }
    for (;;) {
      const ssize_t size = ::read(file_.get(), to.data(), to.size());
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno != EINTR) return unusable(name_, fmt::format("can't be read: {}", std::strerror(errno)));
    }
  }

 private:
  FileDescriptor file_;
  std::vector<std::uint8_t> first_;
  std::size_t given_ = 0;  // bytes of first_
  std::string name_;
};

// The packed bytes on their way into a decompressor.
class PackedInput {
 public:
  explicit PackedInput(std::unique_ptr<ByteStream> inner) : inner_(std::move(inner)), bytes_(kPackedBytes) {}

  // At least one byte, unless the input has ended.
  Result<std::span<const std::uint8_t>> more() {
    if (at_ == size_) {
      passed_ += size_;
      at_ = 0;
      size_ = 0;
      const auto size = inner_->read(bytes_);
      if (!size) return std::unexpected(size.error());
      size_ = *size;
    }
    return std::span<const std::uint8_t>(bytes_).subspan(at_, size_ - at_);
  }
  void take(std::size_t bytes) { at_ += bytes; }
  [[nodiscard]] std::uint64_t offset() const { return passed_ + at_; }

 private:
  std::unique_ptr<ByteStream> inner_;
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::uint64_t passed_ = 0;
};

std::unexpected<Error> damaged(const std::string& name, std::string_view format, std::uint64_t offset,
                               std::string_view what) {
  return unusable(fmt::format("{}: offset {} of the {} data", name, offset, format), std::string(what));
}

class GzipStream final : public ByteStream {
 public:
  GzipStream(std::unique_ptr<ByteStream> inner, std::string name)
      : input_(std::move(inner)), name_(std::move(name)) {
    constexpr int kGzipOnly = 16;
    ready_ = inflateInit2(&inflate_, MAX_WBITS + kGzipOnly) == Z_OK;
  }
  ~GzipStream() override {
    if (ready_) inflateEnd(&inflate_);
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  Result<std::size_t> read(std::span<std::uint8_t> to) override {
    if (!ready_) return failed(name_, "no memory to unpack gzip data");
    if (damage_) return std::unexpected(*damage_);
    for (;;) {
      const auto packed = input_.more();
      if (!packed) return std::unexpected(packed.error());
      if (packed->empty()) {
        if (between_members_) return std::size_t{0};
        return damaged(name_, "gzip", input_.offset(), "expected more data, found the end of the file");
      }
      const auto written = inflate_some(*packed, to);
      if (!written || *written > 0) return written;
    }
  }

 private:
  Result<std::size_t> inflate_some(std::span<const std::uint8_t> packed, std::span<std::uint8_t> to) {
    if (between_members_) inflateReset(&inflate_);
    inflate_.next_in = const_cast<Bytef*>(packed.data());  // zlib reads it only
    inflate_.avail_in = static_cast<uInt>(packed.size());
    inflate_.next_out = to.data();
    inflate_.avail_out = static_cast<uInt>(to.size());
    const int status = inflate(&inflate_, Z_NO_FLUSH);
    input_.take(packed.size() - inflate_.avail_in);
    between_members_ = status == Z_STREAM_END;
    const std::size_t written = to.size() - inflate_.avail_out;
    if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR) return written;
    auto damage =
        damaged(name_, "gzip", input_.offset(),
                inflate_.msg ? std::string_view(inflate_.msg) : "expected gzip data, found something else");
    if (written == 0) return damage;
    damage_ = damage.error();
    return written;
  }

  PackedInput input_;
  std::string name_;
  z_stream inflate_{};
  std::optional<Error> damage_;  // found behind bytes that had to be given first
  bool ready_ = false;
  bool between_members_ = false;  // a file may hold several, one behind the other
};

class ZstdStream final : public ByteStream {
  static constexpr std::size_t kFirstPiece = 5;   // bytes: a frame's header says how long it is
  static constexpr std::size_t kBlockHeader = 3;  // bytes

 public:
  ZstdStream(std::unique_ptr<ByteStream> inner, std::string name)
      : input_(std::move(inner)), name_(std::move(name)), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

  Result<std::size_t> read(std::span<std::uint8_t> to) override {
    if (!context_) return failed(name_, "no memory to unpack zstd data");
    for (;;) {
      const auto packed = input_.more();
      if (!packed) return std::unexpected(packed.error());
      if (packed->empty() && between_frames_) return std::size_t{0};
      // No more than a block at a time, so that what stands before a damaged one is given first.
      ZSTD_inBuffer in{packed->data(), std::min(packed->size(), wanted_), 0};
      ZSTD_outBuffer out{to.data(), to.size(), 0};
      const std::size_t status = ZSTD_decompressStream(context_.get(), &out, &in);
      input_.take(in.pos);
      if (ZSTD_isError(status)) return damaged(name_, "zstd", input_.offset(), ZSTD_getErrorName(status));
      between_frames_ = status == 0;
      // What it asks for holds the next block's header, behind a whole block.
      wanted_ = between_frames_ ? kFirstPiece : status > kBlockHeader ? status - kBlockHeader : status;
      if (out.pos > 0) return out.pos;
      if (packed->empty() && !between_frames_)
        return damaged(name_, "zstd", input_.offset(), "expected more data, found the end of the file");
    }
  }

 private:
  PackedInput input_;
  std::string name_;
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context_;
  std::size_t wanted_ = kFirstPiece;  // bytes that the decompressor asks for next
  bool between_frames_ = false;
};

}  // namespace

Packing tell_packing(std::span<const std::uint8_t> first) {
  constexpr std::array<std::uint8_t, 2> kGzip{0x1f, 0x8b};
  constexpr std::array<std::uint8_t, 4> kZstd{0x28, 0xb5, 0x2f, 0xfd};
  auto begins_with = [&](std::span<const std::uint8_t> magic) {
    return first.size() >= magic.size() && std::equal(magic.begin(), magic.end(), first.begin());
  };
  if (begins_with(kGzip)) return Packing::kGzip;
  return begins_with(kZstd) ? Packing::kZstd : Packing::kNone;
}

std::unique_ptr<ByteStream> make_stream(FileDescriptor file, std::vector<std::uint8_t> first,
                                        std::string name) {
  return std::make_unique<DescriptorStream>(std::move(file), std::move(first), std::move(name));
}

std::unique_ptr<ByteStream> unpacked(Packing packing, std::unique_ptr<ByteStream> inner, std::string name) {
  if (packing == Packing::kGzip) return std::make_unique<GzipStream>(std::move(inner), std::move(name));
  if (packing == Packing::kZstd) return std::make_unique<ZstdStream>(std::move(inner), std::move(name));
  return inner;
}

}  // namespace vedette
