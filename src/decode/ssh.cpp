#include "decode/ssh.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>

#include "decode/lines.h"
#include "decode/ssh_kexinit.h"
#include "decode/ssh_login.h"

namespace vedette {

namespace {

constexpr std::string_view kMagic = "SSH-";
constexpr std::uint16_t kPort = 22;
// RFC 4253 §4.2 allows 255 bytes; implementations that say more are read too.
constexpr std::size_t kLongestIdentification = 1024;
constexpr std::size_t kLongestPreface = 8192;  // lines before a server's identification

struct Identification {
  std::string_view version;   // "2.0"
  std::string_view software;  // with the comments
};

// Software and comments are printable (RFC 4253 §4.2): what stands behind a control character isn't of them.
std::string_view printable(std::string_view text) {
  const auto control = std::ranges::find_if(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x20; });
  text = text.substr(0, static_cast<std::size_t>(control - text.begin()));
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<Identification> parse_identification(std::string_view line) {
  if (!line.starts_with(kMagic)) return {};
  line.remove_prefix(kMagic.size());
  const std::size_t dash = line.find('-');
  if (dash == std::string_view::npos) return {};
  Identification said{.version = take_until(line, '-'), .software = printable(line)};
  const auto of_version = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.'; };
  if (said.version.size() < 3 || !std::ranges::all_of(said.version, of_version)) return {};
  return said;
}

// What one direction's head says.
struct Side {
  enum class State : std::uint8_t { kSilent, kUndecided, kForeign, kSaid };

  State state = State::kSilent;
  std::size_t need = 0;  // 0 = more bytes are of no use
  bool preface = false;  // lines stand before the identification
  Identification identification;
  std::optional<SshKexinit> kexinit;
  std::size_t behind = 0;  // of the head: where that ends

  [[nodiscard]] bool said() const { return state == State::kSaid; }
};

void read_kexinit(std::span<const std::uint8_t> rest, std::size_t before, bool ended, Side& side) {
  if (side.identification.version.starts_with("1.") && side.identification.version != "1.99") return;
  const SshKexinitSearch search = find_ssh_kexinit(rest);
  if (search.state == SshKexinitSearch::State::kFound) {
    side.kexinit = search.kexinit;
    side.behind = before + search.end;
  }
  if (search.state == SshKexinitSearch::State::kMore && !ended) side.need = before + search.need;
}

Side read_side(std::span<const std::uint8_t> head, bool ended) {
  Side side;
  side.need = ended ? 0 : head.size() + 1;
  if (head.empty()) return side;
  side.state = ended ? Side::State::kForeign : Side::State::kUndecided;
  std::string_view rest = text_of(head);
  while (head.size() - rest.size() <= kLongestPreface) {
    const std::string_view here = rest;
    auto line = take_line(rest);
    if (!line && ended) line = here;
    const std::size_t length = line.value_or(here).size();
    const bool begun = here.starts_with(kMagic);
    if (length > (begun ? kLongestIdentification : Lines::kLongestLine)) break;
    if (!begun && !Lines::is_text(line.value_or(here))) break;
    if (!line) return side;
    if (const auto identification = parse_identification(*line)) {
      side.state = Side::State::kSaid;
      side.identification = *identification;
      side.need = 0;
      const std::size_t used = head.size() - rest.size();
      read_kexinit(head.subspan(used), used, ended, side);
      return side;
    }
    if (rest.size() == here.size()) break;
    side.preface = true;
  }
  side.state = Side::State::kForeign;
  side.need = 0;
  return side;
}

// True where what has been said can't be SSH's: a client, of both one, begins with its identification.
bool never(const std::array<Side, 2>& sides, const Heads& heads) {
  int spoke = 0, foreign = 0, magic = 0;
  for (std::size_t i = 0; i < sides.size(); i++) {
    const std::string_view text = text_of(heads.bytes[i]);
    if (text.empty()) continue;
    spoke++;
    foreign += sides[i].state == Side::State::kForeign;
    magic += text.substr(0, kMagic.size()) == kMagic.substr(0, text.size());
  }
  return (spoke > 0 && foreign == spoke) || (spoke == 2 && magic == 0);
}

// A server's lines before its own, then the extension and strict-mode markers (RFC 8308 §2.1, OpenSSH's
// PROTOCOL §1.10) and the port say who is who; else the initiator is the client.
std::size_t client_of(const std::array<Side, 2>& sides, const Heads& heads) {
  for (std::size_t i = 0; i < sides.size(); i++) {
    const Side& side = sides[i];
    if (side.said() && side.preface) return 1 - i;
    if (!side.kexinit) continue;
    const std::string_view kex = side.kexinit->kex;
    if (ssh_offers(kex, "ext-info-c") || ssh_offers(kex, "kex-strict-c-v00@openssh.com")) return i;
    if (ssh_offers(kex, "ext-info-s") || ssh_offers(kex, "kex-strict-s-v00@openssh.com")) return 1 - i;
  }
  return heads.ports[0] == kPort && heads.ports[1] != kPort ? 1 : 0;
}

std::string spoken_version(const Side& client, const Side& server) {
  if (!client.said() || !server.said())
    return std::string((client.said() ? client : server).identification.version);
  const std::string_view ours = client.identification.version, theirs = server.identification.version;
  if (ours == "1.99" && theirs == "1.99") return "2.0";
  if (ours == "1.99") return std::string(theirs);
  if (theirs == "1.99") return std::string(ours);
  if (ours[0] == theirs[0]) return std::string(std::min(ours, theirs));
  return {};  // they can't speak with each other
}

void add_choice(Handshake& handshake, std::string_view name, std::string_view client,
                std::string_view server) {
  if (const auto choice = ssh_choice(client, server)) handshake.add(name, std::string(*choice));
}

Handshake told(const Side& client, const Side& server) {
  Handshake handshake;
  handshake.app = "ssh";
  handshake.app_version = spoken_version(client, server);
  if (client.said()) {
    handshake.add("client_software", std::string(client.identification.software));
    handshake.add("client_protocol_version", std::string(client.identification.version));
  }
  if (server.said()) {
    handshake.add("server_software", std::string(server.identification.software));
    handshake.add("server_protocol_version", std::string(server.identification.version));
  }
  if (client.kexinit && server.kexinit) {
    add_choice(handshake, "kex", client.kexinit->kex, server.kexinit->kex);
    add_choice(handshake, "host_key", client.kexinit->host_key, server.kexinit->host_key);
    add_choice(handshake, "cipher", client.kexinit->cipher_to_server, server.kexinit->cipher_to_server);
  }
  if (client.kexinit) handshake.add("hassh", hassh_of_client(*client.kexinit));
  if (server.kexinit) handshake.add("hassh_server", hassh_of_server(*server.kexinit));
  return handshake;
}

SshSide side_of(const Heads& heads, std::size_t side, const Side& read) {
  return {.bytes = heads.bytes[side],
          .arrivals = heads.arrivals[side],
          .ended = heads.ended[side],
          .kexinit = *read.kexinit,
          .behind = read.behind};
}

// A handshake of its own, as it ends long after the other is told.
Handshake told_logins(const std::string& version, const SshLogins& read) {
  Handshake handshake;
  handshake.time = read.time;
  handshake.app = "ssh";
  handshake.app_version = version;
  read.logins.tell(handshake);
  return handshake;
}

}  // namespace

Answer decode_ssh(const Heads& heads, Handshakes& handshakes) {
  const std::array sides = {read_side(heads.bytes[0], heads.ended[0]),
                            read_side(heads.bytes[1], heads.ended[1])};
  Answer answer;
  answer.need = {sides[0].need, sides[1].need};
  const bool said = sides[0].said() || sides[1].said();
  if (never(sides, heads) || (!said && heads.ended[0] && heads.ended[1])) answer.verdict = Verdict::kNotMine;
  if (!said || answer.verdict == Verdict::kNotMine) return answer;
  const bool waiting = answer.need[0] != 0 || answer.need[1] != 0;
  answer.verdict = waiting ? Verdict::kMine : Verdict::kDone;
  if (waiting) return answer;
  const std::size_t client = client_of(sides, heads), server = 1 - client;
  handshakes.push_back(told(sides[client], sides[server]));
  if (!sides[client].kexinit || !sides[server].kexinit) return answer;
  const SshLogins read =
      read_ssh_logins(side_of(heads, client, sides[client]), side_of(heads, server, sides[server]));
  if (read.need[0] != 0 || read.need[1] != 0) {
    answer.verdict = Verdict::kMine;
    answer.need[client] = read.need[0];
    answer.need[server] = read.need[1];
    answer.stand = 1;
  } else if (read.logins.failures != 0 || read.logins.accepted) {
    handshakes.push_back(told_logins(handshakes.back().app_version, read));
  }
  return answer;
}

}  // namespace vedette
