#include "decode/ssh_kexinit.h"

#include "decode/byte_reader.h"
#include "decode/digest.h"
#include "decode/text.h"

namespace vedette {

namespace {

enum MessageNumber : std::uint8_t { kIgnore = 2, kDebug = 4, kKexinit = 20 };

constexpr std::size_t kCookieBytes = 16;

std::optional<SshKexinit> parse_kexinit(ByteReader& reader) {
  reader.take(kCookieBytes);
  SshKexinit kexinit;
  for (std::string_view SshKexinit::*names :
       {&SshKexinit::kex, &SshKexinit::host_key, &SshKexinit::cipher_to_server, &SshKexinit::cipher_to_client,
        &SshKexinit::mac_to_server, &SshKexinit::mac_to_client, &SshKexinit::compression_to_server,
        &SshKexinit::compression_to_client})
    kexinit.*names = text_of(reader.take(reader.u32()));
  if (reader.failed()) return {};
  return kexinit;
}

std::string hassh(std::string_view kex, std::string_view cipher, std::string_view mac,
                  std::string_view compression) {
  std::string offer;
  for (const std::string_view names : {kex, cipher, mac, compression}) {
    if (!offer.empty()) offer += ';';
    offer += names;
  }
  return md5_hex(offer);
}

}  // namespace

SshKexinitSearch find_ssh_kexinit(std::span<const std::uint8_t> bytes) {
  using State = SshKexinitSearch::State;
  ByteReader reader(bytes);
  for (;;) {
    const std::size_t at = bytes.size() - reader.left();
    if (reader.left() < kSshLengthBytes + 2) return {State::kMore, {}, at + kSshLengthBytes + 2};
    const std::size_t length = reader.u32();
    const std::size_t padding = reader.u8();
    if (length > kSshLongestPacket || length < padding + 2) return {};
    const std::uint8_t number = reader.u8();
    if (number != kKexinit && number != kIgnore && number != kDebug) return {};
    const std::size_t rest = length - 2;
    if (reader.left() < rest) return {State::kMore, {}, at + kSshLengthBytes + length};
    ByteReader payload(reader.take(rest).first(rest - padding));
    if (number != kKexinit) continue;
    const auto kexinit = parse_kexinit(payload);
    if (!kexinit) return {};
    return {State::kFound, *kexinit, 0, at + kSshLengthBytes + length};
  }
}

std::string hassh_of_client(const SshKexinit& client) {
  return hassh(client.kex, client.cipher_to_server, client.mac_to_server, client.compression_to_server);
}

std::string hassh_of_server(const SshKexinit& server) {
  return hassh(server.kex, server.cipher_to_client, server.mac_to_client, server.compression_to_client);
}

bool ssh_offers(std::string_view names, std::string_view name) {
  while (!names.empty())
    if (take_until(names, ',') == name) return true;
  return false;
}

std::optional<std::string_view> ssh_choice(std::string_view client, std::string_view server) {
  // Each name of one list is looked for in the other: bounded, as lists of thousands of names are nobody's.
  constexpr int kMostNames = 200;
  for (int i = 0; i < kMostNames && !client.empty(); i++) {
    const std::string_view name = take_until(client, ',');
    if (!name.empty() && ssh_offers(server, name)) return name;
  }
  return {};
}

}  // namespace vedette
