// A file descriptor that closes itself: kernel maps, programs and links, sockets, files.
#pragma once

#include <unistd.h>

#include <utility>

namespace vedette {

// Owns one descriptor, or none. Any thread may use it, one at a time.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  // Takes ownership; a negative number is none.
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }

  // The number, still owned here; -1 where there is none.
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }
  // Gives the number away; the caller closes it.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  void reset() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

}  // namespace vedette
