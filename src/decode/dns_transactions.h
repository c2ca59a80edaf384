// Queries and their answers in a flow's first bytes, of all protocols that ask and answer in DNS messages: as
// datagrams, or in a stream with a length of two bytes before each (RFC 1035 §4.2.2).
//
// An answer belongs to the query of the other direction with its id and its question. A query that is sent
// again is the same transaction. One is told once it is answered, has waited for kLongestWait since it was
// last sent, or nothing more will come, and after all that began before it, since bytes are used from the
// front. A zone transfer has many answers: it is told by the first one, when its flow ends.
#pragma once

#include <cstdint>
#include <string_view>

#include "decode/decoder.h"
#include "decode/dns_framing.h"
#include "decode/dns_message.h"

namespace vedette {

inline constexpr Nanoseconds kLongestWait = std::chrono::seconds(5);  // resolvers' usual time to ask again

// One of both is there. Times are those of their last bytes.
struct DnsTransaction {
  const DnsMessage& first;  // the query, or else the response
  const DnsMessage* query = nullptr;
  const DnsMessage* response = nullptr;
  Nanoseconds asked{}, answered{};
};

struct DnsDialect {
  std::string_view app;
  std::uint16_t port = 0;  // where it is at home, and may be damaged
  DnsText text = DnsText::kAscii;
  // Of a stream, what the header alone must be: on the own port, and on others.
  MayBeDns begins_at_home = nullptr;
  MayBeDns begins_elsewhere = nullptr;
  // It can't reasonably be anything else, whatever the ports.
  bool (*is_certain)(const DnsMessage& message) = nullptr;
  // It is one on the own port, damaged or not.
  MayBeDns is_likely = nullptr;
  void (*tell)(const DnsTransaction& transaction, Handshake& handshake) = nullptr;
};

enum class DnsFraming : std::uint8_t { kDatagrams, kStream };

[[nodiscard]] Answer decode_dns_transactions(const Heads& heads, DnsFraming framing,
                                             const DnsDialect& dialect, Handshakes& handshakes);

}  // namespace vedette
