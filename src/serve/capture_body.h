// A packet stream as a pcapng file that grows while it is read.
#pragma once

#include <cstdint>
#include <memory>

#include "sensor/backend.h"
#include "serve/routes.h"

namespace vedette {

// `snaplen` is told in the file's interface blocks.
[[nodiscard]] std::unique_ptr<BodyReader> make_capture_body(std::unique_ptr<PacketStream> stream,
                                                            std::uint32_t snaplen);

}  // namespace vedette
