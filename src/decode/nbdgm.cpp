#include "decode/nbdgm.h"

#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/netbios_name.h"
#include "decode/ports.h"
#include "decode/text.h"

namespace vedette {

namespace {

using namespace std::string_view_literals;

constexpr std::uint16_t kPort = 138;

struct Datagram {
  NetbiosName source, destination;
  std::span<const std::uint8_t> data;
};

// Takes the length of a name at the reader's place: labels of a length, or a pointer (RFC 1002 §4.1).
void skip_name(ByteReader& reader) {
  constexpr std::uint8_t kPointer = 0xc0;
  while (!reader.failed()) {
    const std::uint8_t size = reader.u8();
    if (size >= kPointer) reader.u8();
    if (size == 0 || size >= kPointer) return;
    reader.take(size);
  }
}

// §4.4.1 and §4.4.2: a datagram to one, to a group, to all.
std::optional<Datagram> parse_datagram(std::span<const std::uint8_t> bytes, bool cut) {
  enum Type : std::uint8_t { kUnique = 0x10, kBroadcast = 0x12 };
  constexpr std::uint8_t kReserved = 0xf0;  // of the flags
  ByteReader reader(bytes);
  const std::uint8_t type = reader.u8(), flags = reader.u8();
  reader.u16();  // id
  reader.u32();  // address, port that it was sent from
  reader.u16();
  const std::size_t size = reader.u16(), offset = reader.u16();
  if (reader.failed() || type < kUnique || type > kBroadcast || (flags & kReserved) || offset != 0) return {};
  if (cut ? size < reader.left() : size != reader.left()) return {};
  const auto source = read_netbios_name(bytes, bytes.size() - reader.left());
  skip_name(reader);
  const auto destination = read_netbios_name(bytes, bytes.size() - reader.left());
  skip_name(reader);
  if (!source || !destination || reader.failed()) return {};
  return Datagram{.source = *source, .destination = *destination, .data = reader.take(reader.left())};
}

// [MS-CIFS] §2.2.4.33.1: the name of a transaction, which a mailslot's is ([MS-MAIL] §2.2.1).
std::optional<std::string> mailslot_of(std::span<const std::uint8_t> message) {
  constexpr std::string_view kTransaction = "\xffSMB\x25"sv, kMailslot = "\\MAILSLOT\\";
  constexpr std::size_t kSmbHeader = 32, kWords = 17;
  ByteReader reader(message);
  if (text_of(reader.take(kTransaction.size())) != kTransaction) return {};
  reader.take(kSmbHeader - kTransaction.size());
  if (reader.u8() != kWords) return {};
  reader.take(2 * kWords);
  reader.u16();  // bytes that follow
  std::string_view name = text_of(reader.take(reader.left()));
  name = name.substr(0, name.find('\0'));
  if (!name.starts_with(kMailslot) || !is_printable(name)) return {};
  return std::string(name);
}

}  // namespace

Answer decode_nbdgm(const Heads& heads, Handshakes& handshakes) {
  if (!uses_port(heads, kPort)) return {.verdict = Verdict::kNotMine};
  const auto datagrams = datagrams_of(heads, 1);
  if (datagrams.empty()) {
    const bool ended = heads.ended[0] && heads.ended[1];
    return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
  }
  const auto datagram = parse_datagram(datagrams.front().bytes, datagrams.front().cut);
  if (!datagram) return {.verdict = Verdict::kNotMine};
  Handshake& service = handshakes.emplace_back();
  service.app = "nbdgm";
  service.add("source_name", datagram->source.text());
  service.add("destination_name", datagram->destination.text());
  if (auto mailslot = mailslot_of(datagram->data)) {
    Handshake& smb = handshakes.emplace_back();
    smb.app = "smb";
    smb.app_version = "1.0";
    smb.add("mailslot", std::move(*mailslot));
  }
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
