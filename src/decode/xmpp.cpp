#include "decode/xmpp.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

struct Side {
  enum class State : std::uint8_t {
    kForeign,
    kUndecided,
    kOpening,  // the stream's first tag is known
    kAsks,     // for TLS, or grants it; `used` says up to where
    kOver,     // speaks of something else
  };
  State state = State::kUndecided;
  std::size_t used = 0;
  bool grants = false;  // the server's
  std::string to, from, stream_namespace, version;

  [[nodiscard]] bool sure() const { return state > State::kUndecided; }
};

// The value of `name` in a tag; RFC 6120 leaves either quote.
std::string attribute(std::string_view tag, std::string_view name) {
  for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    const bool whole_name = at > 0 && kBlanks.find(tag[at - 1]) != std::string_view::npos;
    std::string_view rest = tag.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    if (!whole_name || !rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return {};
    const std::size_t end = rest.find(rest[0], 1);
    return end == std::string_view::npos ? std::string() : std::string(rest.substr(1, end - 1));
  }
  return {};
}

// Whether `text` may go on to begin with `word`.
bool begins_alike(std::string_view text, std::string_view word) {
  const std::size_t size = std::min(text.size(), word.size());
  return text.substr(0, size) == word.substr(0, size);
}

// What follows the opening: the features that the server offers are passed over.
void read_stanza(std::string_view text, std::size_t at, Side& side) {
  constexpr std::string_view kFeatures = "<stream:features", kFeaturesEnd = "</stream:features>";
  constexpr std::string_view kAsk = "<starttls", kGrant = "<proceed";
  side.state = Side::State::kOpening;
  for (;;) {
    at = std::min(text.find_first_not_of(kBlanks, at), text.size());
    const std::string_view rest = text.substr(at);
    if (rest.starts_with(kFeatures)) {
      const std::size_t tag_end = rest.find('>');
      if (tag_end == std::string_view::npos) return;
      const bool empty = rest[tag_end - 1] == '/';
      const std::size_t end = empty ? tag_end + 1 : rest.find(kFeaturesEnd);
      if (end == std::string_view::npos) return;
      at += empty ? end : end + kFeaturesEnd.size();
      continue;
    }
    const bool asks = rest.starts_with(kAsk), grants = rest.starts_with(kGrant);
    if (!asks && !grants) {
      const bool may =
          begins_alike(rest, kFeatures) || begins_alike(rest, kAsk) || begins_alike(rest, kGrant);
      if (!may) side.state = Side::State::kOver;
      return;
    }
    std::size_t end = rest.find('>');
    if (end == std::string_view::npos) return;
    if (rest[end - 1] != '/') {  // <starttls ...></starttls>
      end = rest.find('>', rest.find("</", end));
      if (end == std::string_view::npos) return;
    }
    side.state = Side::State::kAsks;
    side.grants = grants;
    side.used = std::min(text.find_first_not_of(kBlanks, at + end + 1), text.size());
    return;
  }
}

Side read_side(std::span<const std::uint8_t> head, bool ended) {
  constexpr std::string_view kDeclaration = "<?xml", kStream = "<stream:stream";
  constexpr std::string_view kStreams = "http://etherx.jabber.org/streams";  // RFC 6120 §4.8.1
  Side side;
  const std::string_view text = text_of(head);
  std::size_t at = std::min(text.find_first_not_of(kBlanks), text.size());
  if (ended) side.state = Side::State::kForeign;
  if (at == text.size()) return side;
  if (text.substr(at).starts_with(kDeclaration)) {
    const std::size_t end = text.find("?>", at);
    if (end == std::string_view::npos) return side;
    at = std::min(text.find_first_not_of(kBlanks, end + 2), text.size());
  } else if (begins_alike(text.substr(at), kDeclaration)) {
    return side;
  }
  if (!begins_alike(text.substr(at), kStream)) {
    side.state = Side::State::kForeign;
    return side;
  }
  const std::size_t end = text.find('>', at);
  if (end == std::string_view::npos) return side;
  const std::string_view tag = text.substr(at, end - at);
  if (attribute(tag, "xmlns:stream") != kStreams) {
    side.state = Side::State::kForeign;
    return side;
  }
  side.to = attribute(tag, "to");
  side.from = attribute(tag, "from");
  side.stream_namespace = attribute(tag, "xmlns");
  side.version = attribute(tag, "version");
  read_stanza(text, end + 1, side);
  return side;
}

void add(Handshake& handshake, std::string_view name, const std::string& text) {
  if (!text.empty()) handshake.add(name, text);
}

Handshake told(const Side& client, const Side& server, bool tls) {
  Handshake handshake;
  handshake.app = "xmpp";
  handshake.app_version = server.sure() ? server.version : client.version;
  add(handshake, "host", client.to);
  add(handshake, "stream_namespace", client.sure() ? client.stream_namespace : server.stream_namespace);
  add(handshake, "server", server.from);
  if (tls) handshake.add("starttls", std::int64_t{1});
  return handshake;
}

}  // namespace

Answer decode_xmpp(const Heads& heads, Handshakes& handshakes) {
  using State = Side::State;
  const std::array sides = {read_side(heads.bytes[0], heads.ended[0]),
                            read_side(heads.bytes[1], heads.ended[1])};
  Answer answer;
  // Nothing more is told once a side speaks of something else.
  const bool over = sides[0].state == State::kOver || sides[1].state == State::kOver;
  for (std::size_t i = 0; i < 2; i++) {
    const bool waits = sides[i].state == State::kUndecided || (sides[i].state == State::kOpening && !over);
    if (waits && !heads.ended[i]) answer.need[i] = heads.bytes[i].size() + 1;
  }
  if (!sides[0].sure() && !sides[1].sure()) {
    const auto silent = [&](std::size_t i) {
      return sides[i].state == State::kForeign || heads.bytes[i].empty();
    };
    const bool foreign = sides[0].state == State::kForeign || sides[1].state == State::kForeign;
    answer.verdict = foreign && silent(0) && silent(1) ? Verdict::kNotMine : Verdict::kUndecided;
    return answer;
  }
  if (answer.need[0] != 0 || answer.need[1] != 0) {
    answer.verdict = Verdict::kMine;
    return answer;
  }
  const std::size_t client = sides[0].grants || (!sides[0].sure() && !sides[1].to.empty()) ? 1 : 0;
  const bool tls = sides[client].state == State::kAsks && sides[1 - client].grants;
  answer.verdict = Verdict::kDone;
  handshakes.push_back(told(sides[client], sides[1 - client], tls));
  if (!tls) return answer;
  answer.next = Next::kAny;
  for (std::size_t i = 0; i < 2; i++) answer.used[i] = sides[i].used;
  return answer;
}

}  // namespace vedette
