// Parsed packets out of a capture file, filtered: what `vedette read` and the accuracy tests see of a file.
// From here on a file's packets are the same as live ones.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>

#include "base/error.h"
#include "packet/packet.h"
#include "source/capture_file.h"
#include "source/packet_filter.h"

namespace vedette {

struct ReadOptions {
  std::string filter;  // pcap-filter(7); empty takes every packet
};

// A packet with what the record says beyond it.
struct FilePacket {
  Packet packet;
  LinkType link = LinkType::kEthernet;
};

// One thread at a time. Not movable while a batch is in use.
class PacketReader {
 public:
  // Fails as CaptureFile::open() and PacketFilter::compile() do.
  [[nodiscard]] static Result<PacketReader> open(const std::string& path, const ReadOptions& options);

  // The next packets that match, several at once so that a caller can prefetch what it keeps for them; none
  // at the end of the file. They and all they point to stay valid until the next call.
  // facts->core.key.ifindex is the interface's number in the file + 1. Damage fails only after all
  // packets before it were given.
  [[nodiscard]] Result<std::span<const FilePacket>> next();

  [[nodiscard]] const CaptureFile& file() const { return file_; }

 private:
  static constexpr std::size_t kBatch = 32;

  PacketReader(CaptureFile file, PacketFilter filter) : file_(std::move(file)), filter_(std::move(filter)) {}

  Result<std::size_t> keep_matching(std::size_t count);

  CaptureFile file_;
  PacketFilter filter_;
  std::array<RawPacket, kBatch> raw_;
  std::array<vdt_packet, kBatch> facts_;
  std::array<FilePacket, kBatch> packets_;
};

// Calls `take` with each packet that matches, in the file's order, until it says false, the file ends, or
// damage fails after all packets before it.
[[nodiscard]] Result<void> read_packets(const std::string& path, const ReadOptions& options,
                                        const std::function<bool(const FilePacket&)>& take);

}  // namespace vedette
