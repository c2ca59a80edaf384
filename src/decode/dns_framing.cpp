#include "decode/dns_framing.h"

#include <algorithm>

namespace vedette {

namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kDecidingBytes = kLengthBytes + kDnsHeaderBytes;

Nanoseconds time_of(std::span<const Arrival> arrivals, std::size_t byte) {
  const auto found = std::ranges::upper_bound(arrivals, byte, {}, &Arrival::end);
  return found == arrivals.end() ? Nanoseconds{} : found->time;
}

// Puts both directions' messages in order.
void order(DnsFrames& frames) {
  std::ranges::stable_sort(frames.messages, {}, &FramedDns::came);
}

// One direction of a stream.
class StreamReader {
 public:
  StreamReader(const Heads& heads, std::size_t side, MayBeDns may_be, DnsFrames& frames)
      : bytes_(heads.bytes[side]),
        arrivals_(heads.arrivals[side]),
        ended_(heads.ended[side]),
        side_(side),
        may_be_(may_be),
        frames_(frames) {}

  void read() {
    while (bytes_.size() - at_ >= kDecidingBytes) {
      const std::size_t length = static_cast<std::size_t>(bytes_[at_]) << 8 | bytes_[at_ + 1];
      const auto held = bytes_.subspan(at_ + kLengthBytes);
      const bool partial = length > held.size();
      const auto header = parse_dns_message(held.first(kDnsHeaderBytes));
      if (length < kDnsHeaderBytes || !may_be_(*header, length)) {
        frames_.foreign[side_] = true;
        return;
      }
      if (partial && !ended_) return wait(at_ + kLengthBytes + length);
      keep(*parse_dns_message(held.first(std::min(length, held.size()))), length);
    }
    if (!ended_) wait(at_ + kDecidingBytes);
  }

 private:
  void wait(std::size_t need) {
    frames_.partial[side_] = at_ < bytes_.size();
    frames_.need[side_] = need;
  }

  void keep(const DnsMessage& message, std::size_t length) {
    const std::size_t end = at_ + kLengthBytes + message.bytes.size();
    frames_.messages.push_back({.message = message,
                                .side = side_,
                                .begin = at_,
                                .end = end,
                                .began = time_of(arrivals_, at_),
                                .came = time_of(arrivals_, end - 1),
                                .length = length});
    at_ = end;
  }

  std::span<const std::uint8_t> bytes_;
  std::span<const Arrival> arrivals_;
  bool ended_;
  std::size_t side_;
  MayBeDns may_be_;
  DnsFrames& frames_;
  std::size_t at_ = 0;
};

}  // namespace

DnsFrames dns_datagrams(const Heads& heads) {
  DnsFrames frames;
  for (std::size_t side = 0; side < 2; side++) {
    std::size_t begin = 0;
    for (const Arrival& arrival : heads.arrivals[side]) {
      auto message = parse_dns_message(heads.bytes[side].subspan(begin, arrival.end - begin));
      if (message)
        frames.messages.push_back({.message = std::move(*message),
                                   .side = side,
                                   .begin = begin,
                                   .end = arrival.end,
                                   .began = arrival.time,
                                   .came = arrival.time,
                                   .length = arrival.cut ? kMostDnsBytes : arrival.end - begin});
      else
        frames.foreign[side] = true;
      begin = arrival.end;
    }
    if (!heads.ended[side]) frames.need[side] = heads.bytes[side].size() + 1;
  }
  order(frames);
  return frames;
}

DnsFrames dns_stream(const Heads& heads, MayBeDns may_be) {
  DnsFrames frames;
  for (std::size_t side = 0; side < 2; side++) StreamReader(heads, side, may_be, frames).read();
  order(frames);
  return frames;
}

}  // namespace vedette
