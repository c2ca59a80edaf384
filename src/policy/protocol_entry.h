// The protocol policy: what connections must not speak (`protocols:` of a policy's file, and before these the
// rules that ask for an application). An entry refuses a connection that shows any of what it names: all its
// packets are dropped from then on, of both directions, or those that come in answered by a rejection. Or it
// lets it pass, marked or as it is, and no entry behind it is asked. The first entry that takes a connection,
// and doesn't only observe, decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/app_match.h"
#include "policy/match.h"
#include "policy/verdict.h"

namespace vedette {

struct ProtocolEntry {
  std::string name;                     // unique among rules and entries; as a rule's
  std::optional<std::uint8_t> tls_min;  // enum vdt_payload_class: VDT_PAYLOAD_SSL_3 … VDT_PAYLOAD_TLS_1_3
  bool refuse_ssh_1 = false;
  bool refuse_smb_1 = false;
  std::vector<std::string> ja3;
  std::vector<std::string> ja4;
  std::vector<std::string> sni;  // "example.net", or ".example.net" for all below it too
  std::vector<AppMatch> apps;
  // Source is who began the connection: source, destination, destination_port, protocol (TCP, UDP), and
  // countries and autonomous systems alone.
  Match where;
  RuleVerdict verdict = RuleVerdict::kDrop;  // kPass, kDrop, kReject, kMark, kDscp or kSample
  std::uint32_t value = 0;                   // the verdict's
  bool observe = false;                      // of one that does more than to let pass
  bool shadow = false;                       // as Rule::shadow
  std::string reason;
  std::uint32_t line = 0;  // of the file; says nothing of the entry

  friend bool operator==(const ProtocolEntry& left, const ProtocolEntry& right) {
    return left.name == right.name && left.reason == right.reason && left.observe == right.observe &&
           left.shadow == right.shadow && left.does_same(right);
  }
  [[nodiscard]] bool refuses() const {
    return verdict == RuleVerdict::kDrop || verdict == RuleVerdict::kReject;
  }
  // Whatever they are called, and whether they observe.
  [[nodiscard]] bool does_same(const ProtocolEntry& other) const {
    return tls_min == other.tls_min && refuse_ssh_1 == other.refuse_ssh_1 &&
           refuse_smb_1 == other.refuse_smb_1 && ja3 == other.ja3 && ja4 == other.ja4 && sni == other.sni &&
           apps == other.apps && verdict == other.verdict && value == other.value && where == other.where;
  }
};

// Whether the flow, whose source began it, is one that the match is about.
[[nodiscard]] bool takes(const Match& where, const vdt_flow_key& flow);
// An empty list holds all; this and the next.
[[nodiscard]] bool in_protocols(const std::vector<std::uint8_t>& protocols, std::uint8_t protocol);
[[nodiscard]] bool in_ports(const std::vector<NumberRange>& ports, std::uint16_t port);

// Bits by enum vdt_payload_class: the first payloads by which the kernel knows what the entry takes, by
// themselves. Others only decoders tell: of what isn't refused all that has a version, since both ends choose
// it.
[[nodiscard]] std::uint64_t classes_of(const ProtocolEntry& entry);

// Those that the kernel must leave to the decoders wherever an entry stands behind this one, which may let
// them pass.
[[nodiscard]] std::uint64_t classes_left_by(const ProtocolEntry& entry);

// In how many rows of the kernel's table (struct vdt_protocol_row) the entry comes out, at most.
[[nodiscard]] std::size_t rows_of(const ProtocolEntry& entry);

}  // namespace vedette
