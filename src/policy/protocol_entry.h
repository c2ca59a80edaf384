// The protocol policy: what connections must not speak (`protocols:` of a policy's file). An entry refuses a
// connection that shows any of what it names; all its packets are dropped from then on, of both directions.
// The first entry that takes a connection, and doesn't only observe, decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/match.h"

namespace vedette {

struct ProtocolEntry {
  std::string name;                     // unique among rules and entries; as a rule's
  std::optional<std::uint8_t> tls_min;  // enum vdt_payload_class: VDT_PAYLOAD_SSL_3 … VDT_PAYLOAD_TLS_1_3
  bool refuse_ssh_1 = false;
  bool refuse_smb_1 = false;
  std::vector<std::string> ja3;
  std::vector<std::string> ja4;
  std::vector<std::string> sni;       // "example.net", or ".example.net" for all below it too
  std::string app;                    // of known_apps(); empty: none
  std::vector<std::string> versions;  // of `app`; empty: any
  Match where;  // source is who began the connection: source, destination and destination_port alone
  bool observe = false;
  std::string reason;
  std::uint32_t line = 0;  // of the file; says nothing of the entry

  friend bool operator==(const ProtocolEntry& left, const ProtocolEntry& right) {
    return left.name == right.name && left.reason == right.reason && left.observe == right.observe &&
           left.refuses_same(right);
  }
  // Whatever they are called, and whether they observe.
  [[nodiscard]] bool refuses_same(const ProtocolEntry& other) const {
    return tls_min == other.tls_min && refuse_ssh_1 == other.refuse_ssh_1 &&
           refuse_smb_1 == other.refuse_smb_1 && ja3 == other.ja3 && ja4 == other.ja4 && sni == other.sni &&
           app == other.app && versions == other.versions && where == other.where;
  }
};

// Applications that the decoders tell, in their order of letters.
[[nodiscard]] const std::vector<std::string_view>& known_apps();
// All versions that an application has; empty where others than these may come.
[[nodiscard]] std::vector<std::string_view> known_versions(std::string_view app);

// Whether a connection between these, to that port of the responder, is one that the match is about.
[[nodiscard]] bool takes(const Match& where, const vdt_address& initiator, const vdt_address& responder,
                         std::uint8_t ip_version, std::uint16_t port);
// An empty list holds all.
[[nodiscard]] bool in_ports(const std::vector<NumberRange>& ports, std::uint16_t port);

// Bits by enum vdt_payload_class: the first payloads by which the kernel knows what the entry refuses, by
// themselves. Others only decoders tell.
[[nodiscard]] std::uint64_t classes_of(const ProtocolEntry& entry);

// In how many rows of the kernel's table (struct vdt_protocol_row) the entry comes out.
[[nodiscard]] std::size_t rows_of(const ProtocolEntry& entry);

}  // namespace vedette
