// Interfaces of this network namespace: which there are, and a descriptor that becomes readable when one
// comes, goes or changes its name (rtnetlink(7), RTMGRP_LINK).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// One thread at a time.
class LinkMonitor {
 public:
  [[nodiscard]] static Result<LinkMonitor> open();

  // Readable when something may have changed; changed() empties it.
  [[nodiscard]] int fd() const { return socket_.get(); }
  // True where a message came since the last call, or messages were lost.
  bool changed();

  // Interface names by ifindex, as they are now.
  [[nodiscard]] static std::map<int, std::string> interfaces();

  // The interface of the default route, IPv4 before IPv6, lowest metric first.
  [[nodiscard]] static Result<std::string> default_route_interface();

 private:
  explicit LinkMonitor(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;
};

}  // namespace vedette
