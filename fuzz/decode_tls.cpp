// Any bytes as the first ones of both directions, whole and as they grow: the TLS decoder must neither read
// outside them nor loop, must not take back what it has said, and must come to the same facts in the end
// however the bytes arrive. The first two bytes say how many of the rest the initiator sent.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "decode/tls.h"

namespace {

using vedette::Answer;
using vedette::Handshake;
using vedette::Verdict;

void expect(bool truth) {
  if (!truth) std::abort();
}

// Memory of its own and no longer than it says, so that a read one byte behind it is seen.
class Copy {
 public:
  Copy(const std::uint8_t* data, std::size_t size) : bytes_(new std::uint8_t[size]), size_(size) {
    if (size > 0) std::memcpy(bytes_.get(), data, size);
  }
  [[nodiscard]] std::span<const std::uint8_t> first(std::size_t count) const {
    return {bytes_.get(), std::min(count, size_)};
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t rest = size - 2;
  const std::size_t sent = std::min<std::size_t>(data[0] | data[1] << 8, rest);
  const Copy ours(data + 2, sent);
  const Copy theirs(data + 2 + sent, rest - sent);

  Handshake whole;
  const Answer end = vedette::decode_tls(
      {.bytes = {ours.first(sent), theirs.first(rest - sent)}, .ended = {true, true}}, whole);
  expect(end.verdict == Verdict::kDone || end.verdict == Verdict::kNotMine);
  expect((end.verdict == Verdict::kDone) == (whole.app == "tls"));

  // A direction at a time grows by what the decoder asked for.
  std::array<std::size_t, 2> known{};
  const std::array<std::size_t, 2> all{sent, rest - sent};
  for (;;) {
    Handshake early;
    const Answer answer =
        vedette::decode_tls({.bytes = {ours.first(known[0]), theirs.first(known[1])}}, early);
    if (answer.verdict == Verdict::kDone) {
      expect(early == whole);
      return 0;
    }
    if (answer.verdict == Verdict::kNotMine) {
      // It says so before the end only of what can't become TLS; a silent side may still have anything.
      expect(end.verdict == Verdict::kNotMine || known[0] == 0 || known[1] == 0);
      return 0;
    }
    bool grew = false;
    for (std::size_t side = 0; side < 2 && !grew; side++) {
      if (answer.need[side] == 0) continue;
      expect(answer.need[side] > known[side]);  // or it would be asked without end
      if (answer.need[side] > all[side]) continue;
      known[side] = answer.need[side];
      grew = true;
    }
    if (!grew) return 0;
  }
}
