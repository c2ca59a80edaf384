// Writes packets to a pcapng file: the end of a watched packet's way in `vedette capture`.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "source/pcapng_blocks.h"

namespace vedette {

// Owns the file and the bytes not written yet. One thread at a time. What is buffered when the writer dies is
// written then, without a word on failure: call flush() to know.
class CaptureWriter {
 public:
  // Makes or empties the file at `path` ("-" is standard output) and writes the section header. Fails
  // (unusable) where it can't be made.
  [[nodiscard]] static Result<CaptureWriter> create(const std::string& path, const CaptureOrigin& origin);
  CaptureWriter(CaptureWriter&&) noexcept = default;
  CaptureWriter& operator=(CaptureWriter&&) = delete;
  ~CaptureWriter();

  // Describes an interface; gives the number that its packets name.
  [[nodiscard]] std::uint32_t add_interface(const WrittenInterface& interface);

  // Fails where the file takes no more.
  [[nodiscard]] Result<void> write(const WrittenPacket& packet);

  // Hands everything to the system.
  [[nodiscard]] Result<void> flush();

  [[nodiscard]] std::uint64_t packets() const { return packets_; }

 private:
  CaptureWriter(FileDescriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  FileDescriptor file_;
  std::string name_;
  BlockBytes buffer_;
  std::uint32_t interfaces_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace vedette
