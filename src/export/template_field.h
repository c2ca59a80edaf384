// Fields of templates: which information element (IANA's "IP Flow Information Export Entities"), in how many
// bytes, and whence its value comes.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "export/network_writer.h"

namespace vedette {

// By their names of IANA's registry.
enum InformationElement : std::uint16_t {
  kOctetDeltaCount = 1,
  kPacketDeltaCount = 2,
  kProtocolIdentifier = 4,
  kTcpControlBits = 6,
  kSourceTransportPort = 7,
  kSourceIpv4Address = 8,
  kIngressInterface = 10,
  kDestinationTransportPort = 11,
  kDestinationIpv4Address = 12,
  kFlowEndSysUpTime = 21,
  kFlowStartSysUpTime = 22,
  kSourceIpv6Address = 27,
  kDestinationIpv6Address = 28,
  kSamplingInterval = 34,
  kSamplingAlgorithm = 35,
  kExportedOctetTotalCount = 40,
  kExportedMessageTotalCount = 41,
  kExportedFlowRecordTotalCount = 42,
  kVlanId = 58,
  kIpVersion = 60,
  kFlowEndReason = 136,
  kExportingProcessId = 144,
  kObservationDomainId = 149,
  kFlowStartMilliseconds = 152,
  kFlowEndMilliseconds = 153,
  kNotSentFlowTotalCount = 166,
  kNotSentPacketTotalCount = 167,
  kNotSentOctetTotalCount = 168,
  kBiflowDirection = 239,
  kSelectorId = 302,
  kSelectorAlgorithm = 304,
  kSamplingPacketInterval = 305,
  kSamplingPacketSpace = 306,
};

// What is given for an element: a number, or the bytes of an address.
template <typename Record>
struct TemplateField {
  std::uint16_t element;
  std::uint16_t bytes;
  bool reverse;  // of the responder's packets: the element stands under RFC 5103's enterprise number
  void (*write)(NetworkWriter& out, const Record& record, std::uint16_t bytes);
};

template <typename Record>
[[nodiscard]] constexpr std::size_t record_bytes(std::span<const TemplateField<Record>> fields) {
  std::size_t bytes = 0;
  for (const auto& field : fields) bytes += field.bytes;
  return bytes;
}

template <typename Record>
void write_record(NetworkWriter& out, std::span<const TemplateField<Record>> fields, const Record& record) {
  for (const auto& field : fields) field.write(out, record, field.bytes);
}

}  // namespace vedette
