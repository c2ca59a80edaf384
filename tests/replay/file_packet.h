// A file's packet made of bytes, and entries of a policy.
#pragma once

#include <string_view>

#include "packet/parse.h"
#include "policy/policy.h"
#include "source/packet_reader.h"
#include "tests/packet_builder.h"

namespace vedette::tests {

struct MadePacket {
  // `wire_length` 0: all was captured.
  explicit MadePacket(Bytes frame, LinkType link = LinkType::kEthernet, std::uint32_t wire_length = 0)
      : bytes(std::move(frame)) {
    const auto captured = static_cast<std::uint32_t>(bytes.size());
    parse_packet(link, bytes, wire_length == 0 ? captured : wire_length, facts);
    facts.core.key.ifindex = 1;
    packet.link = link;
    packet.packet.bytes = bytes;
    packet.packet.facts = &facts;
  }
  MadePacket(const MadePacket&) = delete;
  MadePacket& operator=(const MadePacket&) = delete;

  Bytes bytes;
  vdt_packet facts;
  FilePacket packet;
};

inline PolicySource source_in(std::string_view prefix) {
  PolicySource source;
  source.prefix = *parse_prefix(prefix);
  return source;
}

}  // namespace vedette::tests
