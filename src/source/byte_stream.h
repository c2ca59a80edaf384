// Bytes of a capture file one after another, from wherever they come: a descriptor, or one that gzip (RFC
// 1952) or Zstandard (RFC 8878) packed. The first step of a file's way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// One thread at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills `to` from its start with at least one byte; gives their number, 0 at the end of the input. Fails
  // where the input can't be read or unpacked further.
  virtual Result<std::size_t> read(std::span<std::uint8_t> to) = 0;
};

// What `first`, the first bytes of an input, show it to be packed with.
enum class Packing { kNone, kGzip, kZstd };
inline constexpr std::size_t kPackingMagic = 4;  // bytes that tell_packing() wants to see
[[nodiscard]] Packing tell_packing(std::span<const std::uint8_t> first);

// Reads `file` from where it stands, after `first`, which was read from it already. `name` is for errors.
[[nodiscard]] std::unique_ptr<ByteStream> make_stream(FileDescriptor file, std::vector<std::uint8_t> first,
                                                      std::string name);

// Unpacks what `inner` gives; `inner` itself for Packing::kNone.
[[nodiscard]] std::unique_ptr<ByteStream> unpacked(Packing packing, std::unique_ptr<ByteStream> inner,
                                                   std::string name);

}  // namespace vedette
