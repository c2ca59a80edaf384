#include "decode/mongodb.h"

#include <algorithm>
#include <optional>
#include <string>

#include "decode/bson.h"
#include "decode/byte_reader.h"
#include "decode/logins.h"
#include "decode/reading_again.h"
#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kHeader = 16;                         // length, request, response to, operation
constexpr std::uint32_t kMostLength = 48'000'000;           // bytes: maxMessageSizeBytes
constexpr std::uint8_t kMostLengthByte = 0x02;              // its highest byte
constexpr std::size_t kMostKnown = std::size_t{16} * 1024;  // of a message, bytes that are waited for

enum Operation : std::uint32_t {
  kReply = 1,
  kUpdate = 2001,
  kInsert = 2002,
  kQuery = 2004,
  kGetMore = 2005,
  kDelete = 2006,
  kKillCursors = 2007,
  kCompressed = 2012,
  kMsg = 2013,
};

struct Side {
  SideView view;
  bool is_reply = false;
  std::size_t size = 0;  // of the message, header and all
  std::optional<BsonDocument> document;
};

bool is_operation(std::uint32_t code) {
  return code == kReply || (code >= kUpdate && code <= kKillCursors && code != 2003) || code == kCompressed ||
         code == kMsg;
}

// Where the message's first document begins, behind the header; nothing where the message can't be right.
std::optional<std::size_t> document_offset(std::uint32_t operation, Bytes body) {
  ByteReader reader(body);
  if (operation == kMsg) {
    constexpr std::uint32_t kKnownFlags = 0x10003;
    const std::uint32_t flags = reader.little32();
    const std::uint8_t kind = reader.u8();
    return reader.failed() || (flags & ~kKnownFlags) || kind != 0 ? std::nullopt
                                                                  : std::optional<std::size_t>(5);
  }
  if (operation == kReply) return 20;  // flags, cursor, start, count
  reader.little32();                   // flags
  const std::string_view rest = text_of(reader.take(reader.left()));
  const std::size_t name = rest.find('\0');  // "database.collection"
  if (name == std::string_view::npos || rest.substr(0, name).find('.') == std::string_view::npos) return {};
  const std::size_t numbers = operation == kQuery    ? 8
                              : operation == kInsert ? 0
                                                     : 4;  // between name and document
  return 4 + name + 1 + numbers;
}

Side read_side(Bytes bytes) {
  Side side;
  side.view.said = Said::kForeign;
  if (bytes.size() > 3 && bytes[3] > kMostLengthByte) return side;
  if (bytes.size() > 14 && bytes[14] != 0) return side;  // of the operation's code
  if (bytes.size() < kHeader) {
    side.view = {.said = Said::kNothing, .need = bytes.size() < 4 ? bytes.size() + 1 : kHeader};
    return side;
  }
  ByteReader reader(bytes);
  const std::size_t length = reader.little32();
  reader.little32();
  const std::uint32_t response_to = reader.little32();
  const std::uint32_t operation = reader.little32();
  if (length <= kHeader || length > kMostLength || !is_operation(operation)) return side;
  const std::size_t wanted = std::min(length, kMostKnown);
  if (bytes.size() < wanted) {
    side.view = {.said = Said::kNothing, .need = wanted};
    return side;
  }
  constexpr std::uint32_t kNoRequest = 0xffffffff;  // of old servers among themselves
  side.is_reply = operation == kReply || (operation == kMsg && response_to != 0 && response_to != kNoRequest);
  side.view.said = Said::kAll;
  side.size = length;
  const Bytes body = bytes.subspan(kHeader, wanted - kHeader);
  if (operation == kCompressed) {
    if (!is_operation(ByteReader(body).little32())) side.view.said = Said::kForeign;
    return side;
  }
  const auto offset = document_offset(operation, body);
  if (offset && *offset < body.size()) side.document = BsonDocument::parse(body.subspan(*offset));
  const bool has_document = operation != kGetMore && operation != kKillCursors;
  if (has_document && !side.document) side.view.said = Said::kForeign;
  return side;
}

std::string software_of(const BsonDocument& hello) {
  const auto client = hello.document("client");
  const auto driver = client ? client->document("driver") : std::nullopt;
  if (!driver) return {};
  std::string name(driver->text("name").value_or(""));
  const auto version = driver->text("version");
  return version ? name.append(" ").append(*version) : name;
}

// A connection that begins so goes on with a log-in: its hello asks for it ("saslSupportedMechs"), or holds
// its first step already ("speculativeAuthenticate").
bool announces_login(const BsonDocument& command) {
  constexpr std::string_view kSteps[] = {"saslStart", "authenticate", "getnonce"};
  return std::ranges::find(kSteps, command.first_name()) != std::end(kSteps) ||
         command.text("saslSupportedMechs") || command.document("speculativeAuthenticate");
}

// What a client says until it is logged in.
bool comes_before_login(const Side& command) {
  constexpr std::string_view kCommands[] = {"hello",        "isMaster",     "ismaster",  "saslStart",
                                            "saslContinue", "authenticate", "getnonce",  "buildInfo",
                                            "buildinfo",    "ping",         "whatsmyuri"};
  return command.document &&
         std::ranges::find(kCommands, command.document->first_name()) != std::end(kCommands);
}

void take_reply(const BsonDocument& reply, Logins& logins) {
  constexpr std::int32_t kAuthenticationFailed = 18;  // error_codes.yml
  const bool before_2_6 = reply.text("errmsg") == "auth fails";
  if (reply.number("code") == kAuthenticationFailed || before_2_6)
    logins.take(false);
  else if (reply.is_true("done"))
    logins.take(true);
}

struct Ending {
  Logins logins;
  std::array<std::size_t, 2> need{};  // bytes at which more is told; both 0: nothing will be
};

// Commands and replies in turns, up to the log-in that is accepted.
Ending read_ending(const Heads& heads, std::size_t client) {
  const std::array sides = {client, 1 - client};
  std::array<std::size_t, 2> used{};  // by side
  Ending ending;
  for (std::size_t turns = 0; !ending.logins.accepted; turns++) {
    const std::size_t side = sides[turns % 2];
    const Bytes bytes = heads.bytes[side];
    const Side message = read_side(bytes.subspan(used[side]));
    if (message.view.said == Said::kNothing && !heads.ended[side])
      ending.need[side] = read_again_at(used[side] + message.view.need, bytes.size(), turns);
    if (!message.view.sure() || message.size > bytes.size() - used[side]) break;
    used[side] += message.size;
    if (side == client && !comes_before_login(message)) break;
    if (side != client && message.document) take_reply(*message.document, ending.logins);
  }
  return ending;
}

}  // namespace

Answer decode_mongodb(const Heads& heads, Handshakes& handshakes) {
  const std::array sides = {read_side(heads.bytes[0]), read_side(heads.bytes[1])};
  Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  const std::size_t client = sides[0].is_reply || (!sides[0].view.sure() && !sides[1].is_reply) ? 1 : 0;
  const Side& from = sides[client];
  const Side& to = sides[1 - client];
  Ending ending;
  if (from.view.sure() && from.document && announces_login(*from.document))
    ending = read_ending(heads, client);
  if (ending.need[0] != 0 || ending.need[1] != 0) {
    answer.verdict = Verdict::kMine;
    answer.need = ending.need;
    return answer;
  }
  Handshake handshake;
  handshake.app = "mongodb";
  if (from.view.sure() && from.document) {
    const BsonDocument& command = *from.document;
    handshake.add("command", std::string(command.first_name()));
    if (std::string software = software_of(command); !software.empty())
      handshake.add("client_software", std::move(software));
    const auto details = command.document("client");
    const auto application = details ? details->document("application") : std::nullopt;
    if (const auto name = application ? application->text("name") : std::nullopt)
      handshake.add("application", std::string(*name));
  }
  if (to.view.sure() && to.document)
    if (const auto version = to.document->number("maxWireVersion"))
      handshake.add("max_wire_version", *version);
  ending.logins.tell(handshake);
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
