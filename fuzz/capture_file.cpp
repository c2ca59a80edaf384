// Any bytes as a capture file, read from memory, and packed ones as a stream: damage must be told, never
// followed, and every record must lie within the input.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "packet/parse.h"
#include "source/byte_stream.h"
#include "source/capture_file.h"

namespace {

using vedette::ByteStream;
using vedette::Result;

constexpr std::uint64_t kMostUnpacked = 8 << 20;  // bytes; a bomb of zeros would take the whole run

// Touches each byte that a record claims.
void read_all(vedette::CaptureFile& file) {
  std::array<vedette::RawPacket, 8> packets;
  for (;;) {
    const auto count = file.next(packets);
    if (!count || *count == 0) return;
    for (std::size_t i = 0; i < *count; i++) {
      if (packets[i].interface >= file.interfaces().size()) std::abort();
      vdt_packet facts;
      vedette::parse_packet(packets[i].link, packets[i].bytes, packets[i].wire_length, facts);
    }
    if (file.offset() > kMostUnpacked) return;
  }
}

void read_packed(std::span<const std::uint8_t> bytes) {
  const vedette::FileDescriptor file(memfd_create("capture", 0));
  if (!file || write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return;
  auto opened = vedette::CaptureFile::open("/proc/self/fd/" + std::to_string(file.get()));
  if (opened) read_all(*opened);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  if (vedette::tell_packing(bytes) != vedette::Packing::kNone) {
    read_packed(bytes);
    return 0;
  }
  // Memory of its own, so that a read one byte behind the file is seen.
  const auto copy = std::make_unique<std::uint8_t[]>(size);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  auto file = vedette::CaptureFile::over({copy.get(), size}, "fuzzed");
  if (file) read_all(*file);
  return 0;
}
