#include "decode/tls_records.h"

#include <algorithm>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMessageHeader = 4;
constexpr std::size_t kLongestRecord = (1 << 14) + 2048;  // RFC 5246 §6.2.3

enum ContentType : std::uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22 };

constexpr std::uint8_t kWarning = 1;  // AlertLevel

}  // namespace

TlsRecords::Pull TlsRecords::pull() {
  for (;;) {
    const auto rest = head_.subspan(at_);
    need_ = at_ + kRecordHeader;
    if (rest.empty()) return Pull::kMore;
    // Every byte that is there must fit: foreign protocols are told by their first.
    const std::uint8_t type = rest[0];
    if (type < kChangeCipherSpec || type > kHandshake) return Pull::kEnd;
    if (rest.size() > 1 && rest[1] != 3) return Pull::kEnd;
    if (rest.size() > 2 && rest[2] > 4) return Pull::kEnd;
    if (rest.size() < kRecordHeader) return Pull::kMore;
    const std::size_t size = static_cast<std::size_t>(rest[3]) << 8 | rest[4];
    if (size == 0 || size > kLongestRecord) return Pull::kEnd;
    const auto content = rest.subspan(kRecordHeader, std::min(size, rest.size() - kRecordHeader));
    if (type == kHandshake) {
      joined_.insert(joined_.end(), content.begin(), content.end());
      missing_ = size - content.size();
      at_ += kRecordHeader + content.size();
      return Pull::kPulled;
    }
    if (content.size() < size) {
      need_ = at_ + kRecordHeader + size;
      return Pull::kMore;
    }
    if (type == kAlert && (size != 2 || content[0] != kWarning)) return Pull::kEnd;
    if (type == kChangeCipherSpec && size != 1) return Pull::kEnd;
    ciphered_ = ciphered_ || type == kChangeCipherSpec;
    at_ += kRecordHeader + size;
  }
}

TlsRecords::State TlsRecords::next(TlsMessage& message) {
  for (;;) {
    const auto known = std::span<const std::uint8_t>(joined_).subspan(used_);
    if (known.size() >= kMessageHeader) {
      ByteReader reader(known);
      message.type = reader.u8();
      message.size = reader.u24();
      message.body = reader.take(std::min(message.size, reader.left()));
      if (message.whole()) {
        used_ += kMessageHeader + message.size;
        return State::kMessage;
      }
    }
    const std::size_t wanted =
        known.size() < kMessageHeader ? kMessageHeader - known.size() : message.size - message.body.size();
    if (missing_ > 0) {
      need_ = head_.size() + std::min(missing_, wanted);
      return known.size() < kMessageHeader ? State::kMore : State::kMessage;
    }
    const Pull pulled = pull();
    if (pulled == Pull::kPulled) continue;
    if (known.size() >= kMessageHeader) {
      if (pulled == Pull::kEnd) need_ = 0;
      return State::kMessage;
    }
    return pulled == Pull::kMore ? State::kMore : State::kEnd;
  }
}

}  // namespace vedette
