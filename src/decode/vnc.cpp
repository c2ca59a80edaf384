#include "decode/vnc.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "decode/byte_reader.h"
#include "decode/logins.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::string_view kPattern = "RFB ddd.ddd\n";  // d: a digit
constexpr std::uint8_t kVncAuthentication = 2;
constexpr std::size_t kChallengeBytes = 16;
constexpr std::uint16_t kFirstPort = 5900, kLastPort = 5999;

struct SecurityType {
  std::uint8_t number;
  std::string_view name;
};
// IANA "Remote Framebuffer Security Types".
constexpr SecurityType kSecurityTypes[] = {
    {0, "invalid"}, {1, "none"},      {2, "vnc"},   {5, "ra2"},  {6, "ra2ne"}, {16, "tight"}, {17, "ultra"},
    {18, "tls"},    {19, "vencrypt"}, {20, "sasl"}, {21, "md5"}, {22, "xvp"},  {30, "apple"}};

bool fits(std::string_view text) {
  text = text.substr(0, kPattern.size());
  return std::ranges::equal(text, kPattern.substr(0, text.size()), [](char said, char pattern) {
    return pattern == 'd' ? said >= '0' && said <= '9' : said == pattern;
  });
}

struct Version {
  int major = 0, minor = 0;

  bool operator<(const Version& other) const {
    return major != other.major ? major < other.major : minor < other.minor;
  }
  [[nodiscard]] std::string text() const { return std::to_string(major) + "." + std::to_string(minor); }
};

Version version_of(std::string_view line) {
  const auto number = [&](std::size_t at) {
    return (line[at] - '0') * 100 + (line[at + 1] - '0') * 10 + (line[at + 2] - '0');
  };
  return {number(4), number(8)};
}

std::string name_of(std::uint8_t type) {
  const auto* const found = std::ranges::find(kSecurityTypes, type, &SecurityType::number);
  return found == std::end(kSecurityTypes) ? std::to_string(type) : std::string(found->name);
}

// Before 3.7 the server decides, by a number of four bytes; from then on it says how many it offers, and
// which.
std::size_t security_bytes(Version spoken, std::span<const std::uint8_t> behind) {
  if (spoken < Version{3, 7}) return 4;
  return behind.empty() ? 1 : 1 + behind[0];
}

struct Ending {
  Logins logins;
  std::array<std::size_t, 2> need{};  // bytes, by side; both 0: it is told, or never will be
};

// SecurityResult: 0 is OK, 1 failed, 2 failed too often (of the Tight extension).
void take_result(std::uint32_t result, Logins& logins) {
  if (result <= 2) logins.take(result == 0);
}

// How VNC authentication ends: where the client chose it out of what was offered, from 3.7 on, or the server
// decided for it. `offered` is what the server said behind its version.
Ending read_ending(const Heads& heads, std::size_t client, Version spoken, std::size_t offered) {
  const std::size_t server = 1 - client;
  const auto ours = heads.bytes[client].subspan(kPattern.size()),
             theirs = heads.bytes[server].subspan(kPattern.size());
  const bool server_decides = spoken < Version{3, 7};
  const auto types = server_decides ? theirs.subspan(offered - 1, 1) : theirs.subspan(1, offered - 1);
  Ending ending;
  if (std::ranges::find(types, kVncAuthentication) == types.end()) return ending;
  if (!server_decides) {
    if (ours.empty() && !heads.ended[client]) ending.need[client] = kPattern.size() + 1;
    if (ours.empty() || ours[0] != kVncAuthentication) return ending;
  }
  const std::size_t result_at = offered + kChallengeBytes, all = result_at + 4;
  if (theirs.size() >= all)
    take_result(ByteReader(theirs.subspan(result_at)).u32(), ending.logins);
  else if (!heads.ended[server])
    ending.need[server] = kPattern.size() + all;
  return ending;
}

}  // namespace

Answer decode_vnc(const Heads& heads, Handshakes& handshakes) {
  Answer answer;
  std::array<bool, 2> whole{};
  bool open = false;
  for (std::size_t i = 0; i < 2; i++) {
    if (!fits(text_of(heads.bytes[i]))) return {.verdict = Verdict::kNotMine};
    whole[i] = heads.bytes[i].size() >= kPattern.size();
    if (whole[i] || heads.ended[i]) continue;
    answer.need[i] = kPattern.size();
    open = true;
  }
  if (!whole[0] && !whole[1]) {
    if (!open) answer.verdict = Verdict::kNotMine;
    return answer;
  }
  answer.verdict = Verdict::kMine;
  if (open) return answer;
  const auto serves = [&](std::size_t i) {
    return heads.ports[i] >= kFirstPort && heads.ports[i] <= kLastPort;
  };
  const bool both = whole[0] && whole[1];
  const std::size_t server = both ? (serves(0) && !serves(1) ? 0 : 1) : (whole[0] ? 0 : 1),
                    client = 1 - server;
  const Version theirs = version_of(text_of(heads.bytes[server]));
  const Version spoken = whole[client] ? std::min(theirs, version_of(text_of(heads.bytes[client]))) : theirs;
  std::vector<std::string> types;
  Ending ending;
  if (whole[client]) {
    const auto behind = heads.bytes[server].subspan(kPattern.size());
    const std::size_t needed = security_bytes(spoken, behind);
    const bool more = needed > behind.size() || (needed == 1 && behind.empty());
    if (more && !heads.ended[server]) {
      answer.need[server] = kPattern.size() + needed;
      return answer;
    }
    if (!more && needed == 4 && spoken < Version{3, 7}) types.push_back(name_of(behind[3]));
    if (!more && !(spoken < Version{3, 7}))
      for (const std::uint8_t type : behind.subspan(1, behind[0])) types.push_back(name_of(type));
    if (!more) ending = read_ending(heads, client, spoken, needed);
    if (ending.need[0] != 0 || ending.need[1] != 0) {
      answer.need = ending.need;
      return answer;
    }
  }
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "vnc";
  handshake.app_version = spoken.text();
  handshake.add("server_protocol_version", theirs.text());
  if (whole[client])
    handshake.add("client_protocol_version", version_of(text_of(heads.bytes[client])).text());
  handshake.add_known("security_types", types);
  ending.logins.tell(handshake);
  answer.verdict = Verdict::kDone;
  return answer;
}

}  // namespace vedette
