#include "source/packet_reader.h"

#include "packet/parse.h"

namespace vedette {

Result<PacketReader> PacketReader::open(const std::string& path, const ReadOptions& options) {
  auto filter = PacketFilter::compile(options.filter);
  if (!filter) return std::unexpected(filter.error());
  auto file = CaptureFile::open(path);
  if (!file) return std::unexpected(file.error());
  return PacketReader(std::move(*file), std::move(*filter));
}

Result<std::size_t> PacketReader::keep_matching(std::size_t count) {
  if (filter_.takes_all()) return count;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i++) {
    const auto matches = filter_.matches(raw_[i]);
    if (!matches) return std::unexpected(matches.error());
    if (*matches) raw_[kept++] = raw_[i];
  }
  return kept;
}

Result<std::span<const FilePacket>> PacketReader::next() {
  std::size_t count = 0;
  while (count == 0) {
    const auto read = file_.next(raw_);
    if (!read) return std::unexpected(read.error());
    if (*read == 0) break;
    const auto kept = keep_matching(*read);
    if (!kept) return std::unexpected(kept.error());
    count = *kept;
  }
  for (std::size_t i = 0; i < count; i++) {
    const RawPacket& raw = raw_[i];
    vdt_packet& facts = facts_[i];
    parse_packet(raw.link, raw.bytes, raw.wire_length, facts);
    facts.core.key.ifindex = raw.interface + 1;
    if (raw.direction != VDT_DIRECTION_UNKNOWN) facts.core.direction = raw.direction;
    // Field by field: put together first and then copied whole, each would wait for its parts to reach the
    // cache.
    Packet& packet = packets_[i].packet;
    packet.time = raw.time;
    packet.interface_name = file_.interfaces()[raw.interface].name;
    packet.bytes = raw.bytes;
    packet.facts = &facts;
    packets_[i].link = raw.link;
  }
  return std::span<const FilePacket>(packets_.data(), count);
}

Result<void> read_packets(const std::string& path, const ReadOptions& options,
                          const std::function<bool(const FilePacket&)>& take) {
  auto reader = PacketReader::open(path, options);
  if (!reader) return std::unexpected(reader.error());
  for (;;) {
    const auto packets = reader->next();
    if (!packets) return std::unexpected(packets.error());
    if (packets->empty()) return {};
    for (const FilePacket& packet : *packets)
      if (!take(packet)) return {};
  }
}

}  // namespace vedette
