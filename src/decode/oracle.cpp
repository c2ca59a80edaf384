#include "decode/oracle.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/dialogue.h"
#include "decode/text.h"

namespace vedette {

namespace {

enum Type : std::uint8_t { kConnect = 1, kAccept = 2, kRefuse = 4, kRedirect = 5, kResend = 11 };

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kConnectBytes = 34;  // header and fixed fields, the least that any version sends
constexpr std::uint16_t kOldestVersion = 300, kNewestVersion = 400;

struct Header {
  std::uint16_t length = 0;
  std::uint8_t type = 0;
};

// Length, two checksums that nobody uses, type.
bool parse_header(ByteReader& reader, Header& header) {
  header.length = reader.u16();
  const std::uint16_t checksum = reader.u16();
  header.type = reader.u8();
  const std::uint8_t reserved = reader.u8();
  const std::uint16_t header_checksum = reader.u16();
  return !reader.failed() && checksum == 0 && header_checksum == 0 && reserved <= 0x20 &&
         header.length >= kHeaderBytes;
}

// Of "(PROGRAM=x)" the x, wherever it stands.
std::string_view value_of(std::string_view description, std::string_view key) {
  const std::string opening = "(" + std::string(key) + "=";
  const auto* const found = std::search(
      description.begin(), description.end(), opening.begin(), opening.end(),
      [](char one, char other) { return (one >= 'a' && one <= 'z' ? one - 'a' + 'A' : one) == other; });
  if (found == description.end()) return {};
  description.remove_prefix(static_cast<std::size_t>(found - description.begin()) + opening.size());
  return description.substr(0, description.find_first_of("()"));
}

}  // namespace

Answer decode_oracle(const Heads& heads, Handshakes& handshakes) {
  const auto connects = [&](std::size_t i) {
    return heads.bytes[i].size() > 4 && heads.bytes[i][4] == kConnect;
  };
  const std::size_t client = !connects(0) && connects(1) ? 1 : 0;
  const std::size_t server = 1 - client;
  const auto ours = heads.bytes[client], theirs = heads.bytes[server];
  Answer answer;
  if (ours.size() < kConnectBytes && !heads.ended[client]) {
    const bool never = ours.size() > 4 && (ours[2] != 0 || ours[3] != 0 || ours[4] != kConnect);
    if (never) return {.verdict = Verdict::kNotMine};
    answer.need[client] = ours.size() < kHeaderBytes ? kHeaderBytes : kConnectBytes;
    return answer;
  }
  ByteReader reader(ours);
  Header header;
  if (!parse_header(reader, header) || header.type != kConnect) return {.verdict = Verdict::kNotMine};
  std::uint16_t version = reader.u16();
  const std::uint16_t oldest = reader.u16();
  reader.take(12);
  const std::size_t data_length = reader.u16(), data_offset = reader.u16();
  if (reader.failed() || version < kOldestVersion || version > kNewestVersion || oldest > version ||
      data_offset < kConnectBytes ||
      (data_offset > header.length && data_offset + data_length > ours.size() + 2048))
    return {.verdict = Verdict::kNotMine};
  const std::size_t whole = data_offset + data_length;
  if (ours.size() < whole && !heads.ended[client]) {
    answer.verdict = Verdict::kUndecided;
    answer.need[client] = whole;
    return answer;
  }
  const std::string_view description =
      text_of(ours.subspan(std::min(data_offset, ours.size()))).substr(0, data_length);
  if (!description.starts_with('(') || !mentions(description, "CONNECT_DATA"))
    return {.verdict = Verdict::kNotMine};
  if (theirs.size() < kHeaderBytes + 2 && !heads.ended[server]) {
    answer.verdict = Verdict::kMine;
    answer.need[server] = kHeaderBytes + 2;
    return answer;
  }

  ByteReader replies(theirs);
  Header reply;
  std::string_view outcome;
  if (parse_header(replies, reply)) {
    if (reply.type == kAccept) outcome = "accept";
    if (reply.type == kRefuse) outcome = "refuse";
    if (reply.type == kRedirect) outcome = "redirect";
    if (reply.type == kAccept && replies.left() >= 2) version = replies.u16();
  }
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "oracle";
  handshake.app_version = std::to_string(version);
  const std::string_view service = value_of(description, "SERVICE_NAME");
  handshake.add_known("service_name", service.empty() ? value_of(description, "SID") : service);
  const std::size_t cid = std::min(description.find("(CID="), description.size());
  handshake.add_known("client_software", value_of(description.substr(cid), "PROGRAM"));
  handshake.add_known("client_host", value_of(description.substr(cid), "HOST"));
  handshake.add_known("user", value_of(description.substr(cid), "USER"));
  handshake.add_known("answer", outcome);
  answer.verdict = Verdict::kDone;
  return answer;
}

}  // namespace vedette
