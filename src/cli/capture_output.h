// The file or pipe into which a command writes packets.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// What the file held before goes with the first bytes: where nothing comes, because no sensor answers, it
// stays. One thread.
class CaptureOutput {
 public:
  // "-" is standard output. Unusable where it is a terminal, or the file can't be written.
  [[nodiscard]] static Result<CaptureOutput> open(const std::string& file);

  // Failed where it takes no more.
  [[nodiscard]] Result<void> write(std::string_view bytes);

  // Where nothing came: leaves no empty file behind that was not there.
  void give_up() const;

 private:
  CaptureOutput(FileDescriptor descriptor, std::string name)
      : descriptor_(std::move(descriptor)), name_(std::move(name)) {}

  FileDescriptor descriptor_;
  std::string name_;
  bool is_new_ = false;
  bool begun_ = false;
};

}  // namespace vedette
