// How far `vedette read` has come, on standard error, when that is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "source/capture_file.h"

namespace vedette {

// Clears its line when destroyed. One thread.
class ReadProgress {
 public:
  // Where answers are told meanwhile, only while they go elsewhere than to a terminal.
  ReadProgress(std::string name, bool quiet, bool told_meanwhile = true);
  ReadProgress(const ReadProgress&) = delete;
  ReadProgress& operator=(const ReadProgress&) = delete;
  ~ReadProgress();

  // `packets` more were read. Cheap: draws a few times a second.
  void reached(const CaptureFile& file, std::size_t packets) {
    packets_ += packets;
    if (shown_ && packets_ >= next_look_) [[unlikely]]
      look(file);
  }

 private:
  void look(const CaptureFile& file);

  std::string name_;
  bool shown_;
  bool drawn_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t next_look_ = 0;  // packets
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_at_ = started_;
};

}  // namespace vedette
