#include "serve/gateway_actor.h"

#include <fmt/format.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "serve/unix_listener.h"

namespace vedette {

namespace {

// As the gateway gives them: nothing else comes into the audit trail.
bool is_id(std::string_view text) {
  return text.size() == 16 && std::ranges::all_of(text, [](char one) {
           return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'f');
         });
}

}  // namespace

Actor gateway_actor(Actor peer, std::string_view field) {
  peer.kind = ActorKind::kGateway;
  peer.login_uid.reset();
  const std::size_t slash = field.find('/');
  const std::size_t space = field.find(' ');
  if (slash == std::string_view::npos || space == std::string_view::npos || space < slash) return peer;
  const std::string_view kind = field.substr(0, slash);
  const std::string_view id = field.substr(slash + 1, space - slash - 1);
  if (is_id(id) && kind == "session") peer.session = id;
  if (is_id(id) && kind == "key") peer.key = id;
  if (const auto client = parse_prefix(field.substr(space + 1));
      client && client->length == Prefix::longest(client->ip_version))
    peer.client = *client;
  return peer;
}

Actor actor_of(int fd, std::optional<uid_t> gateway, std::string_view field) {
  Actor peer = peer_of(fd);
  if (!gateway || peer.uid != gateway) return peer;
  return gateway_actor(std::move(peer), field);
}

Result<uid_t> gateway_user(const std::string& text) {
  uid_t number = 0;
  const char* const end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, number).ptr != end) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
      return unusable("--gateway-user", fmt::format("there is no user {}", text));
    number = found->pw_uid;
  }
  if (number == 0) return unusable("--gateway-user", "expected an ordinary user, found root");
  return number;
}

}  // namespace vedette
