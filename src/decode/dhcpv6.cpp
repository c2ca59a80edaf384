#include "decode/dhcpv6.h"

#include <array>
#include <string>
#include <vector>

#include "decode/address_bytes.h"
#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/dns_message.h"
#include "decode/encodings.h"
#include "decode/ports.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint16_t kClientPort = 546, kServerPort = 547;
constexpr int kMostRelays = 8;              // one in another
constexpr std::size_t kMostAddresses = 64;  // told of one message

// RFC 8415 §7.3, RFC 5007, RFC 5460, RFC 6977, RFC 7653.
constexpr std::array<std::string_view, 24> kMessageTypes = {"",
                                                            "SOLICIT",
                                                            "ADVERTISE",
                                                            "REQUEST",
                                                            "CONFIRM",
                                                            "RENEW",
                                                            "REBIND",
                                                            "REPLY",
                                                            "RELEASE",
                                                            "DECLINE",
                                                            "RECONFIGURE",
                                                            "INFORMATION-REQUEST",
                                                            "RELAY-FORW",
                                                            "RELAY-REPL",
                                                            "LEASEQUERY",
                                                            "LEASEQUERY-REPLY",
                                                            "LEASEQUERY-DONE",
                                                            "LEASEQUERY-DATA",
                                                            "RECONFIGURE-REQUEST",
                                                            "RECONFIGURE-REPLY",
                                                            "DHCPV4-QUERY",
                                                            "DHCPV4-RESPONSE",
                                                            "ACTIVELEASEQUERY",
                                                            "STARTTLS"};

enum MessageType : std::uint8_t { kAdvertise = 2, kReply = 7, kRelayForward = 12, kRelayReply = 13 };

enum Option : std::uint16_t {
  kClientId = 1,
  kServerId = 2,
  kAddresses = 3,           // IA_NA
  kTemporaryAddresses = 4,  // IA_TA
  kAddress = 5,
  kOptionRequest = 6,
  kRelayMessage = 9,
  kVendorClass = 16,
  kDnsServers = 23,
  kPrefixes = 25,  // IA_PD
  kPrefix = 26,
  kFqdn = 39,
};

using Data = std::span<const std::uint8_t>;

struct Said {
  std::string client_duid, server_duid, hostname, vendor_class, fingerprint, relayed_for;
  std::vector<std::string> addresses, dns_servers;
};

// Walks the options of `data`; false where they don't fill it.
template <typename Take>
bool each_option(Data data, Take&& take) {
  ByteReader rest(data);
  while (!rest.empty()) {
    const std::uint16_t option = rest.u16();
    const Data value = rest.vector16();
    if (rest.failed()) return false;
    take(option, value);
  }
  return true;
}

// What stands in an IA behind its identifier and, but for temporary addresses, two times.
void read_association(Data value, std::size_t before, Said& said) {
  if (value.size() < before) return;
  (void)each_option(value.subspan(before), [&](std::uint16_t option, Data one) {
    constexpr std::size_t kAddressBytes = 16, kLifetimes = 8;
    if (said.addresses.size() == kMostAddresses) return;
    if (option == kAddress && one.size() >= kAddressBytes + kLifetimes)
      said.addresses.push_back(address_bytes_text(one.first(kAddressBytes)));
    if (option == kPrefix && one.size() >= kLifetimes + 1 + kAddressBytes)
      said.addresses.push_back(address_bytes_text(one.subspan(kLifetimes + 1, kAddressBytes)) + "/" +
                               std::to_string(one[kLifetimes]));
  });
}

std::string vendor_class(Data value) {
  ByteReader rest(value);
  rest.u32();  // the vendor's enterprise number
  return std::string(text_of(rest.vector16()));
}

// A name that isn't full has no root behind it.
std::string fqdn(Data value) {
  if (value.size() < 2) return {};
  std::vector<std::uint8_t> labels(value.begin() + 1, value.end());
  labels.push_back(0);
  return dns_name(labels, 0, DnsText::kUtf8).value_or("");
}

void read_option(std::uint16_t option, Data value, Said& said) {
  switch (option) {
    case kClientId:
      said.client_duid = hex_text(value);
      return;
    case kServerId:
      said.server_duid = hex_text(value);
      return;
    case kAddresses:
    case kPrefixes:
      return read_association(value, 12, said);
    case kTemporaryAddresses:
      return read_association(value, 4, said);
    case kVendorClass:
      said.vendor_class = vendor_class(value);
      return;
    case kFqdn:
      said.hostname = fqdn(value);
      return;
    case kOptionRequest:
      for (ByteReader rest(value); rest.left() >= 2;)
        said.fingerprint += (said.fingerprint.empty() ? "" : ",") + std::to_string(rest.u16());
      return;
    case kDnsServers:
      for (ByteReader rest(value); rest.left() >= 16 && said.dns_servers.size() < kMostAddresses;)
        said.dns_servers.push_back(address_bytes_text(rest.take(16)));
      return;
    default:
      return;
  }
}

// The message that relays pass on; nothing where they carry none.
std::optional<Data> unwrap(Data message, Said& said) {
  for (int relays = 0; relays < kMostRelays; relays++) {
    if (message.empty()) return {};
    if (message[0] != kRelayForward && message[0] != kRelayReply) return message;
    ByteReader rest(message);
    rest.take(2 + 16);  // type, hops, the link's address
    const Data peer = rest.take(16);
    if (rest.failed()) return {};
    said.relayed_for = address_bytes_text(peer);
    Data inside;
    if (!each_option(message.subspan(2 + 16 + 16), [&](std::uint16_t option, Data value) {
          if (option == kRelayMessage) inside = value;
        }))
      return {};
    message = inside;
  }
  return {};
}

void add(std::string_view name, std::string text, Handshake& handshake) {
  if (!text.empty()) handshake.add(name, std::move(text));
}

bool tell(const FlowDatagram& datagram, Handshake& handshake) {
  constexpr std::size_t kHeaderBytes = 4;  // type and transaction
  Said said;
  const auto message = unwrap(datagram.bytes, said);
  if (!message || message->size() < kHeaderBytes) return false;
  const std::uint8_t type = (*message)[0];
  if (type == 0 || type >= kMessageTypes.size()) return false;
  const bool whole = each_option(message->subspan(kHeaderBytes),
                                 [&](std::uint16_t option, Data value) { read_option(option, value, said); });
  if (!whole && !datagram.cut) return false;

  const bool from_server = type == kAdvertise || type == kReply;
  handshake.app = "dhcpv6";
  handshake.add("message_type", std::string(kMessageTypes[type]));
  add("relayed_for", std::move(said.relayed_for), handshake);
  add("client_duid", std::move(said.client_duid), handshake);
  add("server_duid", std::move(said.server_duid), handshake);
  add("hostname", std::move(said.hostname), handshake);
  add("vendor_class", std::move(said.vendor_class), handshake);
  if (!said.addresses.empty())
    handshake.add(from_server ? "assigned_addresses" : "requested_addresses", std::move(said.addresses));
  handshake.add_known("dns_servers", said.dns_servers);
  add("fingerprint", std::move(said.fingerprint), handshake);
  return true;
}

}  // namespace

Answer decode_dhcpv6(const Heads& heads, Handshakes& handshakes) {
  if (!uses_port(heads, kClientPort) && !uses_port(heads, kServerPort)) return {.verdict = Verdict::kNotMine};
  return decode_each_datagram(heads, handshakes, tell);
}

}  // namespace vedette
