#include "cli/read_columns.h"

#include <charconv>

#include "base/human_text.h"

namespace vedette {

namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string time_shown(std::string_view text) {
  return time_of_day_text(Nanoseconds(number(text)));
}

std::string bytes_shown(std::string_view text) {
  return bytes_text(static_cast<std::uint64_t>(number(text)));
}

std::string round_trip_shown(std::string_view text) {
  return duration_text(std::chrono::microseconds(number(text)));
}

std::string yes_shown(std::string_view text) {
  return text == "true" ? "yes" : std::string(text);
}

constexpr Column kPacketColumns[] = {
    {.member = "time_ns", .title = "TIME", .width = 15, .show = time_shown},
    {.member = "interface"},
    {.member = "direction"},
    {.member = "length", .title = "LENGTH", .width = 6, .right = true},
    {.member = "captured"},
    {.member = "src_mac"},
    {.member = "dst_mac"},
    {.member = "vlan"},
    {.member = "ip_version", .title = "IP", .width = 2, .right = true},
    {.member = "src_ip", .title = "SOURCE", .width = 22},
    {.member = "src_port", .title = "PORT", .width = 5, .right = true},
    {.member = "dst_ip", .title = "DESTINATION", .width = 22},
    {.member = "dst_port", .title = "PORT", .width = 5, .right = true},
    {.member = "ttl"},
    {.member = "dscp"},
    {.member = "fragment"},
    {.member = "protocol", .title = "PROTOCOL", .width = 8},
    {.member = "tcp_flags", .title = "FLAGS", .width = 5},
    {.member = "tcp_seq"},
    {.member = "tcp_ack"},
    {.member = "tcp_window"},
    {.member = "icmp_type"},
    {.member = "icmp_code"},
    {.member = "payload_length", .title = "PAYLOAD", .width = 7, .right = true},
    {.member = "tunnel.type", .title = "TUNNEL", .width = 6},
    {.member = "tunnel.id"},
    {.member = "tunnel.src_ip"},
    {.member = "tunnel.dst_ip"},
    {.member = "malformed", .title = "MALFORMED", .width = 9},
    {.member = "verdict"},
    {.member = "app"},
    {.member = "app_version"},
};

constexpr Column kFlowColumns[] = {
    {.member = "first_ns", .title = "FIRST", .width = 15, .show = time_shown},
    {.member = "last_ns"},
    {.member = "src_ip", .title = "SOURCE", .width = 22},
    {.member = "src_port", .title = "PORT", .width = 5, .right = true},
    {.member = "dst_ip", .title = "DESTINATION", .width = 22},
    {.member = "dst_port", .title = "PORT", .width = 5, .right = true},
    {.member = "protocol", .title = "PROTOCOL", .width = 8},
    {.member = "ip_version"},
    {.member = "vlan"},
    {.member = "tunnel.type"},
    {.member = "tunnel.id"},
    {.member = "tunnel.src_ip"},
    {.member = "tunnel.dst_ip"},
    {.member = "interface"},
    {.member = "packets", .title = "PACKETS", .width = 8, .right = true},
    {.member = "bytes", .title = "BYTES", .width = 8, .right = true, .show = bytes_shown},
    {.member = "reply_packets", .title = "REPLIES", .width = 8, .right = true},
    {.member = "reply_bytes", .title = "BYTES", .width = 8, .right = true, .show = bytes_shown},
    {.member = "min_length"},
    {.member = "max_length"},
    {.member = "tcp_flags"},
    {.member = "reply_tcp_flags"},
    {.member = "state", .title = "STATE", .width = 12},
    {.member = "handshake_rtt_us", .title = "RTT", .width = 7, .right = true, .show = round_trip_shown},
    {.member = "rtt_us"},
    {.member = "retransmits", .title = "RETR", .width = 4, .right = true},
    {.member = "reply_retransmits"},
    {.member = "out_of_order"},
    {.member = "zero_windows"},
    {.member = "resets"},
    {.member = "app", .title = "APP", .width = 10},
    {.member = "app_version", .title = "VERSION", .width = 8},
    {.member = "outdated"},
    {.member = "outdated_reason"},
    {.member = "process.pid"},
    {.member = "process.name", .title = "PROCESS", .width = 15},
    {.member = "process.cgroup"},
    {.member = "src_name"},
    {.member = "dst_name"},
    {.member = "src_country"},
    {.member = "dst_country"},
    {.member = "src_asn"},
    {.member = "dst_asn"},
    {.member = "end"},
    {.member = "verdict"},
};

constexpr Column kHandshakeColumns[] = {
    {.member = "time_ns", .title = "TIME", .width = 15, .show = time_shown},
    {.member = "src_ip", .title = "SOURCE", .width = 22},
    {.member = "src_port", .title = "PORT", .width = 5, .right = true},
    {.member = "dst_ip", .title = "DESTINATION", .width = 22},
    {.member = "dst_port", .title = "PORT", .width = 5, .right = true},
    {.member = "protocol"},
    {.member = "app", .title = "APP", .width = 10},
    {.member = "app_version", .title = "VERSION", .width = 8},
    {.member = "outdated", .title = "OUTDATED", .width = 8, .show = yes_shown},
    {.member = "sni|host|query|client_software|user_agent|hostname|client_id|user|server_software",
     .title = "NAME",
     .width = 30},
    {.member = "outdated_reason"},
    {.member = "offered_versions"},
    {.member = "chosen_version"},
    {.member = "sni"},
    {.member = "alpn"},
    {.member = "chosen_alpn"},
    {.member = "cipher"},
    {.member = "ja3"},
    {.member = "ja3s"},
    {.member = "ja4", .title = "JA4", .width = 36},
    {.member = "method"},
    {.member = "host"},
    {.member = "path"},
    {.member = "user_agent"},
    {.member = "status"},
    {.member = "server"},
    {.member = "client_software"},
    {.member = "server_software"},
    {.member = "hassh"},
    {.member = "login_failures"},
    {.member = "logged_in"},
    {.member = "query"},
    {.member = "type"},
    {.member = "rcode"},
    {.member = "answers"},
    {.member = "latency_us"},
};

constexpr Column kFindingColumns[] = {
    {.member = "detected_ns", .title = "DETECTED", .width = 15, .show = time_shown},
    {.member = "severity", .title = "SEVERITY", .width = 8},
    {.member = "kind", .title = "KIND", .width = 17},
    {.member = "src_ip|src_prefix", .title = "SOURCE", .width = 22},
    {.member = "dst_ip", .title = "TARGET", .width = 22},
    {.member = "dst_port", .title = "PORT", .width = 5, .right = true},
    {.member = "packets", .title = "PACKETS", .width = 9, .right = true},
    {.member = "action", .title = "ACTION", .width = 11},
    {.member = "why", .title = "WHY", .width = 40},
    {.member = "id"},
    {.member = "detector"},
    {.member = "src_ip"},
    {.member = "src_prefix"},
    {.member = "first_ns"},
    {.member = "last_ns"},
    {.member = "bytes"},
    {.member = "score"},
    {.member = "threshold"},
    {.member = "expires_ns"},
    {.member = "evidence"},
};

constexpr Column kAuditColumns[] = {
    {.member = "time_ns", .title = "TIME", .width = 15, .show = time_shown},
    {.member = "what", .title = "WHAT", .width = 18},
    {.member = "by", .title = "BY", .width = 8},
    {.member = "key|session|login_uid|uid", .title = "WHO", .width = 16},
    {.member = "client_ip", .title = "FROM", .width = 11},
    {.member = "prefix|feed|address|port", .title = "SUBJECT", .width = 22},
    {.member = "observe", .title = "OBSERVE", .width = 7, .show = yes_shown},
    {.member = "added", .title = "ADDED", .width = 7, .right = true},
    {.member = "removed", .title = "REMOVED", .width = 7, .right = true},
    {.member = "reason", .title = "REASON", .width = 20},
    {.member = "seq"},
    {.member = "uid"},
    {.member = "login_uid"},
    {.member = "pid"},
    {.member = "session"},
    {.member = "key"},
    {.member = "finding"},
    {.member = "expires_ns"},
    {.member = "force"},
    {.member = "packets"},
    {.member = "bytes"},
    {.member = "feed"},
    {.member = "networks"},
    {.member = "names"},
    {.member = "rules"},
    {.member = "allowed"},
    {.member = "blocked"},
    {.member = "confirm_until_ns"},
    {.member = "port"},
    {.member = "mode"},
    {.member = "address"},
    {.member = "tcp"},
    {.member = "version"},
    {.member = "resumed"},
};

}  // namespace

std::span<const Column> packet_columns() {
  return kPacketColumns;
}

std::span<const Column> flow_columns() {
  return kFlowColumns;
}

std::span<const Column> handshake_columns() {
  return kHandshakeColumns;
}

std::span<const Column> finding_columns() {
  return kFindingColumns;
}

std::span<const Column> audit_columns() {
  return kAuditColumns;
}

}  // namespace vedette
