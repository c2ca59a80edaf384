#include "act/detector_names.h"

#include <array>

namespace vedette {

std::span<const std::string_view> known_detectors() {
  static constexpr auto kNames = std::to_array<std::string_view>({
      "ack_scan", "acl_violation", "arms_amplification", "arp_spoofing", "arp_sweep", "atomic_fragments",
      "bare_script", "bare_shell", "beacon", "bittorrent_amplification", "brute_force",
      "chargen_amplification", "cldap_amplification", "coap_amplification", "connect_scan",
      "dhcp_starvation", "dhdiscover_amplification", "dns_amplification", "dns_encoded_name",
      "dns_tunnel", "feed_address", "feed_domain", "feed_fingerprint", "fin_scan", "fraggle",
      "fragment_flood", "game_amplification", "generated_names", "heartbleed", "host_scan", "icmp_flood",
      "icmp_redirect", "icmp_sweep", "icmp_tunnel", "ike_amplification", "ipmi_amplification",
      "ipv6_covert_channel", "kill_router", "l2tp_amplification", "land", "log4shell", "maimon_scan",
      "martian_source", "mdns_amplification", "memcached_amplification", "metadata_service",
      "nat_pmp_amplification", "nd_spoofing", "netbios_amplification", "ntp_amplification", "null_scan",
      "one_way_flood", "openvpn_amplification", "outdated_protocol", "overlapping_fragments",
      "ping_of_death", "plex_amplification", "portmap_amplification", "protocol_flood",
      "qotd_amplification", "quic_amplification", "rdp_amplification", "rip_amplification",
      "router_flood", "routing_header_0", "rsmurf", "second_dhcp_server", "sentinel_amplification",
      "shellshock", "sip_amplification", "slow_attack", "slp_amplification", "smurf",
      "snmp_amplification", "source_route", "ssdp_amplification", "stun_amplification",
      "syn_ack_reflection", "syn_flood", "syn_scan", "tcp_evasion", "tcp_flood", "tftp_amplification",
      "tiny_fragment", "ubiquiti_amplification", "udp_flood", "udp_scan", "unusual_bytes_in",
      "unusual_bytes_out", "unusual_flows", "volumetric", "web_code_injection", "web_command_injection",
      "web_cross_site_scripting", "web_path_traversal", "web_scanner", "web_sensitive_file",
      "web_server_side_request", "web_sql_injection", "winnuke", "ws_discovery_amplification",
      "xdmcp_amplification", "xmas_scan"});
  return kNames;
}

}  // namespace vedette
