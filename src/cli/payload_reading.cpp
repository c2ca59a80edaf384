#include <fmt/format.h>

#include "cli/limited_output.h"
#include "cli/read_columns.h"
#include "cli/reading.h"
#include "detect/detection.h"
#include "detect/finding_json.h"
#include "detect/indicator_file.h"
#include "flow/flow_table.h"
#include "handshake/handshake_json.h"
#include "handshake/handshake_tracker.h"
#include "handshake/whole_packets.h"

namespace vedette {

namespace {

class HandshakesReading final : public Reading {
 public:
  HandshakesReading(OutputFormat format, std::optional<std::uint64_t> limit, OutdatedTable outdated)
      : output_(format, handshake_columns(), limit),
        outdated_(std::move(outdated)),
        tracker_({.outdated = &outdated_},
                 [this](const HandshakeView& handshake) {
                   output_.tell([&](JsonWriter& json) { write_handshake(json, handshake); });
                 }),
        table_(std::make_unique<FlowTable>(FlowOptions{},
                                           [this](const FlowView& flow) { whole_.end(flow.flow); })),
        whole_(*table_, tracker_) {}

  bool add(std::span<const FilePacket> packets) override {
    table_->add_packets(packets, &FilePacket::packet,
                        [this](const FilePacket& packet, const FlowTable::Place& place) {
                          whole_.add(packet.packet, place);
                        });
    return output_.wants_more();
  }
  void end_file() override {
    whole_.finish();
    table_->finish();
  }
  Result<void> finish() override {
    if (const std::uint64_t given_up = tracker_.counters().given_up)
      fmt::print(stderr,
                 "vedette: {} flows were given up before their handshake was whole, for want of room\n",
                 given_up);
    if (const std::uint64_t given_up = whole_.counters().given_up)
      fmt::print(stderr,
                 "vedette: {} datagrams were given up before all their fragments came, for want of room\n",
                 given_up);
    return output_.flush();
  }

 private:
  LimitedOutput output_;
  OutdatedTable outdated_;
  HandshakeTracker tracker_;
  std::unique_ptr<FlowTable> table_;
  WholePackets whole_;
};

class FindingsReading final : public Reading {
 public:
  FindingsReading(OutputFormat format, std::optional<std::uint64_t> limit, OutdatedTable outdated,
                  std::shared_ptr<const IndicatorTable> indicators)
      : output_(format, finding_columns(), limit),
        outdated_(std::move(outdated)),
        detection_(
            [this](const Finding& finding, FindingNews news) {
              if (news == FindingNews::kOver)
                output_.tell([&](JsonWriter& json) { write_finding(json, finding); });
            },
            {.indicators = std::move(indicators)}),
        tracker_({.outdated = &outdated_},
                 [this](const HandshakeView& handshake) { detection_.add(handshake); }),
        table_(std::make_unique<FlowTable>(FlowOptions{},
                                           [this](const FlowView& flow) {
                                             whole_.end(flow.flow);
                                             detection_.end(flow);
                                           })),
        whole_(*table_, tracker_) {}

  bool add(std::span<const FilePacket> packets) override {
    table_->add_packets(packets, &FilePacket::packet,
                        [this](const FilePacket& packet, const FlowTable::Place& place) {
                          detection_.add(packet.packet, place);
                          whole_.add(packet.packet, place);
                        });
    return output_.wants_more();
  }
  void end_file() override {
    whole_.finish();
    table_->finish();
    detection_.finish();
  }
  Result<void> finish() override { return output_.flush(); }

 private:
  LimitedOutput output_;
  OutdatedTable outdated_;
  Detection detection_;
  HandshakeTracker tracker_;
  std::unique_ptr<FlowTable> table_;
  WholePackets whole_;
};

}  // namespace

Result<std::unique_ptr<Reading>> make_handshakes_reading(OutputFormat format, const ReadRequest& request) {
  auto outdated = OutdatedTable::of_this_host(request.outdated);
  if (!outdated) return std::unexpected(outdated.error());
  return std::make_unique<HandshakesReading>(format, request.limit, std::move(*outdated));
}

Result<std::unique_ptr<Reading>> make_findings_reading(OutputFormat format, const ReadRequest& request) {
  auto outdated = OutdatedTable::of_this_host(request.outdated);
  if (!outdated) return std::unexpected(outdated.error());
  IndicatorTable indicators;
  for (const std::string& path : request.feeds) {
    const auto read = add_indicators(path, indicators);
    if (!read) return std::unexpected(read.error());
    if (read->without && !request.quiet)
      fmt::print(stderr, "vedette: {}: {} lines without an indicator, the first is line {}\n", path,
                 read->without, read->first_without);
  }
  indicators.sort();
  return std::make_unique<FindingsReading>(format, request.limit, std::move(*outdated),
                                           std::make_shared<const IndicatorTable>(std::move(indicators)));
}

}  // namespace vedette
