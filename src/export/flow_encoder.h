// Flows as messages of an export protocol: IPFIX (RFC 7011) with flows in both directions as one record
// (RFC 5103), or NetFlow version 9 (RFC 3954), which knows one direction alone. Pure: no socket, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "export/exported_flow.h"

namespace vedette {

// What an exporter has sent and failed to send so far: it tells the collector.
struct ExportTotals {
  std::uint64_t messages = 0;  // sent
  std::uint64_t bytes = 0;     // of these messages
  std::uint64_t flows = 0;     // in them
  // Of flows that were not sent.
  std::uint64_t lost_flows = 0;
  std::uint64_t lost_packets = 0;
  std::uint64_t lost_bytes = 0;
};

struct EncodeOptions {
  std::size_t most_bytes = 1400;  // of a message; at least kLeastMessage
  bool templates = false;         // begin with the flows' templates
  Nanoseconds now{};              // since the epoch
};

// One thread.
class FlowEncoder {
 public:
  // Holds templates and a flow, or the statistics.
  static constexpr std::size_t kLeastMessage = 512;

  virtual ~FlowEncoder() = default;

  // Appends one message of as many of the flows as fit, from the first on, and returns how many those are:
  // none where there are none, and then `out` stays as it is unless templates are wanted. Nothing is counted
  // as sent yet.
  virtual std::size_t encode(std::vector<std::uint8_t>& out, std::span<const ExportedFlow> flows,
                             const EncodeOptions& options) = 0;

  // Appends one message of what the exporter says of itself: what it sent and what it didn't, and that every
  // packet is seen; with the templates of that.
  virtual void encode_statistics(std::vector<std::uint8_t>& out, const ExportTotals& totals,
                                 Nanoseconds now) = 0;

  // The message that was encoded last has gone, or is lost: the next one's sequence number follows it.
  virtual void advance() = 0;

  // The next message is the first of a connection.
  virtual void begin_session() = 0;
};

// `domain`: the observation domain, any number that tells this sensor's flows from those of others of this
// host.
[[nodiscard]] std::unique_ptr<FlowEncoder> make_ipfix_encoder(std::uint32_t domain);
// `now`: since the epoch; the times of flows are told against a moment a day before.
[[nodiscard]] std::unique_ptr<FlowEncoder> make_netflow9_encoder(std::uint32_t domain, Nanoseconds now);

}  // namespace vedette
