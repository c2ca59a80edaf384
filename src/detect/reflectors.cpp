#include "detect/reflectors.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "parse/protocols.h"

namespace vedette {

namespace {

using Payload = std::span<const std::uint8_t>;

bool begins_with(Payload payload, std::string_view bytes) {
  return payload.size() >= bytes.size() &&
         std::equal(bytes.begin(), bytes.end(), payload.begin(),
                    [](char left, std::uint8_t right) { return static_cast<std::uint8_t>(left) == right; });
}

using namespace std::string_view_literals;

bool holds(Payload payload, std::string_view bytes) {
  const std::string_view text(reinterpret_cast<const char*>(payload.data()),
                              std::min<std::size_t>(payload.size(), 512));
  return text.find(bytes) != std::string_view::npos;
}

std::uint32_t be32_at(Payload payload, std::size_t at) {
  return static_cast<std::uint32_t>(payload[at] << 24 | payload[at + 1] << 16 | payload[at + 2] << 8 |
                                    payload[at + 3]);
}

bool is_printable(Payload payload) {
  return payload.size() >= 16 && std::ranges::all_of(payload.first(16), [](std::uint8_t byte) {
           return (byte >= 0x20 && byte < 0x7f) || byte == '\r' || byte == '\n' || byte == '\t';
         });
}

// QR set, opcode 0 (RFC 1035); mDNS and NetBIOS names have the same header.
bool is_dns(Payload payload) {
  return payload.size() >= 12 && (payload[2] & 0xf8) == 0x80;
}
bool is_name_answer(Payload payload) {
  return payload.size() >= 12 && (payload[2] & 0x80) != 0;
}
// Modes 6 (control) and 7 (private: monlist) with the response bit (RFC 1305, appendix B; RFC 9327;
// ntp_request.h); mode 4 answers are no larger than their questions.
bool is_ntp(Payload payload) {
  if (payload.size() < 8) return false;
  const int mode = payload[0] & 7;
  return (mode == 7 && (payload[0] & 0x80)) || (mode == 6 && (payload[1] & 0x80));
}
bool is_ssdp(Payload payload) {  // UPnP Device Architecture 2.0, 1.3.3
  return begins_with(payload, "HTTP/1.1 200") || begins_with(payload, "NOTIFY ");
}
// SEQUENCE, message id, [APPLICATION 4] or [APPLICATION 5] (RFC 4511; MS-ADTS 7.3.3).
bool is_cldap(Payload payload) {
  if (payload.size() < 10 || payload[0] != 0x30) return false;
  const std::size_t length = payload[1] & 0x80 ? 2U + (payload[1] & 0x7f) : 2U;
  if (length + 2 >= payload.size() || payload[length] != 0x02) return false;
  const std::size_t operation = length + 2 + payload[length + 1];
  return operation < payload.size() && (payload[operation] == 0x64 || payload[operation] == 0x65);
}
bool is_memcached(Payload payload) {  // doc/protocol.txt: an 8-byte frame header, then text
  // Later datagrams of an answer hold a value's bytes alone: their number in it isn't 0.
  if (payload.size() < 13 || payload[6] != 0 || payload[7] != 0) return false;
  const Payload text = payload.subspan(8);
  return begins_with(text, "VALUE ") || begins_with(text, "STAT ") || payload[2] != 0 || payload[3] != 0;
}
bool is_snmp(Payload payload) {  // SEQUENCE, version, community, GetResponse [2] (RFC 3416, RFC 1157)
  if (payload.size() < 12 || payload[0] != 0x30) return false;
  const std::size_t length = payload[1] & 0x80 ? 2U + (payload[1] & 0x7f) : 2U;
  if (length + 4 >= payload.size() || payload[length] != 0x02 || payload[length + 1] != 1) return false;
  const std::size_t community = length + 3;
  if (payload[community] != 0x04) return false;
  const std::size_t operation = community + 2 + payload[community + 1];
  return operation < payload.size() && payload[operation] == 0xa2;
}
bool is_rpc(Payload payload) {  // xid, REPLY (RFC 5531)
  return payload.size() >= 12 && be32_at(payload, 4) == 1 && be32_at(payload, 8) <= 1;
}
bool is_soap(Payload payload) {  // WS-Discovery 1.1
  return begins_with(payload, "<?xml") || begins_with(payload, "<SOAP") || begins_with(payload, "<soap") ||
         begins_with(payload, "<s:");
}
bool is_arms(Payload payload) {  // Apple Remote Desktop's 1,000-byte answer to its five-byte question
  return payload.size() >= 32 && begins_with(payload, "\0\1"sv);
}
bool is_coap(Payload payload) {  // version 1; class 2, 4 or 5: a response (RFC 7252)
  if (payload.size() < 8 || payload[0] >> 6 != 1 || (payload[0] & 0x0f) > 8) return false;
  const int kind = payload[1] >> 5;
  return kind == 2 || kind == 4 || kind == 5;
}
// The responder's cookie is there: an answer (RFC 2408, RFC 7296); at port 4500 behind four zero bytes (RFC
// 3948).
bool is_ike(Payload payload) {
  if (begins_with(payload, "\0\0\0\0"sv) && payload.size() > 4) payload = payload.subspan(4);
  return payload.size() >= 28 && (be32_at(payload, 8) | be32_at(payload, 12)) != 0 &&
         (payload[17] >> 4 == 1 || payload[17] >> 4 == 2);
}
bool is_stun(Payload payload) {  // magic cookie, class success or error (RFC 8489)
  return payload.size() >= 20 && be32_at(payload, 4) == 0x2112a442 && (payload[0] & 0x01);
}
bool is_tftp(Payload payload) {  // DATA, ERROR, OACK (RFC 1350, RFC 2347)
  return payload.size() >= 4 && payload[0] == 0 && (payload[1] == 3 || payload[1] == 5 || payload[1] == 6);
}
bool is_sip(Payload payload) {
  return begins_with(payload, "SIP/2.0 ");
}  // RFC 3261
bool is_ubiquiti(Payload payload) {  // discovery, versions 1 and 2, longer than the question's four bytes
  return payload.size() >= 16 && (payload[0] == 1 || payload[0] == 2) && payload[1] <= 0x0b;
}
bool is_game(Payload payload) {
  return begins_with(payload, "\xff\xff\xff\xff");
}  // Valve A2S, id Tech 3
bool is_openvpn(Payload payload) {  // P_CONTROL_HARD_RESET_SERVER_V2 or _V1
  return payload.size() >= 14 && (payload[0] >> 3 == 8 || payload[0] >> 3 == 2);
}
bool is_dtls(
    Payload payload) {  // handshake or alert from a server: HelloVerifyRequest, ServerHello (RFC 6347)
  return payload.size() >= 14 && payload[0] == 22 && payload[1] == 0xfe &&
         (payload[13] == 3 || payload[13] == 2);
}
bool is_rdp(Payload payload) {  // MS-RDPEUDP: SYN and ACK in uFlags, at offset 6
  return payload.size() >= 8 && (payload[7] & 0x05) == 0x05;
}
bool is_bittorrent(Payload payload) {  // BEP 5: a dictionary with a response
  return begins_with(payload, "d1:rd") || (begins_with(payload, "d") && holds(payload, "1:y1:r"));
}
bool is_rip(Payload payload) {  // response, version 1 (RFC 1058)
  return payload.size() >= 24 && payload[0] == 2 && payload[1] == 1;
}
bool is_xdmcp(Payload payload) {  // version 1, Willing or Unwilling (X11R7 XDMCP)
  return payload.size() >= 6 && payload[0] == 0 && payload[1] == 1 && payload[2] == 0 &&
         (payload[3] == 5 || payload[3] == 6);
}
bool is_l2tp(Payload payload) {  // control message, version 2, SCCRP (RFC 2661)
  return payload.size() >= 20 && (payload[0] & 0xc8) == 0xc8 && (payload[1] & 0x0f) == 2;
}
bool is_quic(Payload payload) {  // long header, fixed bit (RFC 9000) or Version Negotiation
  return payload.size() >= 7 && (payload[0] & 0x80) && ((payload[0] & 0x40) || be32_at(payload, 1) == 0);
}
bool is_slp(Payload payload) {  // version 2; SrvRply, AttrRply, SrvTypeRply, DAAdvert (RFC 2608)
  return payload.size() >= 14 && payload[0] == 2 &&
         (payload[1] == 2 || payload[1] == 7 || payload[1] == 8 || payload[1] == 10);
}
bool is_ipmi(Payload payload) {  // RMCP, ASF presence pong or IPMI (IPMI 2.0, 13.1.3)
  return payload.size() >= 12 && payload[0] == 6 && payload[2] == 0xff;
}
bool is_nat_pmp(Payload payload) {  // an answer's opcode is 128 and above (RFC 6886, 3.2)
  return payload.size() >= 8 && payload[0] == 0 && payload[1] >= 128;
}
bool is_sql_browser(Payload payload) {  // SVR_RESP, then text (MC-SQLR 2.2.5)
  return payload.size() >= 32 && payload[0] == 5 && holds(payload, "ServerName;");
}
bool is_jenkins(Payload payload) {  // CVE-2020-2100
  return begins_with(payload, "<hudson>");
}
bool is_kad(Payload payload) {  // eMule's Kademlia: bootstrap, contacts, results; 0xe5: packed
  if (payload.size() < 27 || (payload[0] != 0xe4 && payload[0] != 0xe5)) return false;
  const int answer = payload[1];
  return answer == 0x08 || answer == 0x09 || answer == 0x28 || answer == 0x29 || answer == 0x38 ||
         answer == 0x3b;
}
bool is_addp(Payload payload) {  // Digi's Advanced Device Discovery Protocol: a discovery's answer
  return payload.size() >= 16 && begins_with(payload, "DIGI\0\2"sv);
}
bool is_lantronix(Payload payload) {  // UDS-10 User Guide, table 19: firmware and setup record, read back
  return payload.size() >= 24 && begins_with(payload, "\0\0\0"sv) &&
         (payload[3] == 0xf7 || payload[3] == 0xf9);
}
bool is_crestron(Payload payload) {  // CTP: discovery is answered by what it asked, under the next number
  return payload.size() >= 64 && begins_with(payload, "\x15\0\0\0"sv);
}
bool is_bacnet(Payload payload) {  // BVLL, unicast, the whole datagram's length (ASHRAE 135, annex J)
  return payload.size() >= 12 && payload[0] == 0x81 && payload[1] == 0x0a &&
         payload[2] * 256U + payload[3] == payload.size();
}
bool is_openafs(Payload payload) {  // Rx: its version, by a server
  return payload.size() >= 64 && payload[20] == 13 && !(payload[21] & 1);
}
bool is_citrix(Payload payload) {  // ICA browser: the datagram's length, little-endian
  return payload.size() >= 32 && payload[0] + payload[1] * 256U == payload.size();
}
bool is_block_page(Payload payload) {
  return begins_with(payload, "HTTP/1.");
}
bool is_large(Payload payload) {
  return payload.size() >= 64;
}

constexpr Reflector kReflectors[] = {
    {"qotd_amplification", "QOTD", is_printable, 17, true},        // RFC 865
    {"chargen_amplification", "CharGEN", is_printable, 19, true},  // RFC 864
    {"dns_amplification", "DNS", is_dns, 53, false, 512},
    {"tftp_amplification", "TFTP", is_tftp, 69},
    {"portmap_amplification", "Portmap", is_rpc, 111},
    {"ntp_amplification", "NTP control", is_ntp, 123},
    {"netbios_amplification", "NetBIOS", is_name_answer, 137},  // RFC 1002
    {"snmp_amplification", "SNMP", is_snmp, 161},
    {"xdmcp_amplification", "XDMCP", is_xdmcp, 177},
    {"cldap_amplification", "CLDAP", is_cldap, 389},
    {"slp_amplification", "SLP", is_slp, 427},
    // A server's first packets are as large where they were asked for: their size tells nothing.
    {"quic_amplification", "QUIC or DTLS", [](Payload p) { return is_dtls(p) || is_quic(p); }, 443, false,
     UINT16_MAX},
    {"ike_amplification", "IKE", is_ike, 500},
    {"rip_amplification", "RIPv1", is_rip, 520},
    {"ipmi_amplification", "IPMI", is_ipmi, 623, true},
    {"openvpn_amplification", "OpenVPN", is_openvpn, 1194},
    {"mssql_amplification", "SQL Server", is_sql_browser, 1434},
    {"l2tp_amplification", "L2TP", is_l2tp, 1701},
    {"citrix_amplification", "Citrix browser", is_citrix, 1604},
    {"ssdp_amplification", "SSDP", is_ssdp, 1900},
    {"game_amplification", "Arma games", is_game, 2303, true},
    {"addp_amplification", "Digi discovery", is_addp, 2362, false, 100},
    {"arms_amplification", "ARMS", is_arms, 3283},
    {"rdp_amplification", "RDP", is_rdp, 3389, true},
    {"stun_amplification", "STUN", is_stun, 3478},
    {"ws_discovery_amplification", "WS-Discovery", is_soap, 3702},
    {"ike_amplification", "IKE", is_ike, 4500},
    {"kad_amplification", "Kad", is_kad, 4672},
    {"sip_amplification", "SIP", is_sip, 5060},
    {"sentinel_amplification", "Sentinel licences", is_large, 5093, true},
    {"nat_pmp_amplification", "NAT-PMP", is_nat_pmp, 5351, true},
    {"mdns_amplification", "mDNS", is_name_answer, 5353, true},  // RFC 6762
    {"coap_amplification", "CoAP", is_coap, 5683},
    {"bittorrent_amplification", "BitTorrent", is_bittorrent, 6881},
    {"openafs_amplification", "OpenAFS", is_openafs, 7001, false, 100},
    {"ubiquiti_amplification", "Ubiquiti discovery", is_ubiquiti, 10001, true},
    {"tp240_amplification", "TP-240", is_printable, 10074, true},  // CVE-2022-26143
    {"memcached_amplification", "memcached", is_memcached, 11211, true},
    {"vxworks_amplification", "VxWorks debugger", is_rpc, 17185},
    {"powerhouse_amplification", "Powerhouse VPN", is_large, 20811, true},
    {"game_amplification", "Steam games", is_game, 27015, true},
    {"game_amplification", "Steam games", is_game, 27016, true},
    {"game_amplification", "Steam games", is_game, 27017, true},
    {"game_amplification", "Steam games", is_game, 27018, true},
    {"game_amplification", "Quake games", is_game, 27960, true},
    {"game_amplification", "FiveM games", is_game, 30120, true},
    {"lantronix_amplification", "Lantronix setup", is_lantronix, 30718, false, 100},
    {"plex_amplification", "Plex", [](Payload p) { return begins_with(p, "HTTP/1."); }, 32414, true},
    {"jenkins_amplification", "Jenkins", is_jenkins, 33848},
    {"sadp_amplification", "Hikvision discovery", is_soap, 37020, true},
    {"dhdiscover_amplification", "DVR discovery", is_large, 37810, true},  // DHDiscover, JSON in it
    {"crestron_amplification", "Crestron discovery", is_crestron, 41794},
    {"bacnet_amplification", "BACnet", is_bacnet, 47808, true},
    // Bock et al., "Weaponizing Middleboxes for TCP Reflected Amplification" (USENIX Security 2021).
    {"middlebox_amplification", "block page", is_block_page, 80, false, 200, VDT_IP_TCP},
};

// One byte for each UDP port: which, from 1.
std::array<std::uint8_t, 65'536> by_port() {
  std::array<std::uint8_t, 65'536> numbers{};
  std::uint8_t number = 0;
  for (const Reflector& reflector : kReflectors) {
    ++number;
    if (reflector.protocol == VDT_IP_UDP) numbers[reflector.port] = number;
  }
  return numbers;
}

}  // namespace

std::span<const Reflector> reflectors() {
  return kReflectors;
}

const Reflector* reflector_at(std::uint16_t port) {
  static const std::array<std::uint8_t, 65'536> kNumbers = by_port();
  const std::uint8_t number = kNumbers[port];
  return number == 0 ? nullptr : &kReflectors[number - 1];
}

const Reflector* reflected_by_middlebox(const FlowStep& step) {
  constexpr const Reflector* kMiddlebox =
      std::ranges::find(kReflectors, std::uint8_t{VDT_IP_TCP}, &Reflector::protocol);
  const Flow& flow = step.flow;
  if (flow.key.protocol != VDT_IP_TCP || step.side != kInitiator || flow.sent[kResponder].packets != 0 ||
      flow.sent[kInitiator].packets > 3 || (flow.tcp_flags[kInitiator] & VDT_TCP_SYN) ||
      step.sender_port() != kMiddlebox->port || !kMiddlebox->is_answer(step.payload()))
    return nullptr;
  return kMiddlebox;
}

const Reflector* reflected(const FlowStep& step) {
  if (step.flow.key.protocol != VDT_IP_UDP || step.side != kInitiator ||
      step.flow.sent[kResponder].packets != 0)
    return nullptr;
  const Reflector* service = reflector_at(step.sender_port());
  if (service == nullptr || (service->alike && step.receiver_port() == service->port)) return nullptr;
  const bool begins_datagram = step.packet != nullptr && (step.packet->core.fragment == VDT_FRAGMENT_NONE ||
                                                          step.packet->core.fragment == VDT_FRAGMENT_FIRST);
  if (begins_datagram && !service->is_answer(step.payload())) return nullptr;
  return service;
}

}  // namespace vedette
