// Classic pcap (draft-ietf-opsawg-pcap): microseconds and nanoseconds, either byte order, and the two
// variants that others wrote: Kuznetzov's longer record headers and IXIA's longer file headers.
#pragma once

#include <cstdint>

#include "source/capture_format.h"

namespace vedette {

// Bytes of the longest file header.
inline constexpr std::size_t kPcapFileHeader = 24;

// True where `magic`, the input's first four bytes, begins a file of this format.
[[nodiscard]] bool is_pcap(std::span<const std::uint8_t, 4> magic);

// Passes the file header. `name` is for errors.
[[nodiscard]] Result<std::unique_ptr<CaptureFormat>> open_pcap(ByteWindow& window, std::string name);

}  // namespace vedette
