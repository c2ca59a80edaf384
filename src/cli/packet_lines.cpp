#include "cli/packet_lines.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/human_text.h"
#include "cli/json_members.h"

namespace vedette {

namespace {

constexpr std::string_view kRed = "\x1b[31m", kGreen = "\x1b[32m", kYellow = "\x1b[33m",
                           kMagenta = "\x1b[35m", kCyan = "\x1b[36m", kDim = "\x1b[2m", kReset = "\x1b[0m";

std::string text(std::string_view object, std::string_view member) {
  return json_member_text(object, member);
}

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// "10.0.0.1:443", "[2001:db8::1]:443", an address alone, or the MAC where there is no address.
std::string endpoint(std::string_view object, std::string_view address_member, std::string_view port_member,
                     std::string_view mac_member) {
  const std::string address = text(object, address_member);
  const std::string port = text(object, port_member);
  if (address.empty()) return text(object, mac_member);
  if (port.empty()) return address;
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                : fmt::format("[{}]:{}", address, port);
}

std::string protocol(std::string_view object) {
  std::string name = text(object, "protocol");
  if (!name.empty()) return name;
  const std::string ether_type = text(object, "ether_type");
  return ether_type.empty() ? "llc" : fmt::format("{:#06x}", number(ether_type));
}

// What stands behind the columns: flags, and whatever is out of the ordinary.
std::string remarks(std::string_view object) {
  constexpr std::pair<std::string_view, std::string_view> kRemarks[] = {
      {"tcp_flags", ""},         {"app", ""},
      {"app_version", ""},       {"icmp_type", "type "},
      {"icmp_code", "code "},    {"vlan", "vlan "},
      {"fragment", "fragment "}, {"tunnel.type", "in "},
      {"tunnel.id", ""},         {"tunnel.src_ip", ""},
      {"tunnel.dst_ip", "> "},   {"malformed", "malformed: "},
      {"segments", "packets "},  {"verdict", ""}};
  std::string all;
  for (const auto& [member, before] : kRemarks) {
    const std::string value = text(object, member);
    if (value.empty()) continue;
    if (!all.empty()) all.push_back(' ');
    all += before;
    all += value;
  }
  return all;
}

std::string_view color_of(std::string_view object, const std::string& protocol) {
  if (!text(object, "malformed").empty() || text(object, "tcp_flags").find('R') != std::string::npos)
    return kRed;
  if (protocol == "tcp") return kCyan;
  if (protocol == "udp") return kGreen;
  if (protocol.starts_with("icmp")) return kYellow;
  return text(object, "ip_version").empty() ? kDim : kMagenta;
}

// The last cell holds a number, and nothing is padded behind it.
void append_cell(fmt::memory_buffer& out, std::string_view text, std::size_t width, bool last) {
  if (last)
    fmt::format_to(fmt::appender(out), "{:>{}}", text, width);
  else
    fmt::format_to(fmt::appender(out), "{:<{}} ", text, width);
}

}  // namespace

void PacketLines::append_heading(fmt::memory_buffer& out) const {
  constexpr std::string_view kTitles[kColumns] = {"TIME",        "IF",    "DIR",  "SOURCE",
                                                  "DESTINATION", "PROTO", "BYTES"};
  for (std::size_t at = 0; at < kColumns; ++at) {
    append_cell(out, kTitles[at], widths_[at], at == kLength);
  }
  out.push_back('\n');
}

void PacketLines::append(fmt::memory_buffer& out, std::string_view object) {
  const std::array<std::string, kColumns> cells{
      time_of_day_text(Nanoseconds(number(text(object, "time_ns")))),
      text(object, "interface"),
      text(object, "direction"),
      endpoint(object, "src_ip", "src_port", "src_mac"),
      endpoint(object, "dst_ip", "dst_port", "dst_mac"),
      protocol(object),
      text(object, "length")};
  if (color_) out.append(color_of(object, cells[kProtocol]));
  for (std::size_t at = 0; at < kColumns; ++at) {
    widths_[at] = std::max(widths_[at], cells[at].size());
    append_cell(out, cells[at], widths_[at], at == kLength);
  }
  if (const std::string rest = remarks(object); !rest.empty()) {
    fmt::format_to(fmt::appender(out), " {}", rest);
  }
  if (color_) out.append(kReset);
  out.push_back('\n');
}

}  // namespace vedette
