#include "decode/rsync.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "decode/dialogue.h"

namespace vedette {

namespace {

constexpr std::string_view kMagic = "@RSYNCD: ";
constexpr std::uint16_t kPort = 873;

// "31.0 sha512 md5" without the digests; nothing where it isn't a version.
std::optional<std::string_view> version_of(std::string_view line) {
  if (!line.starts_with(kMagic)) return {};
  line.remove_prefix(kMagic.size());
  const std::string_view version = take_until(line, ' ');
  const bool number = !version.empty() && version.find_first_not_of("0123456789.") == std::string_view::npos;
  return number ? std::optional(version) : std::nullopt;
}

double number_of(std::string_view version) {
  double number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

}  // namespace

Answer decode_rsync(const Heads& heads, Handshakes& handshakes) {
  for (const auto& bytes : heads.bytes) {
    const std::string_view text = text_of(bytes).substr(0, kMagic.size());
    if (text != kMagic.substr(0, text.size())) return {.verdict = Verdict::kNotMine};
  }
  const std::size_t client = heads.ports[0] == kPort && heads.ports[1] != kPort ? 1 : 0;
  Dialogue dialogue(heads, client);
  const auto ours = dialogue.commands.next(), theirs = dialogue.replies.next();
  if ((!ours && !dialogue.commands_end()) || (!theirs && !dialogue.replies_end()))
    return dialogue.wait(Verdict::kUndecided, !ours, !theirs);
  const auto from_client = ours ? version_of(*ours) : std::nullopt;
  const auto from_server = theirs ? version_of(*theirs) : std::nullopt;
  if ((!from_client && !from_server) || (ours && !from_client) || (theirs && !from_server))
    return {.verdict = Verdict::kNotMine};
  const auto module = dialogue.commands.next();
  if (from_client && !module && !dialogue.commands_end()) return dialogue.wait(Verdict::kMine, true, false);

  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "rsync";
  const bool clients = from_client && (!from_server || number_of(*from_client) < number_of(*from_server));
  handshake.app_version = clients ? *from_client : *from_server;
  if (from_server) handshake.add("server_protocol_version", std::string(*from_server));
  if (from_client) handshake.add("client_protocol_version", std::string(*from_client));
  if (module && !module->empty() && !module->starts_with('#')) handshake.add("module", std::string(*module));
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
