#include "decode/adb.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/byte_reader.h"
#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

constexpr std::size_t kHeader = 24, kCommand = 4;
constexpr std::size_t kLongestPayload = std::size_t{1} << 20;  // adb.h: MAX_PAYLOAD
constexpr std::size_t kLongestBanner = 4096;                   // adb.h: MAX_PAYLOAD_V1
constexpr std::size_t kMostMessages = 16;                      // before a connection is made
constexpr std::string_view kCommands[] = {"AUTH", "CLSE", "CNXN", "OKAY", "OPEN", "STLS", "SYNC", "WRTE"};

struct Message {
  std::string_view command;
  std::uint32_t first = 0;  // argument
  std::size_t size = 0;     // of the payload
};

std::optional<Message> parse_header(std::span<const std::uint8_t> bytes) {
  ByteReader reader(bytes.first(kHeader));
  Message message;
  ByteReader repeated(reader.take(kCommand));
  message.command = text_of(bytes.first(kCommand));
  message.first = reader.little32();
  reader.u32();  // second argument
  message.size = reader.little32();
  reader.u32();  // the payload's bytes summed up, or 0
  if (reader.little32() != ~repeated.little32() || message.size > kLongestPayload ||
      std::ranges::find(kCommands, message.command) == std::end(kCommands))
    return {};
  return message;
}

bool may_be_command(std::string_view text) {
  return std::ranges::any_of(
      kCommands, [&](std::string_view command) { return command.starts_with(text.substr(0, kCommand)); });
}

// What one direction says before anything is opened.
struct Side {
  SideView view;
  std::string_view banner;  // "device:SERIAL:ro.product.name=…;features=…"
  std::optional<std::uint32_t> version;
  bool signs = false;      // an AUTH
  bool over = false;       // nothing of the handshake will follow, and no TLS
  std::size_t to_tls = 0;  // bytes up to where TLS begins; 0 = it doesn't

  [[nodiscard]] bool connected() const { return version.has_value(); }
};

// Takes note of a message that is known with its payload, where that is needed; false where it is the last.
bool read_message(const Message& message, std::string_view payload, std::size_t behind, Side& side) {
  if (message.command == "CNXN" && !side.connected()) {
    side.version = message.first;
    side.banner = payload;
  } else if (message.command == "AUTH") {
    side.signs = side.signs || !side.connected();
  } else if (message.command == "STLS") {
    side.to_tls = behind;
  } else {
    side.over = message.command != "SYNC";
  }
  return !side.over && side.to_tls == 0;
}

Side read_side(std::span<const std::uint8_t> head, bool ended) {
  Side side;
  std::size_t at = 0;
  for (std::size_t count = 0; count < kMostMessages; count++) {
    const auto rest = head.subspan(at);
    side.view.need = at + kHeader;
    if (rest.size() < kHeader) {
      const bool lost = !may_be_command(text_of(rest)) || (ended && count == 0);
      if (lost && count == 0) side.view.said = Said::kForeign;
      side.over = lost;
      return side;
    }
    const auto message = parse_header(rest);
    if (!message) {
      if (count == 0) side.view.said = Said::kForeign;
      side.over = true;
      return side;
    }
    side.view.said = Said::kPartly;
    const bool handshake = message->command == "CNXN" || message->command == "AUTH";
    if (handshake && message->size > kLongestBanner) break;
    const std::size_t behind = at + kHeader + (handshake ? message->size : 0);
    side.view.need = behind;
    if (head.size() < behind) return side;
    if (!read_message(*message, text_of(rest.subspan(kHeader, handshake ? message->size : 0)), behind, side))
      return side;
    at = behind;
  }
  side.over = true;
  return side;
}

// "…;features=shell_v2,cmd": the value of a property of the banner.
std::string_view property(std::string_view banner, std::string_view name) {
  while (!banner.empty()) {
    std::string_view one = take_until(banner, ';');
    if (take_until(one, '=') == name) return one;
  }
  return {};
}

std::vector<std::string> features_of(std::string_view properties) {
  std::vector<std::string> features;
  std::string_view list = property(properties, "features");
  while (!list.empty()) features.emplace_back(take_until(list, ','));
  return features;
}

struct Banner {
  explicit Banner(std::string_view text) {
    type = take_until(text, ':');
    serial = take_until(text, ':');
    properties = text.substr(0, text.find('\0'));
  }
  std::string_view type, serial, properties;
};

Handshake told(const std::array<Side, 2>& sides, bool tls) {
  Handshake handshake;
  handshake.app = "adb";
  std::optional<std::uint32_t> version = sides[0].version;
  if (sides[1].version) version = version ? std::min(*version, *sides[1].version) : sides[1].version;
  if (version) handshake.app_version = fmt::format("0x{:08x}", *version);
  for (const Side& side : sides) {
    const Banner banner(side.banner);
    if (banner.type == "host" || !side.connected()) continue;
    handshake.add_known("device_type", banner.type);
    handshake.add_known("serial", banner.serial);
    handshake.add_known("product", property(banner.properties, "ro.product.name"));
    handshake.add_known("model", property(banner.properties, "ro.product.model"));
    handshake.add_known("features", features_of(banner.properties));
  }
  for (const Side& side : sides)
    if (const Banner banner(side.banner); banner.type == "host")
      handshake.add_known("host_features", features_of(banner.properties));
  if (tls)
    handshake.add("authentication", std::string("tls"));
  else if (sides[0].signs || sides[1].signs)
    handshake.add("authentication", std::string("rsa"));
  return handshake;
}

}  // namespace

Answer decode_adb(const Heads& heads, Handshakes& handshakes) {
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; i++) sides[i] = read_side(heads.bytes[i], heads.ended[i]);
  // Once one side is past the handshake, the other has nothing to add to its CNXN.
  const bool past = sides[0].over || sides[1].over;
  for (Side& side : sides)
    if (side.view.sure() && (side.over || side.to_tls != 0 || (past && side.connected())))
      side.view.said = Said::kAll;
  Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  const bool tls = !past && sides[0].to_tls != 0 && sides[1].to_tls != 0;
  handshakes.push_back(told(sides, tls));
  if (!tls) return answer;
  answer.next = Next::kAny;
  answer.used = {sides[0].to_tls, sides[1].to_tls};
  return answer;
}

}  // namespace vedette
