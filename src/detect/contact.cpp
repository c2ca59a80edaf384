#include "detect/contact.h"

#include <array>
#include <cstddef>

namespace vedette {

namespace {

struct Names {
  std::string_view name;
  std::string_view detector;
};

constexpr std::array<Names, static_cast<std::size_t>(Technique::kCount)> kNames{{
    {"connect scan", "connect_scan"},
    {"SYN scan", "syn_scan"},
    {"NULL scan", "null_scan"},
    {"FIN scan", "fin_scan"},
    {"Xmas scan", "xmas_scan"},
    {"Maimon scan", "maimon_scan"},
    {"ACK or window scan", "ack_scan"},
    {"UDP scan", "udp_scan"},
    {"ICMP sweep", "icmp_sweep"},
    {"ARP sweep", "arp_sweep"},
}};

}  // namespace

std::string_view technique_name(Technique technique) {
  return kNames[static_cast<std::size_t>(technique)].name;
}

std::string_view technique_detector(Technique technique) {
  return kNames[static_cast<std::size_t>(technique)].detector;
}

}  // namespace vedette
