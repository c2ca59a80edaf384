// One sensor a network namespace: a name that only one process can hold, and that the kernel frees with it.
#pragma once

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// Held while this lives. One thread at a time.
class InstanceLock {
 public:
  // Failed where another sensor of this network namespace holds it.
  [[nodiscard]] static Result<InstanceLock> take();

 private:
  explicit InstanceLock(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;  // bound to an abstract address (unix(7)), which belongs to the network namespace
};

}  // namespace vedette
