#include "decode/bittorrent_peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "decode/text.h"

namespace vedette {

namespace {

struct Client {
  std::string_view letters, name;
};

// BEP 20 and the clients' own documentation.
constexpr Client kClients[] = {
    {"AZ", "Vuze"},         {"BC", "BitComet"},     {"BI", "BiglyBT"},
    {"BT", "BitTorrent"},   {"DE", "Deluge"},       {"FD", "FreeDownloadManager"},
    {"FW", "FrostWire"},    {"KT", "KTorrent"},     {"LT", "libtorrent"},
    {"lt", "rTorrent"},     {"MG", "MediaGet"},     {"qB", "qBittorrent"},
    {"SD", "Xunlei"},       {"TR", "Transmission"}, {"TX", "Tixati"},
    {"UM", "uTorrent Mac"}, {"UT", "uTorrent"},     {"WW", "WebTorrent"},
    {"XL", "Xunlei"},       {"A2", "aria2"},
};

bool is_alphanumeric(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

// A digit, or a letter that goes on counting at ten.
int place(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  return 10 + (letter >= 'a' ? letter - 'a' : letter - 'A');
}

}  // namespace

std::string peer_id_software(std::span<const std::uint8_t> peer_id) {
  const std::string_view id = text_of(peer_id);
  if (id.size() < 8 || id[0] != '-' || id[7] != '-') return {};
  const std::string_view letters = id.substr(1, 2), version = id.substr(3, 4);
  if (!std::ranges::all_of(letters, is_alphanumeric) || !std::ranges::all_of(version, is_alphanumeric))
    return {};
  const auto* const known = std::ranges::find(kClients, letters, &Client::letters);
  return fmt::format("{} {}.{}.{}.{}", known == std::end(kClients) ? letters : known->name, place(version[0]),
                     place(version[1]), place(version[2]), place(version[3]));
}

std::string dht_software(std::span<const std::uint8_t> version) {
  const std::string_view text = text_of(version);
  if (text.size() != 4 || !is_alphanumeric(text[0]) || !is_alphanumeric(text[1])) return {};
  return fmt::format("{} {}.{}", text.substr(0, 2), version[2], version[3]);
}

}  // namespace vedette
