#include "decode/dhcp.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "base/address.h"
#include "decode/address_bytes.h"
#include "decode/byte_reader.h"
#include "decode/datagrams.h"
#include "decode/dns_message.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint32_t kMagic = 0x63825363;  // before the options (RFC 2131 §3)
constexpr std::size_t kNameBytes = 64 + 128;  // server's and boot file's
constexpr std::uint8_t kEthernet = 1;
constexpr std::size_t kMostHardwareBytes = 16;

// RFC 2132 §9.6, RFC 3203, RFC 4388, RFC 6926, RFC 7724.
constexpr std::array<std::string_view, 19> kMessageTypes = {"",
                                                            "DISCOVER",
                                                            "OFFER",
                                                            "REQUEST",
                                                            "DECLINE",
                                                            "ACK",
                                                            "NAK",
                                                            "RELEASE",
                                                            "INFORM",
                                                            "FORCERENEW",
                                                            "LEASEQUERY",
                                                            "LEASEUNASSIGNED",
                                                            "LEASEUNKNOWN",
                                                            "LEASEACTIVE",
                                                            "BULKLEASEQUERY",
                                                            "LEASEQUERYDONE",
                                                            "ACTIVELEASEQUERY",
                                                            "LEASEQUERYSTATUS",
                                                            "TLS"};

enum Option : std::uint8_t {
  kPad = 0,
  kRouters = 3,
  kDnsServers = 6,
  kHostname = 12,
  kDomain = 15,
  kRequestedAddress = 50,
  kLeaseTime = 51,
  kMessageType = 53,
  kServer = 54,
  kParameters = 55,
  kVendorClass = 60,
  kFqdn = 81,
  kEnd = 255,
};

using Data = std::span<const std::uint8_t>;

struct Options {
  std::array<Data, 256> data;  // the first of each number
  bool whole = false;          // up to the end mark, or the last byte

  [[nodiscard]] Data operator[](Option option) const { return data[option]; }
};

Options read_options(ByteReader& rest) {
  Options options;
  while (!rest.empty()) {
    const std::uint8_t number = rest.u8();
    if (number == kPad) continue;
    if (number == kEnd) break;
    const Data data = rest.vector8();
    if (rest.failed()) return options;
    if (options.data[number].empty()) options.data[number] = data;
  }
  options.whole = true;
  return options;
}

std::string plain(Data bytes) {
  while (!bytes.empty() && bytes.back() == 0)
    bytes = bytes.first(bytes.size() - 1);  // some end texts in C's way
  return std::string(text_of(bytes));
}

void add_text(std::string_view name, Data bytes, Handshake& handshake) {
  if (std::string text = plain(bytes); !text.empty()) handshake.add(name, std::move(text));
}

void add_address(std::string_view name, Data bytes, Handshake& handshake) {
  if (bytes.size() == 4 && std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte != 0; }))
    handshake.add(name, address_bytes_text(bytes));
}

void add_addresses(std::string_view name, Data bytes, Handshake& handshake) {
  std::vector<std::string> addresses;
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) addresses.push_back(address_bytes_text(bytes.first(4)));
  if (!addresses.empty()) handshake.add(name, std::move(addresses));
}

// RFC 4702 §2: flags and two obsolete bytes, then a name, in DNS's form where the E flag is set.
void add_fqdn(Data bytes, Handshake& handshake) {
  constexpr std::uint8_t kEncoded = 0x04;
  constexpr std::size_t kBefore = 3;
  if (bytes.size() <= kBefore) return;
  if (!(bytes[0] & kEncoded)) return add_text("client_fqdn", bytes.subspan(kBefore), handshake);
  // A name that isn't full has no root behind it.
  std::vector<std::uint8_t> labels(bytes.begin() + kBefore, bytes.end());
  labels.push_back(0);
  if (auto name = dns_name(labels, 0, DnsText::kUtf8)) handshake.add("client_fqdn", std::move(*name));
}

std::string number_list(Data bytes) {
  std::string list;
  for (const std::uint8_t byte : bytes) {
    if (!list.empty()) list += ',';
    list += std::to_string(byte);
  }
  return list;
}

bool tell(const FlowDatagram& datagram, Handshake& handshake) {
  ByteReader rest(datagram.bytes);
  const std::uint8_t operation = rest.u8(), hardware = rest.u8(), hardware_bytes = rest.u8();
  rest.take(1 + 4 + 2 + 2);  // hops, transaction, seconds, flags
  const Data client = rest.take(4), assigned = rest.take(4);
  rest.take(4);  // next server
  const Data relay = rest.take(4);
  const Data hardware_address = rest.take(kMostHardwareBytes);
  rest.take(kNameBytes);
  if (rest.u32() != kMagic || operation < 1 || operation > 2 || hardware_bytes > kMostHardwareBytes)
    return false;
  const Options options = read_options(rest);
  const Data type = options[kMessageType];
  if ((!options.whole && !datagram.cut) || type.size() != 1 || type[0] == 0) return false;

  handshake.app = "dhcp";
  handshake.add("message_type", type[0] < kMessageTypes.size() ? std::string(kMessageTypes[type[0]])
                                                               : "TYPE" + std::to_string(type[0]));
  if (hardware == kEthernet && hardware_bytes == 6) {
    fmt::memory_buffer mac;
    append_mac(mac, hardware_address.first<6>());
    handshake.add("client_mac", fmt::to_string(mac));
  }
  add_text("hostname", options[kHostname], handshake);
  add_fqdn(options[kFqdn], handshake);
  add_text("vendor_class", options[kVendorClass], handshake);
  add_address("client_address", client, handshake);
  add_address("requested_address", options[kRequestedAddress], handshake);
  add_address("assigned_address", assigned, handshake);
  add_address("server_address", options[kServer], handshake);
  add_address("relay_address", relay, handshake);
  add_addresses("routers", options[kRouters], handshake);
  add_addresses("dns_servers", options[kDnsServers], handshake);
  add_text("domain", options[kDomain], handshake);
  if (options[kLeaseTime].size() == 4)
    handshake.add("lease_time_s", std::int64_t{ByteReader(options[kLeaseTime]).u32()});
  if (!options[kParameters].empty()) handshake.add("fingerprint", number_list(options[kParameters]));
  return true;
}

}  // namespace

Answer decode_dhcp(const Heads& heads, Handshakes& handshakes) {
  return decode_each_datagram(heads, handshakes, tell);
}

}  // namespace vedette
