// The DNS messages of a flow's first bytes, in the order in which they came.
#pragma once

#include <array>
#include <vector>

#include "decode/decoder.h"
#include "decode/dns_message.h"

namespace vedette {

struct FramedDns {
  DnsMessage message;
  std::size_t side = 0;
  std::size_t begin = 0, end = 0;  // in its direction's bytes, its length's bytes included
  Nanoseconds began{}, came{};     // when its first and its last byte came
  std::size_t length = 0;          // that was sent; where a capture cut it off, the most that it can be

  [[nodiscard]] bool is_cut() const { return length > message.bytes.size(); }  // and its end won't come
};

inline constexpr std::size_t kMostDnsBytes = 65535;

struct DnsFrames {
  std::vector<FramedDns> messages;    // by `came`; as they lie in their direction where that is the same
  std::array<bool, 2> foreign{};      // what lies behind the messages, or a datagram, can't be one
  std::array<bool, 2> partial{};      // behind the messages lies a part of one, of which more may come
  std::array<std::size_t, 2> need{};  // for the next message; 0 = none will come
};

[[nodiscard]] DnsFrames dns_datagrams(const Heads& heads);

// Whether a message may be one, of which `length` bytes were sent and all or some are there: at least its
// header.
using MayBeDns = bool (*)(const DnsMessage& message, std::size_t length);

// Each with its length before it. What can't be a message by its header, which `may_be` is asked about alone,
// ends its direction's. One whose end won't come is told as far as it goes.
[[nodiscard]] DnsFrames dns_stream(const Heads& heads, MayBeDns may_be);

}  // namespace vedette
