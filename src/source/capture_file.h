// A capture file of any format: classic pcap and pcapng, plain, gzip or Zstandard, from disk or standard
// input. The offline counterpart of the live sensor: packets leave here as raw records.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "source/capture_format.h"

namespace vedette {

// Owns the open file. One thread at a time.
class CaptureFile {
 public:
  // `path` "-" is standard input. The format shows in the content, not in the name. Fails (unusable) where
  // the file can't be opened or is no capture.
  [[nodiscard]] static Result<CaptureFile> open(const std::string& path);

  // A capture that lies in memory, which must outlive it; `name` is for errors. Unpacks nothing.
  [[nodiscard]] static Result<CaptureFile> over(std::span<const std::uint8_t> bytes, std::string name);

  // The next records, at most as many as `packets` has room for; their number, 0 at the end of the input.
  // Their bytes stay valid until the next call. Damage fails only after all records before it were given.
  [[nodiscard]] Result<std::size_t> next(std::span<RawPacket> packets);

  // All that the file has named so far; a RawPacket's `interface` is an index into it.
  [[nodiscard]] const std::vector<CaptureInterface>& interfaces() const { return format_->interfaces(); }

  // Bytes of the (unpacked) input passed so far.
  [[nodiscard]] std::uint64_t offset() const { return window_.offset(); }
  // Bytes of the input in all; 0 where that isn't known: packed, or a pipe.
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  CaptureFile(ByteWindow window, std::unique_ptr<CaptureFormat> format, std::uint64_t size)
      : window_(std::move(window)), format_(std::move(format)), size_(size) {}

  static Result<CaptureFile> over_window(ByteWindow window, std::uint64_t size, std::string name);

  ByteWindow window_;
  std::unique_ptr<CaptureFormat> format_;
  std::uint64_t size_;
  std::uint64_t given_ = 0;      // records
  std::optional<Error> damage_;  // found behind records that had to be given first
  bool ended_ = false;
};

}  // namespace vedette
