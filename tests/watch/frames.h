// Frames to run filters over: some made by hand, one of each kind that the filters of the table speak of, and
// those of real captures where there are any (tests/requirements.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vedette::tests {

using Frame = std::vector<std::uint8_t>;

// At least 14 bytes each, as BPF_PROG_TEST_RUN asks for.
std::vector<Frame> made_frames();

// At most `per_file` of each Ethernet capture, at most `total` in all, spread over the files; empty where
// there are no captures.
std::vector<Frame> captured_frames(std::size_t per_file, std::size_t total);

// A VLAN tag that is not in the frame's bytes.
struct TakenTag {
  std::uint16_t protocol = 0;  // host byte order
  std::uint16_t tci = 0;
};

// The outer tag of a frame that the kernel can take one out of; and the frame without it.
std::optional<TakenTag> tag_of(const Frame& frame);
Frame without_tag(const Frame& frame);

}  // namespace vedette::tests
