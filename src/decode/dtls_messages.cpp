#include "decode/dtls_messages.h"

#include <algorithm>
#include <tuple>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

enum ContentType : std::uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
  kHeartbeat = 24,  // RFC 6520, the last: a record of RFC 9146 (25) is as long as was agreed on before
};

constexpr std::uint8_t kFatal = 2;  // AlertLevel

constexpr std::size_t kRecordHeader = 13;
constexpr std::size_t kLongestRecord = (1 << 14) + 2048;  // RFC 6347 §4.1
constexpr std::size_t kMostFragments = 1024;

// DTLS 1.0, 1.2 and 1.3, and OpenSSL's before 0.9.8f.
bool is_record_version(std::uint16_t version) {
  return (version >= 0xfefc && version <= 0xfeff) || version == 0x0100;
}

// RFC 8489 §5, RFC 3489 §11.1: the length is the datagram's.
bool is_stun(std::span<const std::uint8_t> datagram) {
  constexpr std::size_t kHeader = 20;
  if (datagram.size() < kHeader || datagram[0] > 3) return false;
  ByteReader reader(datagram);
  const std::uint16_t type = reader.u16();
  const std::size_t size = reader.u16();
  return type != 0 && size % 4 == 0 && size + kHeader == datagram.size();
}

// RFC 8656 §12.4: what it carries may be padded.
std::optional<std::span<const std::uint8_t>> channel_data(std::span<const std::uint8_t> datagram) {
  constexpr std::size_t kHeader = 4, kMostPadding = 3;
  if (datagram.size() < kHeader || datagram[0] < 64 || datagram[0] > 79) return {};
  ByteReader reader(datagram.subspan(2));
  const std::size_t size = reader.u16();
  if (size > reader.left() || reader.left() - size > kMostPadding) return {};
  return reader.take(size);
}

struct Record {
  std::uint8_t type = 0;
  std::uint16_t version = 0, epoch = 0;
  std::span<const std::uint8_t> content;
};

// Takes the next record off; none where it isn't one, or longer than what is left unless that was cut.
std::optional<Record> take_record(std::span<const std::uint8_t>& datagram, bool cut) {
  ByteReader reader(datagram);
  Record record;
  record.type = reader.u8();
  record.version = reader.u16();
  record.epoch = reader.u16();
  reader.take(6);  // sequence number
  const std::size_t size = reader.u16();
  if (reader.failed() || record.type < kChangeCipherSpec || record.type > kHeartbeat ||
      !is_record_version(record.version) || size == 0 || size > kLongestRecord)
    return {};
  if (size > reader.left() && !cut) return {};
  record.content = reader.take(std::min(size, reader.left()));
  datagram = datagram.subspan(kRecordHeader + record.content.size());
  return record;
}

}  // namespace

DtlsMessages::DtlsMessages(std::span<const std::uint8_t> bytes, std::span<const Arrival> arrivals) {
  std::size_t begin = 0;
  for (const Arrival& arrival : arrivals) {
    std::span<const std::uint8_t> datagram = bytes.subspan(begin, arrival.end - begin);
    begin = arrival.end;
    if (is_stun(datagram)) continue;
    if (const auto inner = channel_data(datagram)) datagram = *inner;
    if (datagram.empty()) continue;
    read_datagram(datagram, arrival.cut);
    if (foreign_) break;
  }
  std::ranges::stable_sort(fragments_, {}, [](const Fragment& fragment) {
    return std::tuple(fragment.sequence, fragment.offset);
  });
}

// One that begins with a record and ends in something else is passed over before the flow is known to be
// DTLS.
void DtlsMessages::read_datagram(std::span<const std::uint8_t> datagram, bool cut) {
  if (!any_) {
    auto rest = datagram;
    foreign_ = !take_record(rest, cut);
    while (!rest.empty())
      if (!take_record(rest, cut)) return;
  }
  while (!datagram.empty()) {
    const auto record = take_record(datagram, cut);
    if (!record) return;
    any_ = true;
    const auto content = record->content;
    if (record->epoch != 0 && !ciphered_version_) ciphered_version_ = record->version;
    if (record->epoch != 0 || record->type == kChangeCipherSpec) over_ = true;
    if (record->epoch != 0) continue;
    if (record->type == kAlert && content.size() == 2 && content[0] == kFatal) over_ = true;
    if (record->type == kHandshake) read_fragments(content);
  }
}

void DtlsMessages::read_fragments(std::span<const std::uint8_t> content) {
  ByteReader reader(content);
  while (!reader.empty() && fragments_.size() < kMostFragments) {
    Fragment fragment{};
    fragment.type = reader.u8();
    fragment.size = reader.u24();
    fragment.sequence = reader.u16();
    fragment.offset = reader.u24();
    const std::size_t length = reader.u24();
    if (reader.failed() || fragment.offset + length > fragment.size) return;
    fragment.bytes = reader.take(std::min(length, reader.left()));
    fragments_.push_back(fragment);
  }
}

std::optional<DtlsMessage> DtlsMessages::message(std::uint16_t sequence) const {
  auto fragment = std::ranges::lower_bound(fragments_, sequence, {}, &Fragment::sequence);
  if (fragment == fragments_.end() || fragment->sequence != sequence) return {};
  DtlsMessage message{.type = fragment->type, .body = {}, .size = fragment->size};
  for (; fragment != fragments_.end() && fragment->sequence == sequence; ++fragment) {
    if (fragment->type != message.type || fragment->size != message.size) continue;
    if (fragment->offset > message.body.size()) break;
    const std::size_t known = message.body.size() - fragment->offset;
    if (known >= fragment->bytes.size()) continue;
    const auto more = fragment->bytes.subspan(known);
    message.body.insert(message.body.end(), more.begin(), more.end());
  }
  return message;
}

std::vector<std::uint16_t> DtlsMessages::sequences() const {
  std::vector<std::uint16_t> numbers;
  for (const Fragment& fragment : fragments_)
    if (numbers.empty() || numbers.back() != fragment.sequence) numbers.push_back(fragment.sequence);
  return numbers;
}

}  // namespace vedette
