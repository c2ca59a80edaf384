// What SMTP (RFC 5321 §4.2) and FTP (RFC 959 §4.2) share: a server that greets and answers by three digits
// and text, over one line or several. A greeting of "220" may be either's: its words tell, then the client's
// commands, and the port only where both say nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "decode/decoder.h"
#include "decode/lines.h"

namespace vedette {

struct NumberedReply {
  int code = 0;
  std::vector<std::string_view> lines;  // behind the code; of the lines between, all
};

enum class ReplyState : std::uint8_t { kWhole, kMore, kForeign };

// The next reply of a server.
[[nodiscard]] ReplyState take_numbered_reply(Lines& lines, NumberedReply& reply);

struct NumberedProtocol {
  enum class Kind : std::uint8_t { kUndecided, kSmtp, kFtp, kNeither };
  Kind kind = Kind::kUndecided;
  std::size_t client = 0;  // side; of use with kSmtp and kFtp
  Answer answer;           // with kUndecided and kNeither: what a decoder of either answers
};

// Which of both a flow speaks.
[[nodiscard]] NumberedProtocol numbered_protocol(const Heads& heads);

}  // namespace vedette
