// pcapng (draft-ietf-opsawg-pcapng): several sections, each with its byte order and interfaces, each
// interface with its link type and clock. Blocks that hold no packet are passed over.
#pragma once

#include <cstdint>

#include "source/capture_format.h"

namespace vedette {

// True where `magic`, the input's first four bytes, begins a file of this format.
[[nodiscard]] bool is_pcapng(std::span<const std::uint8_t, 4> magic);

// Passes nothing yet. `name` is for errors.
[[nodiscard]] std::unique_ptr<CaptureFormat> open_pcapng(std::string name);

}  // namespace vedette
