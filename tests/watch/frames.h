// Frames to run filters over: some made by hand, one of each kind that the filters of the table speak of, and
// those of real captures where VEDETTE_CAPTURES names a folder with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::testing {

using Frame = std::vector<std::uint8_t>;

// At least 14 bytes each, as BPF_PROG_TEST_RUN asks for.
std::vector<Frame> made_frames();

// At most `per_file` of each Ethernet capture, at most `total` in all, spread over the files; empty where
// there are no captures.
std::vector<Frame> captured_frames(std::size_t per_file, std::size_t total);

}  // namespace vedette::testing
