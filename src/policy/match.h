// What a packet must be, for a rule of the policy to take it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/prefix.h"

namespace vedette {

// Both ends included.
struct NumberRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0xffff;
  bool operator==(const NumberRange&) const = default;
};

// A packet whose flags, under `mask`, are `value` (bit 0 FIN … bit 7 CWR).
struct FlagsMatch {
  std::uint8_t mask = 0;
  std::uint8_t value = 0;
  bool operator==(const FlagsMatch&) const = default;
};

struct IcmpMatch {
  std::uint8_t type = 0;
  std::optional<std::uint8_t> code;  // nothing: any
  bool operator==(const IcmpMatch&) const = default;
};

// Bytes at so many bytes behind the payload's begin; a bit that isn't in the mask may be anything.
struct PayloadMatch {
  std::uint16_t offset = 0;         // 0 … 255
  std::vector<std::uint8_t> bytes;  // 1 … 16
  std::vector<std::uint8_t> mask;   // as many
  bool operator==(const PayloadMatch&) const = default;
};

// What a packet must be: of each member that says anything, one of its values. Empty members say nothing.
struct Match {
  std::vector<Prefix> source;
  std::vector<Prefix> destination;
  std::vector<NumberRange> source_port;
  std::vector<NumberRange> destination_port;
  std::vector<std::uint8_t> protocol;  // IANA numbers
  std::vector<FlagsMatch> tcp_flags;
  std::vector<IcmpMatch> icmp;
  std::vector<NumberRange> length;  // bytes of the frame on the wire
  std::vector<NumberRange> ttl;     // or hop limit; 0 … 255
  std::optional<bool> fragment;     // any fragment, or none
  std::vector<std::string> interface;
  std::vector<std::uint16_t> vlan;  // the outermost; 0: none
  // ISO 3166-1, and numbers, of the source and of the destination; need a database.
  std::vector<std::string> country, destination_country;
  std::vector<std::uint32_t> asn, destination_asn;
  std::vector<PayloadMatch> payload;  // all of them
  bool operator==(const Match&) const = default;
};

}  // namespace vedette
