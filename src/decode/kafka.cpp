#include "decode/kafka.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t kPort = 9092;
constexpr std::uint16_t kApiVersions = 18;
constexpr std::uint16_t kFirstFlexible = 3;     // version of ApiVersions with compact strings
constexpr std::uint16_t kNewestVersion = 20;    // none has reached it yet
constexpr std::uint32_t kMostSize = 100 << 20;  // bytes: the broker's default socket.request.max.bytes
constexpr std::size_t kSizeField = 4;
constexpr std::size_t kRequestFixed = 14;  // size, API, version, correlation, client id's length
constexpr std::size_t kResponseFixed = 8;  // size, correlation
constexpr std::uint16_t kNull = 0xffff;    // a string's length

// By key.
constexpr std::string_view kApis[] = {"Produce",
                                      "Fetch",
                                      "ListOffsets",
                                      "Metadata",
                                      "LeaderAndIsr",
                                      "StopReplica",
                                      "UpdateMetadata",
                                      "ControlledShutdown",
                                      "OffsetCommit",
                                      "OffsetFetch",
                                      "FindCoordinator",
                                      "JoinGroup",
                                      "Heartbeat",
                                      "LeaveGroup",
                                      "SyncGroup",
                                      "DescribeGroups",
                                      "ListGroups",
                                      "SaslHandshake",
                                      "ApiVersions",
                                      "CreateTopics",
                                      "DeleteTopics",
                                      "DeleteRecords",
                                      "InitProducerId",
                                      "OffsetForLeaderEpoch",
                                      "AddPartitionsToTxn",
                                      "AddOffsetsToTxn",
                                      "EndTxn",
                                      "WriteTxnMarkers",
                                      "TxnOffsetCommit",
                                      "DescribeAcls",
                                      "CreateAcls",
                                      "DeleteAcls",
                                      "DescribeConfigs",
                                      "AlterConfigs",
                                      "AlterReplicaLogDirs",
                                      "DescribeLogDirs",
                                      "SaslAuthenticate"};

struct Request {
  std::uint16_t api = 0, version = 0;
  std::uint32_t correlation = 0;
  Bytes client_id;
  std::string software;
};

struct Side {
  SideView view;
  std::optional<Request> request;
};

// A length plus one, in one byte as short names have it.
std::string compact_string(ByteReader& reader) {
  const std::uint8_t length = reader.u8();
  if (length == 0 || (length & 0x80)) {
    reader.take(reader.left() + 1);
    return {};
  }
  const Bytes string = reader.take(length - 1U);
  return is_printable(text_of(string)) ? std::string(text_of(string)) : std::string();
}

// ApiVersions' body, to its very end: no tagged fields, two names, no tagged fields.
std::string software_of(Bytes body) {
  ByteReader reader(body);
  const std::uint8_t header_tags = reader.u8();
  std::string name = compact_string(reader);
  const std::string version = compact_string(reader);
  const std::uint8_t body_tags = reader.u8();
  if (reader.failed() || !reader.empty() || header_tags != 0 || body_tags != 0 || name.empty()) return {};
  return name.append(" ").append(version);
}

// As far as the size is known; every message has at least the number that request and response share.
bool may_be_sized(Bytes bytes) {
  if (bytes.size() < kSizeField) return bytes.empty() || bytes[0] <= kMostSize >> 24;
  const std::size_t size = ByteReader(bytes).u32();
  return size >= sizeof(std::uint32_t) && size <= kMostSize;
}

Side read_request(Bytes bytes) {
  if (!may_be_sized(bytes)) return {.view = {.said = Said::kForeign}, .request = {}};
  if (bytes.size() > kSizeField && bytes[kSizeField] != 0)
    return {.view = {.said = Said::kForeign}, .request = {}};
  if (bytes.size() < kRequestFixed)
    return {.view = {.said = Said::kNothing,
                     .need = bytes.size() <= kSizeField ? bytes.size() + 1 : kRequestFixed},
            .request = {}};
  ByteReader reader(bytes);
  const std::size_t size = reader.u32();
  Request request;
  request.api = reader.u16();
  request.version = reader.u16();
  request.correlation = reader.u32();
  const std::uint16_t id = reader.u16();
  const std::size_t id_size = id == kNull ? 0 : id;
  if (size > kMostSize || size + kSizeField < kRequestFixed + id_size || request.api >= std::size(kApis) ||
      request.version >= kNewestVersion)
    return {.view = {.said = Said::kForeign}, .request = {}};
  // ApiVersions, which tells most, is short: its end is waited for.
  const std::size_t wanted = request.api == kApiVersions ? kSizeField + size : kRequestFixed + id_size;
  request.client_id = reader.take(std::min(id_size, reader.left()));
  if (!is_printable(text_of(request.client_id))) return {.view = {.said = Said::kForeign}, .request = {}};
  if (bytes.size() < wanted) return {.view = {.said = Said::kNothing, .need = wanted}, .request = {}};
  if (request.api == kApiVersions && request.version >= kFirstFlexible)
    request.software = software_of(bytes.subspan(kRequestFixed + id_size, wanted - kRequestFixed - id_size));
  return {.view = {.said = Said::kAll}, .request = std::move(request)};
}

// A response proves the request that it answers.
SideView read_response(Bytes bytes, const Request& request) {
  if (bytes.size() < kResponseFixed)
    return {.said = Said::kNothing, .need = bytes.empty() ? 1 : kResponseFixed};
  ByteReader reader(bytes);
  const std::uint32_t size = reader.u32();
  const bool answers = size >= kSizeField && size <= kMostSize && reader.u32() == request.correlation;
  return {.said = answers ? Said::kAll : Said::kForeign};
}

}  // namespace

Answer decode_kafka(const Heads& heads, Handshakes& handshakes) {
  std::array sides = {read_request(heads.bytes[0]), read_request(heads.bytes[1])};
  const std::size_t client =
      sides[0].view.said == Said::kForeign || (!sides[0].request && sides[1].request) ? 1 : 0;
  const std::size_t server = 1 - client;
  if (!sides[client].request) {
    // The other direction may be a response to what hasn't come yet.
    if (sides[client].view.said != Said::kForeign && may_be_sized(heads.bytes[server]))
      sides[server].view = {.said = Said::kNothing};
    return settle(heads, {sides[0].view, sides[1].view});
  }
  const Request& request = *sides[client].request;
  sides[server].view = read_response(heads.bytes[server], request);
  const bool by_port = heads.ports[server] == kPort && !request.client_id.empty();
  const bool sure = sides[server].view.sure() || !request.software.empty() || by_port;
  if (!sure) sides[client].view.said = sides[server].view.said;
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  Handshake handshake;
  handshake.app = "kafka";
  handshake.add("request", std::string(kApis[request.api]));
  handshake.add("request_version", request.version);
  if (!request.client_id.empty()) handshake.add("client_id", std::string(text_of(request.client_id)));
  handshake.add_known("client_software", request.software);
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
