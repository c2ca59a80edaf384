#include "cli/replay_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "act/rule_places.h"
#include "cli/command.h"
#include "cli/read_progress.h"
#include "cli/replay_report.h"
#include "geo/geo_database.h"
#include "kernel/wall_clock.h"
#include "policy/policy_file.h"
#include "replay/dry_run.h"
#include "replay/interface_numbers.h"
#include "replay/replay_clock.h"
#include "replay/replay_difference.h"
#include "replay/replay_frame.h"
#include "replay/replay_tally.h"
#include "source/packet_reader.h"

namespace vedette {

namespace {

constexpr int kChanged = 3;  // exit status

// As the sensor would put it into force.
Result<Policy> policy_of(const std::string& file, const GeoDatabases& places) {
  const auto text = policy_file_text(file);
  if (!text) return std::unexpected(text.error());
  auto policy = read_policy(*text, file);
  if (!policy) return policy;
  std::vector<std::string> networks;
  if (auto expanded = expand_places(*policy, places, networks); !expanded) {
    Error error = expanded.error();
    error.where = fmt::format("{}: {}", file, error.where);
    return std::unexpected(std::move(error));
  }
  return policy;
}

// A policy, or two that are compared, over all packets of the files.
class Replay {
 public:
  [[nodiscard]] Result<void> open(const ReplayRequest& request) {
    GeoDatabases places;
    for (const std::string& file : request.places)
      if (auto opened = places.open(file); !opened) return opened;
    auto policy = policy_of(request.policy, places);
    if (!policy) return std::unexpected(policy.error());
    std::optional<Policy> before;
    if (!request.other.empty()) {
      auto other = policy_of(request.other, places);
      if (!other) return std::unexpected(other.error());
      before = std::move(*other);
    }
    if (auto filter = PacketFilter::compile(request.filter); !filter) return std::unexpected(filter.error());
    std::uint32_t looked_at = payload_looked_at(*policy);
    if (before) looked_at = std::max(looked_at, payload_looked_at(*before));
    frames_.emplace(looked_at);
    auto opened = DryRun::open(std::move(*policy), request.policy, interfaces_, begin_ns_);
    if (!opened) return std::unexpected(opened.error());
    run_ = std::move(*opened);
    tally_.emplace(run_->policy());
    if (!before) return {};
    auto other = DryRun::open(std::move(*before), request.other, interfaces_, begin_ns_);
    if (!other) return std::unexpected(other.error());
    before_ = std::move(*other);
    difference_.emplace(request.limit);
    return {};
  }

  [[nodiscard]] Result<void> read(const std::string& file, const ReplayRequest& request) {
    auto reader = PacketReader::open(file, {.filter = request.filter});
    if (!reader) return std::unexpected(reader.error());
    interfaces_.begin_file();
    files_++;
    ReadProgress progress(file, request.quiet, false);
    for (;;) {
      const auto packets = reader->next();
      if (!packets) return std::unexpected(packets.error());
      if (packets->empty()) return {};
      for (const FilePacket& packet : *packets)
        if (auto added = add(packet); !added) return added;
      progress.reached(reader->file(), packets->size());
    }
  }

  [[nodiscard]] ReplayReport report(const ReplayRequest& request) {
    return {.run = *run_,
            .tally = *tally_,
            .clock = clock_,
            .before = before_.get(),
            .difference = difference_ ? &*difference_ : nullptr,
            .files = files_,
            .most = request.limit};
  }
  [[nodiscard]] bool any_file() const { return files_ != 0; }
  [[nodiscard]] bool changed() const { return difference_ && difference_->changed().packets != 0; }

 private:
  [[nodiscard]] Result<void> add(const FilePacket& packet) {
    auto made = frames_->frame_of(packet);
    if (const auto* why = std::get_if<Undecided>(&made)) {
      tally_->add(packet.packet.time, packet.packet.facts->core, *why);
      if (*why != Undecided::kOutgoing) return {};
      const std::uint64_t now_ns = clock_.at(packet.packet.time);
      run_->see(packet.packet, now_ns);
      if (before_) before_->see(packet.packet, now_ns);
      return {};
    }
    auto& frame = std::get<ReplayFrame>(made);
    frame.now_ns = clock_.at(packet.packet.time);
    frame.interface = interfaces_.of(packet.packet);
    const auto outcome = run_->run(frame);
    if (!outcome) return std::unexpected(outcome.error());
    tally_->add(packet.packet.time, frame.facts->core, *outcome);
    if (!before_) return {};
    const auto other = before_->run(frame);
    if (!other) return std::unexpected(other.error());
    difference_->add(packet.packet, fate_of(before_->policy(), *other), fate_of(run_->policy(), *outcome));
    return {};
  }

  // Later than what is put into the programs' maps now.
  std::uint64_t begin_ns_ = WallClock::monotonic_now_ns() + 60'000'000'000;
  ReplayClock clock_{begin_ns_};
  InterfaceNumbers interfaces_;
  std::optional<FrameMaker> frames_;
  std::unique_ptr<DryRun> run_;
  std::optional<ReplayTally> tally_;
  std::unique_ptr<DryRun> before_;  // of --diff
  std::optional<ReplayDifference> difference_;
  std::uint64_t files_ = 0;
};

int tell(ReplayReport& report, const std::string& format) {
  if (format == "table") return print(report_text(report));
  const auto told = write_report(report, *output_format(format));
  return told ? 0 : complain(told.error());
}

int run_replay(const ReplayRequest& request) {
  Replay replay;
  if (auto opened = replay.open(request); !opened) return complain(opened.error());
  int status = 0;
  for (const std::string& file : request.files)
    if (auto read = replay.read(file, request); !read) status = std::max(status, complain(read.error()));
  if (!replay.any_file()) return status;
  auto report = replay.report(request);
  if (const int told = tell(report, request.format); told != 0) return told;
  return status == 0 && request.exit_code && replay.changed() ? kChanged : status;
}

}  // namespace

void add_replay_command(CLI::App& app, ReplayRequest& request, int& status) {
  CLI::App* replay =
      app.add_subcommand("replay", "Tell what a policy would have done to the packets of capture files");
  replay->add_option("FILE", request.files, "pcap or pcapng, plain, .gz or .zst; - is standard input")
      ->required();
  replay->add_option("--policy", request.policy, "The policy")->required()->type_name("FILE");
  CLI::Option* diff =
      replay->add_option("--diff", request.other, "Tell what changes from that policy to the other one")
          ->type_name("FILE");
  replay->add_option("--format", request.format, "table, json (an object a line) or csv")
      ->check(one_of({"table", "json", "csv"}))
      ->capture_default_str();
  replay->add_option("--filter", request.filter, "only packets that match, see pcap-filter(7)");
  replay
      ->add_option("--limit", request.limit,
                   "of each rule tell at most so many sources; of each change sources, flows and packets")
      ->check(whole_number())
      ->capture_default_str();
  replay
      ->add_option("--geoip", request.places,
                   "a MaxMind database of countries or autonomous systems, for rules that ask them")
      ->type_name("MMDB");
  replay->add_flag("--exit-code", request.exit_code, "End with 3 where a packet's verdict changes")
      ->needs(diff);
  replay->add_flag("--quiet", request.quiet, "no progress on standard error");
  replay->callback([&request, &status] { status = run_replay(request); });
}

}  // namespace vedette
