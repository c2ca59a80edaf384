#include "decode/smb_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kFrameHeader = 4;
constexpr std::size_t kSmb1Header = 32;
constexpr std::size_t kSmb2Header = 64;

enum FrameType : std::uint8_t {
  kSessionMessage = 0x00,
  kSessionRequest = 0x81,
  kPositiveResponse = 0x82,
  kKeepAlive = 0x85,
};

// Of what isn't a message; RFC 1002 §4.3.2: two names of level two encoding.
bool is_frame_length(std::uint8_t type, std::size_t size) {
  constexpr std::size_t kTwoNames = 68;
  if (type == kSessionRequest) return size >= kTwoNames && size <= std::size_t{2} * 255;
  return (type == kPositiveResponse || type == kKeepAlive) && size == 0;
}

// Protocol identifiers end in "SMB"; before it 0xff (SMB 1), 0xfe (2 and 3), 0xfd (encrypted), 0xfc
// (compressed).
bool may_begin(std::span<const std::uint8_t> message) {
  constexpr std::string_view kName = "SMB";
  if (!message.empty() && message[0] < 0xfc) return false;
  const std::string_view name = text_of(message.subspan(std::min<std::size_t>(1, message.size())));
  return name.substr(0, kName.size()) == kName.substr(0, std::min(name.size(), kName.size()));
}

void parse_smb1(std::span<const std::uint8_t> message, SmbMessage& parsed) {
  constexpr std::uint8_t kNegotiate = 0x72, kReply = 0x80;
  constexpr std::uint8_t kSigningRequired = 0x08;
  constexpr std::uint8_t kNtWords = 17;  // of the answer that chooses NT LM 0.12
  ByteReader reader(message.subspan(4));
  const std::uint8_t command = reader.u8();
  reader.take(4);  // status
  parsed.from_server = (reader.u8() & kReply) != 0;
  reader.take(kSmb1Header - 10);
  const std::uint8_t words = reader.u8();
  if (command != kNegotiate || reader.failed()) return;
  if (parsed.from_server) {
    parsed.dialect_index = reader.little16();
    if (words == 0 || reader.failed()) return;
    parsed.kind = SmbMessage::Kind::kSmb1Choice;
    const std::uint8_t mode = reader.u8();
    if (words == kNtWords && !reader.failed()) parsed.signing_required = (mode & kSigningRequired) != 0;
    return;
  }
  std::string_view list = text_of(reader.take(std::min<std::size_t>(reader.little16(), reader.left())));
  while (list.starts_with('\x02')) {
    list.remove_prefix(1);
    parsed.dialects.emplace_back(take_until(list, '\0'));
  }
  if (!parsed.dialects.empty()) parsed.kind = SmbMessage::Kind::kSmb1Offer;
}

void parse_smb2(std::span<const std::uint8_t> message, SmbMessage& parsed) {
  constexpr std::uint16_t kNegotiate = 0, kOfferSize = 36, kChoiceSize = 65, kSigningRequired = 2;
  constexpr std::uint32_t kFromServer = 1;
  parsed.kind = SmbMessage::Kind::kSmb2Other;
  ByteReader reader(message.subspan(4));
  reader.take(8);  // size, credit charge, status
  const std::uint16_t command = reader.little16();
  reader.take(2);  // credits
  parsed.from_server = (reader.little32() & kFromServer) != 0;
  reader.take(kSmb2Header - 20);
  const std::uint16_t size = reader.little16();
  if (command != kNegotiate || reader.failed()) return;
  if (parsed.from_server) {
    const std::uint16_t mode = reader.little16();
    parsed.revisions = {reader.little16()};
    if (size != kChoiceSize || reader.failed()) return;
    parsed.kind = SmbMessage::Kind::kSmb2Choice;
    parsed.signing_required = (mode & kSigningRequired) != 0;
    return;
  }
  const std::size_t count = reader.little16();
  reader.take(kOfferSize - 4);
  ByteReader list(reader.take(std::min(2 * count, reader.left() / 2 * 2)));
  if (size != kOfferSize || reader.failed()) return;
  while (!list.empty()) parsed.revisions.push_back(list.little16());
  parsed.kind = SmbMessage::Kind::kSmb2Offer;
}

}  // namespace

SmbFrames::State SmbFrames::next(std::span<const std::uint8_t>& message) {
  for (;;) {
    const auto rest = head_.subspan(at_);
    need_ = at_ + kFrameHeader;
    smb_begins_ = false;
    if (!rest.empty() && rest[0] != kSessionMessage && rest[0] != kSessionRequest &&
        rest[0] != kPositiveResponse && rest[0] != kKeepAlive)
      return State::kForeign;
    if (rest.size() < kFrameHeader) return State::kMore;
    ByteReader reader(rest.subspan(1));
    const std::size_t size = reader.u24();
    const auto content = rest.subspan(kFrameHeader, std::min(size, rest.size() - kFrameHeader));
    const bool is_message = rest[0] == kSessionMessage;
    if (is_message ? size < kSmb1Header || !may_begin(content) : !is_frame_length(rest[0], size))
      return State::kForeign;
    smb_begins_ = is_message && content.size() >= 4;
    if (content.size() < size) {
      // The first four bytes tell soonest.
      need_ = at_ + kFrameHeader + (is_message && content.size() < 4 ? 4 : size);
      return State::kMore;
    }
    at_ += kFrameHeader + size;
    if (!is_message) continue;
    message = content;
    return State::kMessage;
  }
}

SmbMessage parse_smb(std::span<const std::uint8_t> message) {
  SmbMessage parsed;
  if (message[0] == 0xff)
    parse_smb1(message, parsed);
  else if (message[0] == 0xfe)
    parse_smb2(message, parsed);
  else
    parsed.kind = SmbMessage::Kind::kSmb3Other;
  return parsed;
}

std::string smb_revision_name(std::uint16_t revision) {
  switch (revision) {
    case 0x0202:
      return "2.0.2";
    case 0x0210:
      return "2.1";
    case 0x0300:
      return "3.0";
    case 0x0302:
      return "3.0.2";
    case 0x0311:
      return "3.1.1";
    default:
      return fmt::format("0x{:04x}", revision);
  }
}

}  // namespace vedette
