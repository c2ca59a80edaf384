#include "cli/read_command.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/command.h"
#include "cli/read_columns.h"
#include "cli/read_progress.h"
#include "cli/read_summary.h"
#include "detect/detection.h"
#include "detect/finding_json.h"
#include "detect/indicator_file.h"
#include "flow/flow_json.h"
#include "flow/flow_order.h"
#include "flow/flow_table.h"
#include "handshake/handshake_json.h"
#include "handshake/handshake_tracker.h"
#include "handshake/whole_packets.h"
#include "packet/packet_json.h"
#include "source/packet_reader.h"

namespace vedette {

namespace {

// What a file's packets are turned into. `add` says false when no more packets are wanted.
class Reading {
 public:
  virtual ~Reading() = default;
  virtual bool add(std::span<const FilePacket> packets) = 0;
  virtual void end_file() {}
  // After the last file.
  [[nodiscard]] virtual Result<void> finish() = 0;
};

void note(const Error& error) {
  fmt::print(stderr, "vedette: {}\n", error.text());
}

class PacketsReading final : public Reading {
 public:
  PacketsReading(OutputFormat format, std::optional<std::uint64_t> limit)
      : output_(stdout, format, packet_columns()), limit_(limit) {}

  bool add(std::span<const FilePacket> packets) override {
    for (const FilePacket& packet : packets) {
      if (limit_ && told_ == *limit_) return false;
      line_.clear();
      JsonWriter json(line_);
      write_packet(json, packet.packet);
      output_.add({line_.data(), line_.size()});
      told_++;
    }
    return !output_.broken();
  }
  Result<void> finish() override { return output_.flush(); }

 private:
  RecordOutput output_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t told_ = 0;
  fmt::memory_buffer line_;
};

class FlowsReading final : public Reading {
 public:
  FlowsReading(OutputFormat format, std::optional<FlowOrder> order, std::optional<std::uint64_t> limit,
               std::optional<OutdatedTable> outdated, GeoDatabases places)
      : output_(stdout, format, flow_columns()),
        limit_(limit),
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
      return !output_.broken();
    }
    table_->add_packets(packets, &FilePacket::packet,
                        [this](const FilePacket& packet, const FlowTable::Place& place) {
                          whole_->add(packet.packet, place);
                        });
    return !output_.broken();
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
    else if (!limit_ || told_ < *limit_)
      tell(flow);
  }
  void tell(const FlowView& flow) {
    line_.clear();
    JsonWriter json(line_);
    write_flow(json, flow, {.names = &names_, .places = &places_});
    output_.add({line_.data(), line_.size()});
    told_++;
  }

  RecordOutput output_;
  std::optional<std::uint64_t> limit_;
  std::optional<FlowTop> top_;
  std::uint64_t told_ = 0;
  fmt::memory_buffer line_;
  NameTable names_;
  GeoDatabases places_;
  std::optional<OutdatedTable> outdated_;  // where flows tell what they speak
  std::optional<HandshakeTracker> tracker_;
  std::unique_ptr<FlowTable> table_;
  std::optional<WholePackets> whole_;  // where tracker_ is
};

class HandshakesReading final : public Reading {
 public:
  HandshakesReading(OutputFormat format, std::optional<std::uint64_t> limit, OutdatedTable outdated)
      : output_(stdout, format, handshake_columns()),
        limit_(limit),
        outdated_(std::move(outdated)),
        tracker_({.outdated = &outdated_}, [this](const HandshakeView& handshake) { tell(handshake); }),
        table_(std::make_unique<FlowTable>(FlowOptions{},
                                           [this](const FlowView& flow) { whole_.end(flow.flow); })),
        whole_(*table_, tracker_) {}

  bool add(std::span<const FilePacket> packets) override {
    table_->add_packets(packets, &FilePacket::packet,
                        [this](const FilePacket& packet, const FlowTable::Place& place) {
                          whole_.add(packet.packet, place);
                        });
    return !output_.broken() && !(limit_ && told_ >= *limit_);
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
  void tell(const HandshakeView& handshake) {
    if (limit_ && told_ >= *limit_) return;
    line_.clear();
    JsonWriter json(line_);
    write_handshake(json, handshake);
    output_.add({line_.data(), line_.size()});
    told_++;
  }

  RecordOutput output_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t told_ = 0;
  fmt::memory_buffer line_;
  OutdatedTable outdated_;
  HandshakeTracker tracker_;
  std::unique_ptr<FlowTable> table_;
  WholePackets whole_;
};

class FindingsReading final : public Reading {
 public:
  FindingsReading(OutputFormat format, std::optional<std::uint64_t> limit, OutdatedTable outdated,
                  IndicatorTable indicators)
      : output_(stdout, format, finding_columns()),
        limit_(limit),
        outdated_(std::move(outdated)),
        indicators_(std::move(indicators)),
        detection_(
            [this](const Finding& finding, FindingNews news) {
              if (news == FindingNews::kOver) tell(finding);
            },
            {.indicators = indicators_.size() ? &indicators_ : nullptr}),
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
    return !output_.broken() && !(limit_ && told_ >= *limit_);
  }
  void end_file() override {
    whole_.finish();
    table_->finish();
    detection_.finish();
  }
  Result<void> finish() override { return output_.flush(); }

 private:
  void tell(const Finding& finding) {
    if (limit_ && told_ >= *limit_) return;
    line_.clear();
    JsonWriter json(line_);
    write_finding(json, finding);
    output_.add({line_.data(), line_.size()});
    told_++;
  }

  RecordOutput output_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t told_ = 0;
  fmt::memory_buffer line_;
  OutdatedTable outdated_;
  IndicatorTable indicators_;
  Detection detection_;
  HandshakeTracker tracker_;
  std::unique_ptr<FlowTable> table_;
  WholePackets whole_;
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
  return std::make_unique<FindingsReading>(format, request.limit, std::move(*outdated),
                                           std::move(indicators));
}

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

// False where no more packets are wanted.
Result<bool> read_packets_of(PacketReader& reader, const std::string& path, bool quiet, Reading& reading) {
  ReadProgress progress(path, quiet);
  for (;;) {
    const auto packets = reader.next();
    if (!packets) return std::unexpected(packets.error());
    if (packets->empty()) return true;
    progress.reached(reader.file(), packets->size());
    if (!reading.add(*packets)) return false;
  }
}

Result<bool> read_file(const std::string& path, const ReadRequest& request, Reading& reading,
                       bool& any_opened) {
  auto reader = PacketReader::open(path, {.filter = request.filter});
  if (!reader) return std::unexpected(reader.error());
  any_opened = true;
  auto goes_on = read_packets_of(*reader, path, request.quiet, reading);
  reading.end_file();
  return goes_on;
}

}  // namespace

int run_read(const ReadRequest& request) {
  auto reading = make_reading(request);
  if (!reading) {
    note(reading.error());
    return reading.error().exit_status();
  }
  if (const auto filter = PacketFilter::compile(request.filter); !filter) {
    note(filter.error());
    return filter.error().exit_status();
  }
  int status = 0;
  bool any_opened = false;
  for (const std::string& path : request.files) {
    const auto goes_on = read_file(path, request, **reading, any_opened);
    if (!goes_on) {
      note(goes_on.error());
      status = std::max(status, goes_on.error().exit_status());
    } else if (!*goes_on) {
      break;
    }
  }
  if (!any_opened) return status;
  if (const auto told = (*reading)->finish(); !told) {
    note(told.error());
    return std::max(status, told.error().exit_status());
  }
  return status;
}

void add_read_command(CLI::App& app, ReadRequest& request, int& status) {
  CLI::App* read = app.add_subcommand("read", "Tell what capture files hold");
  read->add_option("FILE", request.files, "pcap or pcapng, plain, .gz or .zst; - is standard input")
      ->required();
  read->add_option("--show", request.show, "what of them")
      ->check(one_of({"summary", "packets", "flows", "handshakes", "findings"}))
      ->capture_default_str();
  read->add_option("--format", request.format, "table, json (an object a line) or csv")
      ->check(one_of({"table", "json", "csv"}))
      ->capture_default_str();
  read->add_option("--filter", request.filter, "only packets that match, see pcap-filter(7)");
  read->add_option("--limit", request.limit, "tell at most so many packets, flows, handshakes or findings")
      ->check(whole_number());
  read->add_option("--sort", request.sort, "sort flows by a field; -FIELD: largest first");
  read->add_flag("--apps", request.apps, "flows tell which protocol they speak; takes half as long again");
  read->add_option("--geoip", request.places,
                   "a MaxMind database of countries or autonomous systems, for flows")
      ->type_name("MMDB");
  read->add_option("--feed", request.feeds,
                   "a file of hostile addresses, domains and fingerprints, for findings")
      ->type_name("FILE");
  read->add_option("--outdated", request.outdated, "a file with rules for what is outdated, asked first");
  read->add_flag("--quiet", request.quiet, "no progress on standard error");
  read->callback([&request, &status] { status = run_read(request); });
}

}  // namespace vedette
