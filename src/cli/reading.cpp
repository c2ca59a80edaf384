#include "cli/reading.h"

#include <cerrno>
#include <cstring>
#include <optional>

#include "cli/limited_output.h"
#include "cli/read_columns.h"
#include "cli/read_summary.h"
#include "flow/flow_json.h"
#include "flow/flow_order.h"
#include "flow/flow_table.h"
#include "handshake/handshake_tracker.h"
#include "handshake/whole_packets.h"
#include "packet/packet_json.h"

namespace vedette {

namespace {

class PacketsReading final : public Reading {
 public:
  PacketsReading(OutputFormat format, std::optional<std::uint64_t> limit)
      : output_(format, packet_columns(), limit) {}

  bool add(std::span<const FilePacket> packets) override {
    for (const FilePacket& packet : packets) {
      if (!output_.wants_more()) return false;
      output_.tell([&](JsonWriter& json) { write_packet(json, packet.packet); });
    }
    return output_.wants_more();
  }
  Result<void> finish() override { return output_.flush(); }

 private:
  LimitedOutput output_;
};

class FlowsReading final : public Reading {
 public:
  FlowsReading(OutputFormat format, std::optional<FlowOrder> order, std::optional<std::uint64_t> limit,
               std::optional<OutdatedTable> outdated, GeoDatabases places)
      : output_(format, flow_columns(), limit),
        places_(std::move(places)),
        outdated_(std::move(outdated)),
        table_(std::make_unique<FlowTable>(FlowOptions{}, [this](const FlowView& flow) { take(flow); })) {
    if (order) top_.emplace(*order, limit);
    if (!outdated_) return;
    tracker_.emplace(HandshakeOptions{.outdated = &*outdated_}, [this](const HandshakeView& view) {
      names_.learn(view.handshake.addresses, view.time);
    });
    whole_.emplace(*table_, *tracker_);
  }

  bool add(std::span<const FilePacket> packets) override {
    if (!whole_) {
      table_->add_packets(packets, &FilePacket::packet);
      return output_.wants_more();
    }
    table_->add_packets(packets, &FilePacket::packet,
                        [this](const FilePacket& packet, const FlowTable::Place& place) {
                          whole_->add(packet.packet, place);
                        });
    return output_.wants_more();
  }
  void end_file() override {
    if (whole_) whole_->finish();
    table_->finish();
  }
  Result<void> finish() override {
    if (top_)
      for (const KeptFlow& flow : top_->take()) tell(flow.view());
    return output_.flush();
  }

 private:
  void take(const FlowView& flow) {
    if (whole_) whole_->end(flow.flow);  // which may tell the flow what it speaks
    if (top_)
      top_->add(flow);
    else
      tell(flow);
  }
  void tell(const FlowView& flow) {
    output_.tell([&](JsonWriter& json) { write_flow(json, flow, {.names = &names_, .places = &places_}); });
  }

  LimitedOutput output_;
  std::optional<FlowTop> top_;
  NameTable names_;
  GeoDatabases places_;
  std::optional<OutdatedTable> outdated_;  // where flows tell what they speak
  std::optional<HandshakeTracker> tracker_;
  std::unique_ptr<FlowTable> table_;
  std::optional<WholePackets> whole_;  // where tracker_ is
};

class SummaryReading final : public Reading {
 public:
  explicit SummaryReading(OutputFormat format)
      : format_(format),
        table_(std::make_unique<FlowTable>(FlowOptions{}, [this](const FlowView&) { summary_.add_flow(); })) {
  }

  bool add(std::span<const FilePacket> packets) override {
    for (const FilePacket& packet : packets) summary_.add(packet);
    table_->add_packets(packets, &FilePacket::packet);
    return true;
  }
  void end_file() override {
    table_->finish();
    summary_.add_file();
  }
  Result<void> finish() override {
    fmt::memory_buffer out;
    if (format_ == OutputFormat::kJson) summary_.append_json(out);
    if (format_ == OutputFormat::kCsv) summary_.append_csv(out);
    if (format_ == OutputFormat::kTable) summary_.append_text(out);
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size() || std::fflush(stdout) != 0)
      return failed("standard output", std::string("can't be written: ") + std::strerror(errno));
    return {};
  }

 private:
  OutputFormat format_;
  ReadSummary summary_;
  std::unique_ptr<FlowTable> table_;
};

Result<std::unique_ptr<Reading>> make_flows_reading(OutputFormat format, const ReadRequest& request) {
  std::optional<FlowOrder> order;
  if (!request.sort.empty()) {
    const auto parsed = FlowOrder::parse(request.sort);
    if (!parsed) return std::unexpected(parsed.error());
    order = *parsed;
  }
  GeoDatabases places;
  for (const std::string& file : request.places)
    if (auto opened = places.open(file); !opened) return std::unexpected(opened.error());
  std::optional<OutdatedTable> outdated;
  if (request.apps) {
    auto loaded = OutdatedTable::of_this_host(request.outdated);
    if (!loaded) return std::unexpected(loaded.error());
    outdated = std::move(*loaded);
  }
  return std::make_unique<FlowsReading>(format, order, request.limit, std::move(outdated), std::move(places));
}

}  // namespace

Result<std::unique_ptr<Reading>> make_reading(const ReadRequest& request) {
  const OutputFormat format = output_format(request.format).value_or(OutputFormat::kTable);
  if (!request.sort.empty() && request.show != "flows")
    return unusable("--sort",
                    "only flows can be sorted; packets, handshakes and findings come in the file's order");
  if (!request.feeds.empty() && request.show != "findings")
    return unusable("--feed", "feeds are for findings alone: --show findings");
  if (request.show == "packets") return std::make_unique<PacketsReading>(format, request.limit);
  if (request.show == "flows") return make_flows_reading(format, request);
  if (request.show == "handshakes") return make_handshakes_reading(format, request);
  if (request.show == "findings") return make_findings_reading(format, request);
  return std::make_unique<SummaryReading>(format);
}

}  // namespace vedette
