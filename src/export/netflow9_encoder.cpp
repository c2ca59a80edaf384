// NetFlow version 9 (RFC 3954): a record for each direction in which packets went.
#include <algorithm>
#include <array>
#include <cassert>

#include "export/flow_encoder.h"
#include "export/template_field.h"

namespace vedette {

namespace {

constexpr std::uint16_t kVersion = 9;
constexpr std::size_t kSetHeaderBytes = 4, kAlignment = 4;
constexpr std::uint16_t kTemplateSet = 0, kOptionsTemplateSet = 1;
constexpr std::uint16_t kFlow4 = 256, kFlow6 = 257, kStatistics = 258;
constexpr std::uint16_t kSystemScope = 1;
constexpr std::uint8_t kDeterministic = 1;  // of samplingAlgorithm

// Flows' times are milliseconds of 32 bits since the exporter started. It is said to have started a day
// before it did, since flows may be older than it; and anew before the number wraps after 49 days.
constexpr auto kBefore = std::chrono::hours(24);
constexpr auto kLongest = std::chrono::hours(24 * 40);

// One direction of a flow.
struct OneWay {
  const ExportedFlow& flow;
  FlowSide side;
  Nanoseconds started;  // the exporter
};
using Flows = TemplateField<OneWay>;

void write_packets(NetworkWriter& out, const OneWay& way, std::uint16_t bytes) {
  out.number(way.flow.sent[way.side].packets, bytes);
}
void write_bytes(NetworkWriter& out, const OneWay& way, std::uint16_t bytes) {
  out.number(way.flow.sent[way.side].bytes, bytes);
}
void write_flags(NetworkWriter& out, const OneWay& way, std::uint16_t bytes) {
  out.number(way.flow.tcp_flags[way.side], bytes);
}
template <auto member>
void write_number(NetworkWriter& out, const OneWay& way, std::uint16_t bytes) {
  out.number(way.flow.*member, bytes);
}
// The initiator's end where the initiator sends, else the responder's.
template <auto initiators, auto responders>
void write_port(NetworkWriter& out, const OneWay& way, std::uint16_t bytes) {
  out.number(way.side == kInitiator ? way.flow.*initiators : way.flow.*responders, bytes);
}
template <auto initiators, auto responders>
void write_address(NetworkWriter& out, const OneWay& way, std::uint16_t bytes) {
  const vdt_address& address = way.side == kInitiator ? way.flow.*initiators : way.flow.*responders;
  out.bytes({reinterpret_cast<const std::uint8_t*>(&address), bytes});
}
template <auto member>
void write_time(NetworkWriter& out, const OneWay& way, std::uint16_t bytes) {
  const Nanoseconds since = std::max(way.flow.*member - way.started, Nanoseconds{});
  out.number(static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(since).count()), bytes);
}

constexpr auto kSrcPort = &ExportedFlow::src_port;
constexpr auto kDstPort = &ExportedFlow::dst_port;
constexpr auto kSrc = &ExportedFlow::src;
constexpr auto kDst = &ExportedFlow::dst;

constexpr std::array kCommon{
    Flows{kOctetDeltaCount, 8, false, write_bytes},
    Flows{kPacketDeltaCount, 8, false, write_packets},
    Flows{kFlowStartSysUpTime, 4, false, write_time<&ExportedFlow::first>},
    Flows{kFlowEndSysUpTime, 4, false, write_time<&ExportedFlow::last>},
    Flows{kIngressInterface, 4, false, write_number<&ExportedFlow::ifindex>},
    Flows{kSourceTransportPort, 2, false, write_port<kSrcPort, kDstPort>},
    Flows{kDestinationTransportPort, 2, false, write_port<kDstPort, kSrcPort>},
    Flows{kVlanId, 2, false, write_number<&ExportedFlow::vlan>},
    Flows{kTcpControlBits, 1, false, write_flags},
    Flows{kProtocolIdentifier, 1, false, write_number<&ExportedFlow::protocol>},
    Flows{kIpVersion, 1, false, write_number<&ExportedFlow::ip_version>},
    Flows{kFlowEndReason, 1, false, write_number<&ExportedFlow::end_reason>},
};
constexpr std::array kAddresses4{
    Flows{kSourceIpv4Address, 4, false, write_address<kSrc, kDst>},
    Flows{kDestinationIpv4Address, 4, false, write_address<kDst, kSrc>},
};
constexpr std::array kAddresses6{
    Flows{kSourceIpv6Address, 16, false, write_address<kSrc, kDst>},
    Flows{kDestinationIpv6Address, 16, false, write_address<kDst, kSrc>},
};

std::span<const Flows> addresses_of(bool six) {
  return six ? std::span<const Flows>(kAddresses6) : std::span<const Flows>(kAddresses4);
}

struct Said {
  const ExportTotals& totals;
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

constexpr std::array kStatisticsFields{
    Sayings{kSamplingInterval, 4, false, write_constant<1>},  // every packet is seen
    Sayings{kSamplingAlgorithm, 1, false, write_constant<kDeterministic>},
    Sayings{kExportedOctetTotalCount, 8, false, write_total<&ExportTotals::bytes>},
    Sayings{kExportedMessageTotalCount, 8, false, write_total<&ExportTotals::messages>},
    Sayings{kExportedFlowRecordTotalCount, 8, false, write_total<&ExportTotals::flows>},
};
constexpr std::uint16_t kScopeBytes = 4;  // the source's id

template <typename Field>
void write_fields(NetworkWriter& out, std::span<const Field> fields) {
  for (const Field& field : fields) {
    out.u16(field.element);
    out.u16(field.bytes);
  }
}

class Netflow9Encoder final : public FlowEncoder {
 public:
  Netflow9Encoder(std::uint32_t domain, Nanoseconds now) : domain_(domain) { start_at(now); }

  std::size_t encode(std::vector<std::uint8_t>& out, std::span<const ExportedFlow> flows,
                     const EncodeOptions& options) override {
    assert(options.most_bytes >= kLeastMessage);
    if (flows.empty() && !options.templates) return 0;
    NetworkWriter writer(out);
    const std::size_t begin = begin_message(writer, options.now);
    if (options.templates) write_templates(writer);
    const std::size_t taken = write_flows(writer, flows, begin + options.most_bytes);
    writer.put_u16(begin + 2, records_);
    return taken;
  }

  void encode_statistics(std::vector<std::uint8_t>& out, const ExportTotals& totals,
                         Nanoseconds now) override {
    NetworkWriter writer(out);
    const std::size_t begin = begin_message(writer, now);
    write_statistics(writer, totals);
    writer.put_u16(begin + 2, records_);
  }

  // RFC 3954 §5.1: it counts export packets.
  void advance() override { sequence_++; }
  void begin_session() override { sequence_ = 0; }

 private:
  void start_at(Nanoseconds now) { started_ = std::chrono::floor<std::chrono::seconds>(now - kBefore); }

  std::size_t begin_message(NetworkWriter& out, Nanoseconds time) {
    if (time - started_ > kLongest) start_at(time);
    records_ = 0;
    const std::size_t begin = out.size();
    out.u16(kVersion);
    out.u16(0);  // records
    // A whole second, as the next number is: together they give flows' times to the millisecond.
    const auto now = std::chrono::floor<std::chrono::seconds>(time);
    out.u32(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count()));
    out.u32(static_cast<std::uint64_t>(now.count()));
    out.u32(sequence_);
    out.u32(domain_);
    return begin;
  }

  void write_templates(NetworkWriter& out) {
    const std::size_t set = begin_set(out, kTemplateSet);
    for (const bool six : {false, true}) {
      out.u16(six ? kFlow6 : kFlow4);
      out.u16(kAddresses4.size() + kCommon.size());
      write_fields(out, addresses_of(six));
      write_fields<Flows>(out, kCommon);
      records_++;
    }
    end_set(out, set);
  }

  void write_statistics(NetworkWriter& out, const ExportTotals& totals) {
    std::size_t set = begin_set(out, kOptionsTemplateSet);
    out.u16(kStatistics);
    out.u16(4);  // bytes of the scope's fields, and of the others
    out.u16(4 * kStatisticsFields.size());
    out.u16(kSystemScope);
    out.u16(kScopeBytes);
    write_fields<Sayings>(out, kStatisticsFields);
    records_++;
    end_set(out, set);
    set = begin_set(out, kStatistics);
    out.u32(domain_);
    write_record<Said>(out, kStatisticsFields, {totals});
    records_++;
    end_set(out, set);
  }

  static std::size_t begin_set(NetworkWriter& out, std::uint16_t id) {
    const std::size_t at = out.size();
    out.u16(id);
    out.u16(0);  // length
    return at;
  }

  // RFC 3954 §5.3: padded to 32 bits, which its length counts.
  static void end_set(NetworkWriter& out, std::size_t set) {
    const std::size_t over = (out.size() - set) % kAlignment;
    if (over != 0) out.zeros(kAlignment - over);
    out.put_u16(set + 2, out.size() - set);
  }

  static std::size_t ways_of(const ExportedFlow& flow) {
    return static_cast<std::size_t>(
        std::ranges::count_if(flow.sent, [](const FlowCounts& sent) { return sent.packets != 0; }));
  }

  std::size_t write_flows(NetworkWriter& out, std::span<const ExportedFlow> flows, std::size_t end) {
    end -= kAlignment - 1;  // what a set's padding may take
    std::size_t taken = 0;
    while (taken < flows.size()) {
      const bool six = flows[taken].ip_version == 6;
      const std::span<const Flows> addresses = addresses_of(six);
      const std::size_t bytes = record_bytes<OneWay>(addresses) + record_bytes<OneWay>(kCommon);
      const auto fits = [&](std::size_t more) {
        return out.size() + more + bytes * ways_of(flows[taken]) <= end;
      };
      if (!fits(kSetHeaderBytes)) break;
      const std::size_t set = begin_set(out, six ? kFlow6 : kFlow4);
      for (; taken < flows.size() && (flows[taken].ip_version == 6) == six && fits(0); taken++)
        for (const FlowSide side : {kInitiator, kResponder})
          if (flows[taken].sent[side].packets != 0) {
            write_record(out, addresses, OneWay{flows[taken], side, started_});
            write_record<OneWay>(out, kCommon, {flows[taken], side, started_});
            records_++;
          }
      end_set(out, set);
    }
    return taken;
  }

  std::uint32_t domain_;
  Nanoseconds started_{};
  std::uint32_t sequence_ = 0;
  std::uint16_t records_ = 0;  // of the message that was encoded last, templates among them
};

}  // namespace

std::unique_ptr<FlowEncoder> make_netflow9_encoder(std::uint32_t domain, Nanoseconds now) {
  return std::make_unique<Netflow9Encoder>(domain, now);
}

}  // namespace vedette
