// SSH's binary packets before keys are in use (RFC 4253 §6) and the first of them, KEXINIT (§7.1): which
// algorithms a side offers, what both come to, and HASSH (Salesforce's fingerprint of that offer).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vedette {

// Before each packet, its length without these.
inline constexpr std::size_t kSshLengthBytes = 4;
// RFC 4253 §6.1 asks for 35,000 bytes at least; nobody offers more before there are keys.
inline constexpr std::size_t kSshLongestPacket = 35'000;

// Comma-separated names, as sent; views into the bytes that were parsed.
struct SshKexinit {
  std::string_view kex, host_key;
  std::string_view cipher_to_server, cipher_to_client;
  std::string_view mac_to_server, mac_to_client;
  std::string_view compression_to_server, compression_to_client;
};

struct SshKexinitSearch {
  enum class State : std::uint8_t { kFound, kMore, kNone };
  State state = State::kNone;
  SshKexinit kexinit;
  std::size_t need = 0;  // with kMore: bytes from which on there is more to say
  std::size_t end = 0;   // with kFound: of the bytes, behind it
};

// The KEXINIT that `bytes`, which follow the identification line, begin with; IGNORE and DEBUG messages
// before it are passed over.
[[nodiscard]] SshKexinitSearch find_ssh_kexinit(std::span<const std::uint8_t> bytes);

// MD5 of the offer's names as Salesforce's HASSH 1.1 writes them.
[[nodiscard]] std::string hassh_of_client(const SshKexinit& client);
[[nodiscard]] std::string hassh_of_server(const SshKexinit& server);

// The first of the client's names that the server has too; nothing where there is none.
[[nodiscard]] std::optional<std::string_view> ssh_choice(std::string_view client, std::string_view server);

// Whether `name` is one of `names`.
[[nodiscard]] bool ssh_offers(std::string_view names, std::string_view name);

}  // namespace vedette
