// The Ethernet frames of the captures that tests read: what a kernel program could have been given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace vedette::tests {

// Every capture that the folder's MANIFEST.tsv names, in its order.
[[nodiscard]] std::vector<std::filesystem::path> capture_files(const std::filesystem::path& folder);

// Calls `take` with what was captured of each Ethernet frame until the file ends or is damaged; frames of no
// bytes are left out. Gives the number of frames.
std::size_t for_each_ethernet_frame(const std::filesystem::path& file,
                                    const std::function<void(std::span<const std::uint8_t>)>& take);

}  // namespace vedette::tests
