#include "decode/ike.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/datagrams.h"

namespace vedette {

namespace {

constexpr std::size_t kHeaderBytes = 28;
constexpr std::size_t kSpiBytes = 8;
constexpr std::size_t kMarkerBytes = 4;  // of NAT traversal
constexpr std::size_t kDatagrams = 4;    // that are looked at
constexpr std::uint8_t kKeepalive = 0xff;

struct Exchange {
  std::uint8_t type;
  std::string_view name;
};

// RFC 2408 §3.1 and RFC 2409 §5; IANA "IKEv2 Exchange Types".
constexpr Exchange kExchanges1[] = {{1, "base"},       {2, "main"},          {3, "authentication_only"},
                                    {4, "aggressive"}, {5, "informational"}, {6, "mode_config"},
                                    {32, "quick"},     {33, "new_group"}};
constexpr Exchange kExchanges2[] = {
    {34, "ike_sa_init"},        {35, "ike_auth"},         {36, "create_child_sa"}, {37, "informational"},
    {38, "ike_session_resume"}, {43, "ike_intermediate"}, {44, "ike_followup_ke"}};
constexpr std::uint8_t kFlags1 = 0x07, kFlags2 = 0x38;

struct Message {
  std::string_view version;
  std::string_view exchange;
};

std::optional<Message> parse(const FlowDatagram& datagram) {
  ByteReader reader(datagram.bytes);
  std::size_t size = datagram.bytes.size();
  if (ByteReader(datagram.bytes).u32() == 0) {
    reader.take(kMarkerBytes);
    size -= std::min(size, kMarkerBytes);
  }
  const auto spi = reader.take(kSpiBytes);
  reader.take(kSpiBytes + 1);  // responder's, next payload
  const std::uint8_t version = reader.u8(), type = reader.u8(), flags = reader.u8();
  reader.u32();  // message id
  const std::size_t length = reader.u32();
  const bool fits = length == size || (datagram.cut && length > size);
  if (reader.failed() || length < kHeaderBytes || !fits ||
      std::ranges::all_of(spi, [](std::uint8_t byte) { return byte == 0; }))
    return {};
  const auto named = [&](const auto& exchanges, std::string_view name,
                         std::uint8_t known) -> std::optional<Message> {
    const auto* const found = std::ranges::find(exchanges, type, &Exchange::type);
    if (found == std::end(exchanges) || (flags & ~known) != 0) return {};
    return Message{name, found->name};
  };
  if (version == 0x10) return named(kExchanges1, "1", kFlags1);
  if (version == 0x20) return named(kExchanges2, "2", kFlags2);
  return {};
}

}  // namespace

Answer decode_ike(const Heads& heads, Handshakes& handshakes) {
  const auto datagrams = datagrams_of(heads, kDatagrams);
  for (const FlowDatagram& datagram : datagrams) {
    if (datagram.bytes.size() == 1 && datagram.bytes[0] == kKeepalive) continue;  // RFC 3948 §2.3
    const auto message = parse(datagram);
    if (!message) return {.verdict = Verdict::kNotMine};
    Handshake& handshake = handshakes.emplace_back();
    handshake.app = "ike";
    handshake.app_version = message->version;
    handshake.add("exchange", std::string(message->exchange));
    return {.verdict = Verdict::kDone};
  }
  const bool ended = (heads.ended[0] && heads.ended[1]) || datagrams.size() == kDatagrams;
  if (ended) return {.verdict = Verdict::kNotMine};
  return {.verdict = Verdict::kUndecided, .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1}};
}

}  // namespace vedette
