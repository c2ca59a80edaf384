#include "decode/ssh_login.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::uint8_t kNewkeys = 21;

// Bytes of payloads: number, and the name "ssh-userauth" with its length; number alone; and number, names of
// methods, of which "password" is the shortest that guessing is of use with, and a boolean.
constexpr std::size_t kAccept = 1 + 4 + 12;
constexpr std::size_t kSuccess = 1;
constexpr std::size_t kShortestFailure = 1 + 4 + 8 + 1;
// A request with the shortest key that is in use has 107 and the user's name; one with a password has 40 and
// both its words; one that only asks for the methods has 31 and the user's name, which seldom has more
// than 9. OpenSSH's own client hides how long the password is by filling up to 64 bytes.
constexpr std::size_t kLongestPassword = 107;
constexpr std::size_t kShortestPassword = 40;
// A prompt for a password, or a server's word that it knows the key: whatever is longer is a session's.
constexpr std::size_t kLongestPrompt = 700;
// Answers unlike refusals in one log-in: a key that is known, prompts for one thing and another.
constexpr std::size_t kMostOthers = 3;

// How a cipher and a MAC lay out a packet.
struct Sealing {
  std::size_t block = 0;
  std::size_t mac = 0;
  bool length_apart = false;  // not of what is padded to whole blocks

  [[nodiscard]] std::size_t size_of(std::size_t payload) const {
    const std::size_t padded = 1 + payload + 4 + (length_apart ? 0 : kSshLengthBytes);
    return (padded + block - 1) / block * block + (length_apart ? kSshLengthBytes : 0) + mac;
  }
  // What a packet of this size holds at most and at least.
  [[nodiscard]] std::size_t most_payload(std::size_t size) const {
    const std::size_t around = kSshLengthBytes + 1 + 4 + mac;
    return size - std::min(size, around);
  }
  [[nodiscard]] std::size_t least_payload(std::size_t size) const {
    const std::size_t most = most_payload(size);
    return most - std::min(most, block - 1);
  }
};

struct Named {
  std::string_view begin;
  std::size_t bytes;
};

std::optional<std::size_t> bytes_of(std::span<const Named> all, std::string_view name) {
  const auto found = std::ranges::find_if(all, [&](const Named& one) { return name.starts_with(one.begin); });
  if (found == all.end()) return {};
  return found->bytes;
}

// Nothing for algorithms that this doesn't know.
std::optional<Sealing> sealing_of(std::string_view cipher, std::string_view mac) {
  static constexpr Named kBlocks[] = {{"chacha20-poly1305@", 8}, {"aes", 16},     {"AEAD_AES_", 16},
                                      {"camellia", 16},          {"twofish", 16}, {"serpent", 16},
                                      {"rijndael", 16},          {"3des-", 8},    {"blowfish-", 8},
                                      {"cast128-", 8},           {"arcfour", 8}};
  static constexpr Named kMacs[] = {{"hmac-sha2-512", 64}, {"hmac-sha2-256-96", 12}, {"hmac-sha2-256", 32},
                                    {"hmac-sha1-96", 12},  {"hmac-sha1", 20},        {"hmac-md5-96", 12},
                                    {"hmac-md5", 16},      {"hmac-ripemd160", 20},   {"umac-64", 8},
                                    {"umac-128", 16}};
  constexpr std::size_t kTag = 16;  // of ciphers that need no MAC beside them
  const auto block = bytes_of(kBlocks, cipher);
  if (!block) return {};
  if (cipher.starts_with("chacha20") || cipher.starts_with("AEAD_") || cipher.find("-gcm") != cipher.npos)
    return Sealing{.block = *block, .mac = kTag, .length_apart = true};
  const auto bytes = bytes_of(kMacs, mac);
  if (!bytes) return {};
  return Sealing{.block = *block, .mac = *bytes, .length_apart = mac.find("-etm@") != mac.npos};
}

struct NewkeysSearch {
  std::size_t end = 0;   // behind it; 0 = it isn't there
  std::size_t need = 0;  // where it may still come: bytes
};

NewkeysSearch find_newkeys(std::span<const std::uint8_t> bytes, std::size_t from) {
  ByteReader reader(bytes.subspan(from));
  for (;;) {
    const std::size_t at = bytes.size() - reader.left();
    if (reader.left() < kSshLengthBytes + 2) return {.need = at + kSshLengthBytes + 2};
    const std::size_t length = reader.u32();
    reader.u8();
    const std::uint8_t number = reader.u8();
    if (length < 2 || length > kSshLongestPacket) return {};
    if (number == kNewkeys) return {.end = at + kSshLengthBytes + length};
    if (reader.left() < length - 2) return {.need = at + kSshLengthBytes + length};
    reader.take(length - 2);
  }
}

// What the client asked at one go, and what the server said to that: bytes. Others may stand before the
// request and the answer proper (IGNORE, a banner), which are what came last.
struct Turn {
  std::size_t asked = 0;     // of what came last
  std::size_t answered = 0;  // of what came last
  std::size_t at_first = 0;  // of the answer
  std::size_t said = 0;      // in all, by the server
  Nanoseconds time{};        // of the first that was asked
};

// Of what came behind the keys. What a server says unasked before the client's first request, as it may of
// its extensions (RFC 8308), is in none.
std::vector<Turn> turns_of(const SshSide& client, std::size_t client_from, const SshSide& server,
                           std::size_t server_from) {
  std::vector<Turn> turns;
  std::size_t asked_at = 0, answered_at = 0;
  std::size_t asked = client_from, answered = server_from;
  while (asked_at < client.arrivals.size() || answered_at < server.arrivals.size()) {
    const bool asks = answered_at == server.arrivals.size() ||
                      (asked_at < client.arrivals.size() &&
                       client.arrivals[asked_at].time <= server.arrivals[answered_at].time);
    const auto& [end, cut, time] = asks ? client.arrivals[asked_at++] : server.arrivals[answered_at++];
    std::size_t& told = asks ? asked : answered;
    if (end <= told) continue;
    const std::size_t bytes = end - told;
    told = end;
    if (asks) {
      if (turns.empty() || turns.back().said != 0) turns.push_back({.time = time});
      turns.back().asked = bytes;
    } else if (!turns.empty()) {
      Turn& turn = turns.back();
      if (turn.said == 0) turn.at_first = bytes;
      turn.answered = bytes;
      turn.said += bytes;
    }
  }
  return turns;
}

// The size of a refusal: the first answer's, where that comes again or is the only one; behind a banner (RFC
// 4252 §5.4), one that comes twice running.
std::size_t refusal_of(std::span<const Turn> turns) {
  if (turns.size() == 1) return turns[0].answered;
  for (std::size_t at = 1; at < turns.size(); at++)
    if (turns[at].answered == turns[0].answered) return turns[0].answered;
  for (std::size_t at = 2; at < turns.size(); at++)
    if (turns[at].answered == turns[at - 1].answered) return turns[at].answered;
  return 0;
}

// As far as the log-in goes on.
struct Attempts {
  std::span<const Turn> turns;
  bool accepted = false;
  bool over = false;
};

Attempts attempts_of(std::span<const Turn> turns, const Sealing& sealing) {
  Attempts attempts;
  std::vector<std::size_t> sizes;
  for (std::size_t at = 0; at < turns.size() && turns[at].said != 0; at++) {
    const Turn& turn = turns[at];
    if (turn.at_first == sealing.size_of(kSuccess)) {
      attempts.accepted = attempts.over = true;
      break;
    }
    if (std::ranges::find(sizes, turn.answered) == sizes.end()) sizes.push_back(turn.answered);
    if (turn.answered < sealing.size_of(kShortestFailure) ||
        (at != 0 && sealing.most_payload(turn.said) > kLongestPrompt) || sizes.size() > 1 + kMostOthers) {
      attempts.over = true;
      break;
    }
    attempts.turns = turns.first(at + 1);
  }
  return attempts;
}

}  // namespace

SshLogins read_ssh_logins(const SshSide& client, const SshSide& server) {
  const auto agreed = [&](std::string_view SshKexinit::*names) {
    return ssh_choice(client.kexinit.*names, server.kexinit.*names).value_or(std::string_view{});
  };
  const auto towards_client =
      sealing_of(agreed(&SshKexinit::cipher_to_client), agreed(&SshKexinit::mac_to_client));
  const auto towards_server =
      sealing_of(agreed(&SshKexinit::cipher_to_server), agreed(&SshKexinit::mac_to_server));
  // Compressed before a log-in, no packet is as long as it was.
  if (!towards_client || !towards_server || agreed(&SshKexinit::compression_to_client) == "zlib") return {};
  const NewkeysSearch ours = find_newkeys(client.bytes, client.behind),
                      theirs = find_newkeys(server.bytes, server.behind);
  SshLogins read;
  if (!client.ended && !server.ended) {
    if (ours.need != 0) read.need[0] = ours.need;
    if (theirs.need != 0) read.need[1] = theirs.need;
    if (ours.end == 0 && ours.need == 0) return {};
    if (theirs.end == 0 && theirs.need == 0) return {};
    if (read.need[0] != 0 || read.need[1] != 0) return read;
  }
  if (ours.end == 0 || theirs.end == 0) return read;

  std::vector<Turn> turns = turns_of(client, ours.end, server, theirs.end);
  const std::size_t accept = towards_client->size_of(kAccept);
  if (!turns.empty() && turns[0].said != 0) {
    Turn& begun = turns[0];
    if (begun.said < accept) return read;
    begun.said -= accept;
    begun.answered = std::min(begun.answered, begun.said);
    begun.at_first = begun.at_first > accept ? begun.at_first - accept : begun.answered;
    // Unless the client asked for more before it was answered.
    if (begun.said == 0) turns.erase(turns.begin());
  }
  if (!turns.empty()) read.time = turns[0].time;
  const Attempts attempts = attempts_of(turns, *towards_client);
  if (!attempts.over && !client.ended && !server.ended) {
    // Nothing that a server says is shorter.
    read.need[1] = server.bytes.size() + towards_client->size_of(kSuccess);
    return read;
  }
  if (attempts.accepted) read.logins.take(true);
  const std::size_t refusal = refusal_of(attempts.turns);
  for (const Turn& turn : attempts.turns) {
    const bool first = &turn == attempts.turns.data();
    if (turn.answered == refusal && towards_server->most_payload(turn.asked) <= kLongestPassword &&
        (!first || towards_server->least_payload(turn.asked) >= kShortestPassword))
      read.logins.take(false);
  }
  return read;
}

}  // namespace vedette
