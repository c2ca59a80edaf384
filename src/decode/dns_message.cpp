#include "decode/dns_message.h"

#include <algorithm>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::size_t kMostNameBytes = 255;  // on the wire (RFC 1035 §2.3.4)
constexpr int kMostPointers = 128;           // more than a name has labels
constexpr std::size_t kQuestionBytes = 4;    // behind its name
constexpr std::size_t kRecordBytes = 10;     // behind its name, before its data

// Hands each label of the name at `at` to `take`; gives where the name ends. Nothing where it is longer than
// `most`.
template <typename Take>
std::optional<std::size_t> walk_name(std::span<const std::uint8_t> message, std::size_t at, std::size_t most,
                                     Take&& take) {
  std::optional<std::size_t> end;
  std::size_t length = 1;
  int pointers = 0;
  while (at < message.size()) {
    const std::uint8_t size = message[at];
    if (size == 0) return end ? end : at + 1;
    if ((size & 0xc0) == 0xc0) {
      if (at + 1 >= message.size() || ++pointers > kMostPointers) return {};
      if (!end) end = at + 2;
      at = static_cast<std::size_t>(size & 0x3f) << 8 | message[at + 1];
      continue;
    }
    length += size + std::size_t{1};
    if ((size & 0xc0) != 0 || size >= message.size() - at || length > most) return {};
    take(message.subspan(at + 1, size));
    at += size + std::size_t{1};
  }
  return {};
}

// Behind the name at `at`, however long it is.
std::optional<std::size_t> behind_name(std::span<const std::uint8_t> message, std::size_t at) {
  return walk_name(message, at, message.size(), [](std::span<const std::uint8_t>) {});
}

// What has too long a name is passed over, so that what it hides behind it is told.
bool read_questions(DnsMessage& message) {
  for (std::uint16_t i = 0; i < message.question_count; i++) {
    const auto behind = behind_name(message.bytes, message.end);
    if (!behind || message.bytes.size() - *behind < kQuestionBytes) return false;
    ByteReader rest(message.bytes.subspan(*behind));
    const std::uint16_t type = rest.u16(), record_class = rest.u16();
    if (dns_name_end(message.bytes, message.end))
      message.questions.push_back({.name = message.end, .type = type, .record_class = record_class});
    message.end = *behind + kQuestionBytes;
  }
  return true;
}

bool read_records(DnsMessage& message, std::uint16_t count, std::vector<DnsRecord>& records) {
  for (std::uint16_t i = 0; i < count; i++) {
    const auto behind = behind_name(message.bytes, message.end);
    if (!behind || message.bytes.size() - *behind < kRecordBytes) return false;
    ByteReader rest(message.bytes.subspan(*behind));
    DnsRecord record{.name = message.end};
    record.type = rest.u16();
    record.record_class = rest.u16();
    record.ttl = rest.u32();
    record.size = rest.u16();
    record.data = *behind + kRecordBytes;
    if (record.size > rest.left()) return false;
    if (dns_name_end(message.bytes, record.name)) records.push_back(record);
    message.end = record.data + record.size;
  }
  return true;
}

void append_escaped(std::string& out, std::uint8_t byte) {
  out += '\\';
  out += static_cast<char>('0' + byte / 100);
  out += static_cast<char>('0' + byte / 10 % 10);
  out += static_cast<char>('0' + byte % 10);
}

}  // namespace

std::uint16_t DnsMessage::rcode() const {
  std::uint16_t code = flags & 15;
  for (const DnsRecord& record : additionals)
    if (record.type == kDnsOpt) code |= static_cast<std::uint16_t>(record.ttl >> 24 << 4);
  return code;
}

std::optional<DnsMessage> parse_dns_message(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kDnsHeaderBytes) return {};
  DnsMessage message;
  message.bytes = bytes;
  ByteReader header(bytes);
  message.id = header.u16();
  message.flags = header.u16();
  message.question_count = header.u16();
  message.answer_count = header.u16();
  message.authority_count = header.u16();
  message.additional_count = header.u16();
  message.end = kDnsHeaderBytes;
  message.whole = read_questions(message) && read_records(message, message.answer_count, message.answers) &&
                  read_records(message, message.authority_count, message.authorities) &&
                  read_records(message, message.additional_count, message.additionals);
  return message;
}

std::optional<std::size_t> dns_name_end(std::span<const std::uint8_t> message, std::size_t at) {
  return walk_name(message, at, kMostNameBytes, [](std::span<const std::uint8_t>) {});
}

void append_dns_text(std::string& out, std::span<const std::uint8_t> bytes, DnsText text,
                     std::string_view special) {
  for (const std::uint8_t byte : bytes) {
    const bool control = byte < ' ' || byte == 0x7f;
    if (control || (text == DnsText::kAscii && (byte == ' ' || byte > 0x7f))) {
      append_escaped(out, byte);
      continue;
    }
    if (special.contains(static_cast<char>(byte))) out += '\\';
    out += static_cast<char>(byte);
  }
}

std::optional<std::string> dns_name(std::span<const std::uint8_t> message, std::size_t at, DnsText text) {
  std::string name;
  const auto end = walk_name(message, at, kMostNameBytes, [&](std::span<const std::uint8_t> label) {
    if (!name.empty()) name += '.';
    append_dns_text(name, label, text, ".\\");
  });
  if (!end) return {};
  return name.empty() ? "." : name;
}

bool same_dns_name(std::string_view one, std::string_view other) {
  const auto lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
  };
  return std::ranges::equal(one, other, [&](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace vedette
