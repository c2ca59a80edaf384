#include "decode/rdp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "decode/rdp_messages.h"

namespace vedette {

namespace {

using State = RdpSide::State;

// [MS-RDPBCGR] §2.2.1.1.1; 0 is the security of RDP itself.
constexpr std::pair<std::uint32_t, const char*> kProtocols[] = {
    {0x01, "tls"}, {0x02, "credssp"}, {0x04, "rdstls"}, {0x08, "credssp_ex"}, {0x10, "rdsaad"}};

std::vector<std::string> protocol_names(std::uint32_t bits) {
  std::vector<std::string> names;
  for (const auto& [bit, name] : kProtocols)
    if (bits & bit) names.emplace_back(name);
  if (names.empty()) names.emplace_back("rdp");
  return names;
}

// [MS-RDPBCGR] §2.2.1.2.2.
std::string failure_text(std::uint32_t code) {
  constexpr const char* kCodes[] = {"SSL_REQUIRED_BY_SERVER",    "SSL_NOT_ALLOWED_BY_SERVER",
                                    "SSL_CERT_NOT_ON_SERVER",    "INCONSISTENT_FLAGS",
                                    "HYBRID_REQUIRED_BY_SERVER", "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"};
  return code >= 1 && code <= std::size(kCodes) ? kCodes[code - 1] : fmt::format("0x{:08x}", code);
}

// [MS-RDPBCGR] §2.2.1.3.2: RDP 5.0 to 8.1 share a number, from 10.0 on each has its own.
std::string version_text(std::uint32_t version) {
  constexpr std::uint32_t kRdp4 = 0x00080001, kRdp5 = 0x00080004, kRdp10 = 0x00080005, kLatest = 0x00080011;
  if (version == kRdp4) return "4.0";
  if (version == kRdp5) return "5.0";
  if (version >= kRdp10 && version <= kLatest) return fmt::format("10.{}", version - kRdp10);
  return fmt::format("0x{:08x}", version);
}

Handshake told(const RdpSide& client, const RdpSide& server) {
  Handshake handshake;
  handshake.app = "rdp";
  if (client.version && server.version)
    handshake.app_version = version_text(std::min(*client.version, *server.version));
  else if (client.version || server.version)
    handshake.app_version = version_text(client.version ? *client.version : *server.version);
  if (client.user) handshake.add("user", *client.user);
  if (client.routing_token) handshake.add("routing_token", *client.routing_token);
  if (client.requested) handshake.add("requested_protocols", protocol_names(*client.requested));
  if (server.failure)
    handshake.add("failure", failure_text(*server.failure));
  else if (server.used != 0)  // an older server confirms without saying what
    handshake.add("selected_protocol", protocol_names(server.selected.value_or(0)).front());
  handshake.add_known("client_name", client.client_name);
  if (client.client_build) handshake.add("client_build", static_cast<std::int64_t>(*client.client_build));
  return handshake;
}

// A TLS handshake record (RFC 8446 §5.1) stands behind what was read.
bool tls_follows(std::span<const std::uint8_t> head, const RdpSide& side) {
  return side.used != 0 && head.size() > side.used + 1 && head[side.used] == 22 && head[side.used + 1] == 3;
}

}  // namespace

Answer decode_rdp(const Heads& heads, Handshakes& handshakes) {
  std::array<RdpSide, 2> sides;
  for (std::size_t i = 0; i < 2; i++) {
    sides[i] = read_rdp_side(heads.bytes[i]);
    if (sides[i].state == State::kUndecided && heads.ended[i]) sides[i].state = State::kForeign;
    if (heads.ended[i]) sides[i].need = 0;
  }
  const bool sure = sides[0].state == State::kSure || sides[1].state == State::kSure;
  const bool foreign = sides[0].state == State::kForeign || sides[1].state == State::kForeign;
  const auto spoke = [&](std::size_t i) { return sides[i].used != 0; };
  Answer answer;
  if (!sure) {
    const auto silent = [&](std::size_t i) {
      return sides[i].state == State::kForeign || heads.bytes[i].empty();
    };
    answer.verdict = foreign && silent(0) && silent(1) ? Verdict::kNotMine : Verdict::kUndecided;
    for (std::size_t i = 0; i < 2; i++) answer.need[i] = sides[i].need;
    return answer;
  }
  const std::size_t client = (spoke(0) ? sides[0].is_client : !sides[1].is_client) ? 0 : 1;
  const RdpSide& server = sides[1 - client];
  const bool secured = server.selected.value_or(0) != 0;
  const bool refused = server.failure.has_value();
  for (std::size_t i = 0; i < 2; i++) {
    const bool connected = spoke(i) || sides[i].state == State::kForeign;
    if (!connected || !(secured || refused)) answer.need[i] = sides[i].need;
  }
  if (answer.need[0] != 0 || answer.need[1] != 0) {
    answer.verdict = Verdict::kMine;
    return answer;
  }
  answer.verdict = Verdict::kDone;
  handshakes.push_back(told(sides[client], server));
  if (!secured && !tls_follows(heads.bytes[0], sides[0]) && !tls_follows(heads.bytes[1], sides[1]))
    return answer;
  answer.next = Next::kAny;
  for (std::size_t i = 0; i < 2; i++) answer.used[i] = sides[i].used;
  return answer;
}

}  // namespace vedette
