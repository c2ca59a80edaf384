#include "decode/tftp.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "decode/datagrams.h"
#include "decode/text.h"

namespace vedette {

namespace {

enum Operation : std::uint8_t { kRead = 1, kWrite = 2 };

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char letter) { return static_cast<unsigned char>(letter) < ' '; });
}

// Two bytes of operation, then texts that each end with a zero: file, mode, and pairs of options.
bool tell(const FlowDatagram& datagram, Handshake& handshake) {
  const auto bytes = datagram.bytes;
  if (bytes.size() < 4 || bytes[0] != 0 || (bytes[1] != kRead && bytes[1] != kWrite) || bytes.back() != 0)
    return false;
  std::string_view rest = text_of(bytes.subspan(2));
  const std::string_view file = take_until(rest, '\0');
  std::string mode(take_until(rest, '\0'));
  std::ranges::transform(mode, mode.begin(), [](unsigned char letter) { return std::tolower(letter); });
  if (file.empty() || !is_printable(file) || (mode != "octet" && mode != "netascii" && mode != "mail"))
    return false;
  handshake.app = "tftp";
  handshake.add("operation", std::string(bytes[1] == kRead ? "read" : "write"));
  handshake.add("filename", std::string(file));
  handshake.add("mode", std::move(mode));
  return true;
}

}  // namespace

Answer decode_tftp(const Heads& heads, Handshakes& handshakes) {
  return decode_each_datagram(heads, handshakes, tell);
}

}  // namespace vedette
