// IPFIX (RFC 7011): flows in both directions as one record (RFC 5103).
#include <array>
#include <cassert>

#include "export/flow_encoder.h"
#include "export/template_field.h"

namespace vedette {

namespace {

constexpr std::uint16_t kVersion = 10;
constexpr std::size_t kSetHeaderBytes = 4;
constexpr std::uint16_t kTemplateSet = 2, kOptionsTemplateSet = 3;
constexpr std::uint16_t kFlow4 = 256, kFlow6 = 257, kSampling = 258, kStatistics = 259;
constexpr std::uint16_t kEnterpriseBit = 0x8000;
constexpr std::uint32_t kReverse = 29305;           // RFC 5103 §6.1
constexpr std::uint8_t kInitiatorsDirection = 1;    // of biflowDirection: the source is who began
constexpr std::uint16_t kSystematicCountBased = 1;  // RFC 5477 §8.2.1

using Flows = TemplateField<ExportedFlow>;

template <FlowSide side>
void write_packets(NetworkWriter& out, const ExportedFlow& flow, std::uint16_t bytes) {
  out.number(flow.sent[side].packets, bytes);
}
template <FlowSide side>
void write_bytes(NetworkWriter& out, const ExportedFlow& flow, std::uint16_t bytes) {
  out.number(flow.sent[side].bytes, bytes);
}
template <FlowSide side>
void write_flags(NetworkWriter& out, const ExportedFlow& flow, std::uint16_t bytes) {
  out.number(flow.tcp_flags[side], bytes);
}
template <auto member>
void write_number(NetworkWriter& out, const ExportedFlow& flow, std::uint16_t bytes) {
  out.number(flow.*member, bytes);
}
template <auto member>
void write_time(NetworkWriter& out, const ExportedFlow& flow, std::uint16_t bytes) {
  out.number(static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(flow.*member).count()),
             bytes);
}
template <auto member>
void write_address(NetworkWriter& out, const ExportedFlow& flow, std::uint16_t bytes) {
  out.bytes({reinterpret_cast<const std::uint8_t*>(&(flow.*member)), bytes});
}
void write_direction(NetworkWriter& out, const ExportedFlow&, std::uint16_t bytes) {
  out.number(kInitiatorsDirection, bytes);
}

// Of both templates. Flags of the responder before those of the initiator: some collectors know one of them,
// and keep the last.
constexpr std::array kCommon{
    Flows{kFlowStartMilliseconds, 8, false, write_time<&ExportedFlow::first>},
    Flows{kFlowEndMilliseconds, 8, false, write_time<&ExportedFlow::last>},
    Flows{kOctetDeltaCount, 8, false, write_bytes<kInitiator>},
    Flows{kPacketDeltaCount, 8, false, write_packets<kInitiator>},
    Flows{kOctetDeltaCount, 8, true, write_bytes<kResponder>},
    Flows{kPacketDeltaCount, 8, true, write_packets<kResponder>},
    Flows{kIngressInterface, 4, false, write_number<&ExportedFlow::ifindex>},
    Flows{kSourceTransportPort, 2, false, write_number<&ExportedFlow::src_port>},
    Flows{kDestinationTransportPort, 2, false, write_number<&ExportedFlow::dst_port>},
    Flows{kVlanId, 2, false, write_number<&ExportedFlow::vlan>},
    Flows{kTcpControlBits, 2, true, write_flags<kResponder>},
    Flows{kTcpControlBits, 2, false, write_flags<kInitiator>},
    Flows{kProtocolIdentifier, 1, false, write_number<&ExportedFlow::protocol>},
    Flows{kIpVersion, 1, false, write_number<&ExportedFlow::ip_version>},
    Flows{kFlowEndReason, 1, false, write_number<&ExportedFlow::end_reason>},
    Flows{kBiflowDirection, 1, false, write_direction},
};
constexpr std::array kAddresses4{
    Flows{kSourceIpv4Address, 4, false, write_address<&ExportedFlow::src>},
    Flows{kDestinationIpv4Address, 4, false, write_address<&ExportedFlow::dst>},
};
constexpr std::array kAddresses6{
    Flows{kSourceIpv6Address, 16, false, write_address<&ExportedFlow::src>},
    Flows{kDestinationIpv6Address, 16, false, write_address<&ExportedFlow::dst>},
};

std::span<const Flows> addresses_of(bool six) {
  return six ? std::span<const Flows>(kAddresses6) : std::span<const Flows>(kAddresses4);
}

// What the exporter says of itself.
struct Said {
  const ExportTotals& totals;
  std::uint32_t domain;
};
using Sayings = TemplateField<Said>;

template <std::uint64_t value>
void write_constant(NetworkWriter& out, const Said&, std::uint16_t bytes) {
  out.number(value, bytes);
}
template <auto member>
void write_total(NetworkWriter& out, const Said& said, std::uint16_t bytes) {
  out.number(said.totals.*member, bytes);
}
void write_domain(NetworkWriter& out, const Said& said, std::uint16_t bytes) {
  out.number(said.domain, bytes);
}

// The first of each is the scope. Every packet is seen: one of one, none left out (RFC 5477).
constexpr std::array kSamplingFields{
    Sayings{kObservationDomainId, 4, false, write_domain},
    Sayings{kSelectorAlgorithm, 2, false, write_constant<kSystematicCountBased>},
    Sayings{kSamplingPacketInterval, 4, false, write_constant<1>},
    Sayings{kSamplingPacketSpace, 4, false, write_constant<0>},
};
// RFC 7011 §4.1 and §4.3 in one.
constexpr std::array kStatisticsFields{
    Sayings{kObservationDomainId, 4, false, write_domain},
    Sayings{kExportedMessageTotalCount, 8, false, write_total<&ExportTotals::messages>},
    Sayings{kExportedFlowRecordTotalCount, 8, false, write_total<&ExportTotals::flows>},
    Sayings{kExportedOctetTotalCount, 8, false, write_total<&ExportTotals::bytes>},
    Sayings{kNotSentFlowTotalCount, 8, false, write_total<&ExportTotals::lost_flows>},
    Sayings{kNotSentPacketTotalCount, 8, false, write_total<&ExportTotals::lost_packets>},
    Sayings{kNotSentOctetTotalCount, 8, false, write_total<&ExportTotals::lost_bytes>},
};
constexpr std::uint16_t kScopes = 1;

template <typename Field>
void write_field_specifiers(NetworkWriter& out, std::span<const Field> fields) {
  for (const Field& field : fields) {
    out.u16(field.element | (field.reverse ? kEnterpriseBit : 0U));
    out.u16(field.bytes);
    if (field.reverse) out.u32(kReverse);
  }
}

// The bytes that a set's or message's length field at `at` counts, from `begin` on.
void put_length(NetworkWriter& out, std::size_t at, std::size_t begin) {
  out.put_u16(at, out.size() - begin);
}

class IpfixEncoder final : public FlowEncoder {
 public:
  explicit IpfixEncoder(std::uint32_t domain) : flows_{.id = domain, .sequence = 0} {}

  std::size_t encode(std::vector<std::uint8_t>& out, std::span<const ExportedFlow> flows,
                     const EncodeOptions& options) override {
    assert(options.most_bytes >= kLeastMessage);
    if (flows.empty() && !options.templates) return 0;
    NetworkWriter writer(out);
    const std::size_t begin = begin_message(writer, flows_, options.now);
    if (options.templates) write_templates(writer);
    const std::size_t taken = write_flows(writer, flows, begin + options.most_bytes);
    put_length(writer, begin + 2, begin);
    records_ = static_cast<std::uint32_t>(taken);
    return taken;
  }

  void encode_statistics(std::vector<std::uint8_t>& out, const ExportTotals& totals,
                         Nanoseconds now) override {
    NetworkWriter writer(out);
    const std::size_t begin = begin_message(writer, statistics_, now);
    write_statistics(writer, {totals, flows_.id});
    put_length(writer, begin + 2, begin);
  }

  // RFC 7011 §3.1: it counts the data records of the domain's messages before, options' among them.
  void advance() override { last_->sequence += records_; }
  void begin_session() override { flows_.sequence = statistics_.sequence = 0; }

 private:
  struct Domain {
    std::uint32_t id = 0;
    std::uint32_t sequence = 0;
  };

  std::size_t begin_message(NetworkWriter& out, Domain& domain, Nanoseconds now) {
    last_ = &domain;
    records_ = 0;
    const std::size_t begin = out.size();
    out.u16(kVersion);
    out.u16(0);  // length
    out.u32(static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(now).count()));
    out.u32(domain.sequence);
    out.u32(domain.id);
    return begin;
  }

  static void write_templates(NetworkWriter& out) {
    const std::size_t set = begin_set(out, kTemplateSet);
    for (const bool six : {false, true}) {
      out.u16(six ? kFlow6 : kFlow4);
      out.u16(kAddresses4.size() + kCommon.size());
      write_field_specifiers<Flows>(out, addresses_of(six));
      write_field_specifiers<Flows>(out, kCommon);
    }
    put_length(out, set + 2, set);
  }

  void write_statistics(NetworkWriter& out, const Said& said) {
    const std::size_t set = begin_set(out, kOptionsTemplateSet);
    write_options_template(out, kSampling, kSamplingFields);
    write_options_template(out, kStatistics, kStatisticsFields);
    put_length(out, set + 2, set);
    write_options(out, kSampling, kSamplingFields, said);
    write_options(out, kStatistics, kStatisticsFields, said);
  }

  static void write_options_template(NetworkWriter& out, std::uint16_t id, std::span<const Sayings> fields) {
    out.u16(id);
    out.u16(fields.size());
    out.u16(kScopes);
    write_field_specifiers<Sayings>(out, fields);
  }

  void write_options(NetworkWriter& out, std::uint16_t id, std::span<const Sayings> fields,
                     const Said& said) {
    const std::size_t set = begin_set(out, id);
    write_record(out, fields, said);
    put_length(out, set + 2, set);
    records_++;
  }

  static std::size_t begin_set(NetworkWriter& out, std::uint16_t id) {
    const std::size_t at = out.size();
    out.u16(id);
    out.u16(0);  // length
    return at;
  }

  static std::size_t write_flows(NetworkWriter& out, std::span<const ExportedFlow> flows, std::size_t end) {
    std::size_t taken = 0;
    while (taken < flows.size()) {
      const bool six = flows[taken].ip_version == 6;
      const std::span<const Flows> addresses = addresses_of(six);
      const std::size_t bytes = record_bytes<ExportedFlow>(addresses) + record_bytes<ExportedFlow>(kCommon);
      if (out.size() + kSetHeaderBytes + bytes > end) break;
      const std::size_t set = begin_set(out, six ? kFlow6 : kFlow4);
      for (; taken < flows.size() && (flows[taken].ip_version == 6) == six && out.size() + bytes <= end;
           taken++) {
        write_record(out, addresses, flows[taken]);
        write_record<ExportedFlow>(out, kCommon, flows[taken]);
      }
      put_length(out, set + 2, set);
    }
    return taken;
  }

  Domain flows_;
  Domain statistics_;          // of no domain: they are the exporter's (RFC 7011 §3.1)
  Domain* last_ = &flows_;     // of the message that was encoded last
  std::uint32_t records_ = 0;  // in it
};

}  // namespace

std::unique_ptr<FlowEncoder> make_ipfix_encoder(std::uint32_t domain) {
  return std::make_unique<IpfixEncoder>(domain);
}

}  // namespace vedette
