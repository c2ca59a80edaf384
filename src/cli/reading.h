// What `vedette read` turns a capture's packets into.
#pragma once

#include <memory>
#include <span>

#include "base/error.h"
#include "cli/read_command.h"
#include "source/packet_reader.h"

namespace vedette {

// `add` says false when no more packets are wanted.
class Reading {
 public:
  virtual ~Reading() = default;
  virtual bool add(std::span<const FilePacket> packets) = 0;
  virtual void end_file() {}
  // After the last file.
  [[nodiscard]] virtual Result<void> finish() = 0;
};

// The one that --show names. Fails of options that don't belong to it, and of files that can't be read.
[[nodiscard]] Result<std::unique_ptr<Reading>> make_reading(const ReadRequest& request);

// Those that look at what the packets say: handshakes, and findings.
[[nodiscard]] Result<std::unique_ptr<Reading>> make_handshakes_reading(OutputFormat format,
                                                                       const ReadRequest& request);
[[nodiscard]] Result<std::unique_ptr<Reading>> make_findings_reading(OutputFormat format,
                                                                     const ReadRequest& request);

}  // namespace vedette
