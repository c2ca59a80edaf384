#include "decode/smb.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/smb_messages.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Kind = SmbMessage::Kind;

constexpr std::uint16_t kNoDialect = 0xffff;

struct Side {
  SideView view;
  std::optional<bool> from_server;
  std::vector<std::string> offered;           // of SMB 1, then of SMB 2
  std::optional<std::uint16_t> index;         // of the dialect of SMB 1 that was chosen
  std::optional<std::uint16_t> revision;      // of SMB 2 that was chosen
  std::optional<bool> signing_required = {};  // by the server
  bool smb1 = false;                          // spoke it
};

bool offers_smb2(const SmbMessage& message) {
  return std::ranges::any_of(message.dialects,
                             [](const std::string& one) { return one.starts_with("SMB 2."); });
}

// True where this side may go on negotiating.
bool take(const SmbMessage& message, Side& side) {
  if (!side.from_server) side.from_server = message.from_server;
  if (message.kind == Kind::kSmb1Offer) {
    side.offered = message.dialects;
    return offers_smb2(message);
  }
  if (message.kind == Kind::kSmb2Offer)
    for (const std::uint16_t revision : message.revisions)
      side.offered.push_back(smb_revision_name(revision));
  if (message.kind == Kind::kSmb1Choice && message.dialect_index != kNoDialect)
    side.index = message.dialect_index;
  if (message.kind == Kind::kSmb2Choice) side.revision = message.revisions.front();
  if (message.signing_required) side.signing_required = message.signing_required;
  side.smb1 = message.kind == Kind::kSmb1Other && side.offered.empty();
  return message.kind == Kind::kSmb2Choice && side.revision == kSmb2Wildcard;
}

Side read_side(std::span<const std::uint8_t> head, bool ended) {
  Side side;
  SmbFrames frames(head);
  bool any = false;
  for (;;) {
    std::span<const std::uint8_t> bytes;
    const SmbFrames::State state = frames.next(bytes);
    if (state == SmbFrames::State::kMessage) {
      any = true;
      side.view.said = Said::kAll;
      if (take(parse_smb(bytes), side)) continue;
      return side;
    }
    side.view.need = frames.need();
    if (state == SmbFrames::State::kForeign)
      side.view.said = any ? Said::kAll : Said::kForeign;
    else if (any || frames.smb_begins())
      side.view.said = ended ? Said::kAll : Said::kPartly;
    return side;
  }
}

Handshake told(const Side& client, const Side& server) {
  Handshake handshake;
  handshake.app = "smb";
  std::string dialect;
  if (server.revision && server.revision != kSmb2Wildcard) {
    dialect = smb_revision_name(*server.revision);
    handshake.app_version = dialect;
  } else if (server.index) {
    if (*server.index < client.offered.size()) dialect = client.offered[*server.index];
    handshake.app_version = "1.0";
  } else if (client.smb1 || server.smb1) {
    handshake.app_version = "1.0";
  }
  handshake.add_known("offered_dialects", client.offered);
  handshake.add_known("dialect", dialect);
  if (server.signing_required)
    handshake.add("signing_required", static_cast<std::int64_t>(*server.signing_required));
  return handshake;
}

}  // namespace

Answer decode_smb(const Heads& heads, Handshakes& handshakes) {
  const std::array sides = {read_side(heads.bytes[0], heads.ended[0]),
                            read_side(heads.bytes[1], heads.ended[1])};
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  const bool turned = sides[0].from_server.value_or(false) || !sides[1].from_server.value_or(true);
  handshakes.push_back(told(sides[turned ? 1 : 0], sides[turned ? 0 : 1]));
  return answer;
}

}  // namespace vedette
