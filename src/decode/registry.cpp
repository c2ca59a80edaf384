#include "decode/registry.h"

#include "decode/adb.h"
#include "decode/amqp.h"
#include "decode/bittorrent.h"
#include "decode/dcerpc.h"
#include "decode/dhcp.h"
#include "decode/dhcpv6.h"
#include "decode/dns.h"
#include "decode/dtls.h"
#include "decode/ftp.h"
#include "decode/git.h"
#include "decode/http1.h"
#include "decode/http2.h"
#include "decode/ike.h"
#include "decode/imap.h"
#include "decode/irc.h"
#include "decode/kafka.h"
#include "decode/kerberos.h"
#include "decode/l2tp.h"
#include "decode/ldap.h"
#include "decode/llmnr.h"
#include "decode/mdns.h"
#include "decode/memcached.h"
#include "decode/modbus.h"
#include "decode/mongodb.h"
#include "decode/mqtt.h"
#include "decode/mysql.h"
#include "decode/nbdgm.h"
#include "decode/nbns.h"
#include "decode/nomachine.h"
#include "decode/ntp.h"
#include "decode/openvpn.h"
#include "decode/oracle.h"
#include "decode/pop3.h"
#include "decode/postgresql.h"
#include "decode/pptp.h"
#include "decode/proxy_header.h"
#include "decode/quic.h"
#include "decode/radius.h"
#include "decode/rdp.h"
#include "decode/rdp_udp.h"
#include "decode/redis.h"
#include "decode/rsync.h"
#include "decode/rtsp.h"
#include "decode/sip.h"
#include "decode/smb.h"
#include "decode/smtp.h"
#include "decode/snmp.h"
#include "decode/socks.h"
#include "decode/ssdp.h"
#include "decode/ssh.h"
#include "decode/stun.h"
#include "decode/syslog.h"
#include "decode/tds.h"
#include "decode/telnet.h"
#include "decode/tftp.h"
#include "decode/tls.h"
#include "decode/vnc.h"
#include "decode/websocket.h"
#include "decode/wireguard.h"
#include "decode/xmpp.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr Decoder kDecoders[] = {
    {.name = "adb", .protocol = VDT_IP_TCP, .decode = decode_adb},
    {.name = "amqp", .protocol = VDT_IP_TCP, .decode = decode_amqp},
    {.name = "bittorrent", .protocol = VDT_IP_TCP, .decode = decode_bittorrent_tcp},
    {.name = "bittorrent", .protocol = VDT_IP_UDP, .decode = decode_bittorrent_udp},
    {.name = "http", .protocol = VDT_IP_TCP, .decode = decode_http1},
    {.name = "http", .protocol = VDT_IP_TCP, .decode = decode_http2},
    {.name = "mqtt", .protocol = VDT_IP_TCP, .decode = decode_mqtt},
    {.name = "quic", .protocol = VDT_IP_UDP, .decode = decode_quic},
    {.name = "rtsp", .protocol = VDT_IP_TCP, .decode = decode_rtsp},
    {.name = "sip", .protocol = VDT_IP_TCP, .decode = decode_sip_tcp},
    {.name = "sip", .protocol = VDT_IP_UDP, .decode = decode_sip_udp},
    {.name = "ssdp", .protocol = VDT_IP_UDP, .decode = decode_ssdp},
    {.name = "stun", .protocol = VDT_IP_TCP, .decode = decode_stun_tcp},
    {.name = "stun", .protocol = VDT_IP_UDP, .decode = decode_stun_udp},
    {.name = "tls", .protocol = VDT_IP_TCP, .decode = decode_tls},
    {.name = "dtls", .protocol = VDT_IP_UDP, .decode = decode_dtls},
    {.name = "smb", .protocol = VDT_IP_TCP, .decode = decode_smb},
    {.name = "rdp", .protocol = VDT_IP_TCP, .decode = decode_rdp},
    {.name = "rdp", .protocol = VDT_IP_UDP, .decode = decode_rdp_udp},
    {.name = "proxy", .protocol = VDT_IP_TCP, .decode = decode_proxy_header},
    {.name = "xmpp", .protocol = VDT_IP_TCP, .decode = decode_xmpp},
    {.name = "kerberos", .protocol = VDT_IP_TCP, .decode = decode_kerberos_tcp},
    {.name = "kerberos", .protocol = VDT_IP_UDP, .decode = decode_kerberos_udp},
    {.name = "ldap", .protocol = VDT_IP_TCP, .decode = decode_ldap_tcp},
    {.name = "ldap", .protocol = VDT_IP_UDP, .decode = decode_ldap_udp},
    {.name = "dcerpc", .protocol = VDT_IP_TCP, .decode = decode_dcerpc},
    {.name = "socks", .protocol = VDT_IP_TCP, .decode = decode_socks},
    {.name = "ftp", .protocol = VDT_IP_TCP, .decode = decode_ftp},
    {.name = "git", .protocol = VDT_IP_TCP, .decode = decode_git},
    {.name = "ike", .protocol = VDT_IP_UDP, .decode = decode_ike},
    {.name = "imap", .protocol = VDT_IP_TCP, .decode = decode_imap},
    {.name = "irc", .protocol = VDT_IP_TCP, .decode = decode_irc},
    {.name = "l2tp", .protocol = VDT_IP_UDP, .decode = decode_l2tp},
    {.name = "memcached", .protocol = VDT_IP_TCP, .decode = decode_memcached_tcp},
    {.name = "memcached", .protocol = VDT_IP_UDP, .decode = decode_memcached_udp},
    {.name = "mysql", .protocol = VDT_IP_TCP, .decode = decode_mysql},
    {.name = "nomachine", .protocol = VDT_IP_TCP, .decode = decode_nomachine},
    {.name = "openvpn", .protocol = VDT_IP_TCP, .decode = decode_openvpn_tcp},
    {.name = "openvpn", .protocol = VDT_IP_UDP, .decode = decode_openvpn_udp},
    {.name = "oracle", .protocol = VDT_IP_TCP, .decode = decode_oracle},
    {.name = "pop3", .protocol = VDT_IP_TCP, .decode = decode_pop3},
    {.name = "postgresql", .protocol = VDT_IP_TCP, .decode = decode_postgresql},
    {.name = "pptp", .protocol = VDT_IP_TCP, .decode = decode_pptp},
    {.name = "rsync", .protocol = VDT_IP_TCP, .decode = decode_rsync},
    {.name = "smtp", .protocol = VDT_IP_TCP, .decode = decode_smtp},
    {.name = "ssh", .protocol = VDT_IP_TCP, .decode = decode_ssh},
    {.name = "tds", .protocol = VDT_IP_TCP, .decode = decode_tds},
    {.name = "telnet", .protocol = VDT_IP_TCP, .decode = decode_telnet},
    {.name = "vnc", .protocol = VDT_IP_TCP, .decode = decode_vnc},
    {.name = "wireguard", .protocol = VDT_IP_UDP, .decode = decode_wireguard},
    {.name = "dns", .protocol = VDT_IP_TCP, .decode = decode_dns_tcp},
    {.name = "dns", .protocol = VDT_IP_UDP, .decode = decode_dns_udp},
    {.name = "mdns", .protocol = VDT_IP_UDP, .decode = decode_mdns},
    {.name = "llmnr", .protocol = VDT_IP_TCP, .decode = decode_llmnr_tcp, .port = 5355},
    {.name = "llmnr", .protocol = VDT_IP_UDP, .decode = decode_llmnr_udp},
    {.name = "nbdgm", .protocol = VDT_IP_UDP, .decode = decode_nbdgm},
    {.name = "nbns", .protocol = VDT_IP_UDP, .decode = decode_nbns},
    {.name = "dhcp", .protocol = VDT_IP_UDP, .decode = decode_dhcp},
    {.name = "dhcpv6", .protocol = VDT_IP_UDP, .decode = decode_dhcpv6},
    {.name = "ntp", .protocol = VDT_IP_UDP, .decode = decode_ntp},
    {.name = "snmp", .protocol = VDT_IP_UDP, .decode = decode_snmp},
    {.name = "radius", .protocol = VDT_IP_UDP, .decode = decode_radius},
    {.name = "syslog", .protocol = VDT_IP_UDP, .decode = decode_syslog},
    {.name = "tftp", .protocol = VDT_IP_UDP, .decode = decode_tftp},
    {.name = "redis", .protocol = VDT_IP_TCP, .decode = decode_redis},
    {.name = "mongodb", .protocol = VDT_IP_TCP, .decode = decode_mongodb},
    {.name = "kafka", .protocol = VDT_IP_TCP, .decode = decode_kafka},
    {.name = "modbus", .protocol = VDT_IP_TCP, .decode = decode_modbus},
};
constexpr Decoder kNamedDecoders[] = {
    {.name = "websocket", .protocol = VDT_IP_TCP, .decode = decode_websocket},
};
static_assert(std::size(kDecoders) <= kMostDecoders);

}  // namespace

std::span<const Decoder> decoders() {
  return kDecoders;
}

std::span<const Decoder> named_decoders() {
  return kNamedDecoders;
}

}  // namespace vedette
