#include "cli/read_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/human_text.h"

namespace vedette {

namespace {

constexpr std::uint64_t kPacketsBetweenLooks = 100'000;
constexpr auto kBetweenDrawings = std::chrono::milliseconds(250);

}  // namespace

ReadProgress::ReadProgress(std::string name, bool quiet, bool told_meanwhile)
    : name_(std::move(name)),
      shown_(!quiet && isatty(STDERR_FILENO) == 1 && !(told_meanwhile && isatty(STDOUT_FILENO) == 1)) {}

ReadProgress::~ReadProgress() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
}

void ReadProgress::look(const CaptureFile& file) {
  next_look_ = packets_ + kPacketsBetweenLooks;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_at_ < kBetweenDrawings) return;
  drawn_at_ = now;
  drawn_ = true;
  fmt::print(stderr, "\r\033[K{}: {} packets", name_, count_text(packets_));
  if (file.size() > 0)
    fmt::print(stderr, ", {} %", file.offset() * 100 / file.size());
  else
    fmt::print(stderr, ", {}", bytes_text(file.offset()));
  std::fflush(stderr);
}

}  // namespace vedette
