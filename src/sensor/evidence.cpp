#include "sensor/evidence.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "abi/verdict.h"
#include "base/version.h"
#include "packet/names.h"

namespace vedette {

namespace {

constexpr Nanoseconds kDuring = std::chrono::seconds(10);       // of what comes after the alarm
constexpr Nanoseconds kEvery = std::chrono::milliseconds(250);  // files grow
constexpr std::size_t kCasesASecond = 32;                       // begun: each looks through the whole ring
constexpr std::uint64_t kBlock = 64;  // bytes of the file beside a packet's own, some less
constexpr std::size_t kCases = 64;    // at once: each packet that comes is compared with each

bool holds(const Prefix& prefix, const Prefix& address) {
  return prefix.ip_version == address.ip_version && prefix.holds(address);
}

}  // namespace

Evidence::Evidence(EvidenceOptions options, std::function<void(const std::string&)> note)
    : options_(std::move(options)),
      note_(std::move(note)),
      ring_(options_.folder.empty() && !options_.ring_alone ? 0 : options_.ring_bytes) {}

Result<void> Evidence::open() {
  if (options_.folder.empty()) return {};
  auto opened = store_.open(options_.folder, options_.all_bytes);
  if (opened || opened.error().kind != ErrorKind::kFailed) return opened;
  set_why_not(opened.error().text());
  note_(opened.error().text() + ": no finding has evidence until that is over");
  return {};
}

void Evidence::try_again(Nanoseconds now) {
  constexpr Nanoseconds kTryEvery = std::chrono::seconds(2);
  if (now - tried_ < kTryEvery) return;
  tried_ = now;
  if (const auto opened = store_.open(options_.folder, options_.all_bytes); !opened)
    return set_why_not(opened.error().text());
  set_why_not("");
  note_(options_.folder.string() + ": findings have evidence from now on");
}

void Evidence::set_why_not(std::string why) {
  const std::lock_guard lock(mutex_);
  why_not_ = std::move(why);
}

std::optional<EvidenceHealth> Evidence::health() const {
  if (options_.folder.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return EvidenceHealth{.folder = options_.folder.native(), .writing = why_not_.empty(), .why_not = why_not_};
}

void Evidence::add(const Packet& packet) {
  if (options_.folder.empty() && !options_.ring_alone) return;
  ring_.add(packet);
  if (!packet.interface_name.empty())
    names_.try_emplace(packet.facts->core.key.ifindex, packet.interface_name);
}

bool Evidence::concerns(const Case& one, const KeptHead& head) {
  const auto is_between = [&](const Prefix& source, const Prefix& target) {
    return (!one.source || holds(*one.source, source)) && (!one.target || holds(*one.target, target));
  };
  return is_between(head.source, head.target) || is_between(head.target, head.source);
}

void Evidence::append(BlockBytes& out, Case& one, std::uint64_t place, const KeptHead& head) const {
  const auto [interface, added] =
      one.interfaces.try_emplace(head.ifindex, static_cast<std::uint32_t>(one.interfaces.size()));
  if (added) {
    const auto name = names_.find(head.ifindex);
    append_interface(out, {.name = name == names_.end() ? std::string_view() : name->second});
  }
  append_packet(out, {.interface = interface->second,
                      .time = head.time,
                      .bytes = ring_.bytes_at(place),
                      .wire_length = head.length,
                      .direction = head.direction,
                      .comment = head.dropped ? verdict_name(VDT_VERDICT_DROP) : std::string_view()});
}

void Evidence::collect(const Finding& finding, Nanoseconds now) {
  if (!store_.is_open() || finding.severity < options_.least || (!finding.source && !finding.target)) return;
  Case one;
  one.id = finding_id(finding);
  one.source = finding.source;
  one.target = finding.target;
  one.until = now + kDuring;
  if (store_.has(one.id)) return;
  if (now - second_ > std::chrono::seconds(1)) {
    second_ = now;
    begun_ = 0;
  }
  if (begun_ == kCasesASecond) {
    given_up_++;
    return;
  }
  begun_++;
  // All cases have reached the same place in the ring.
  went_on_ = {};
  go_on(now);
  std::deque<std::pair<std::uint64_t, KeptHead>> before;
  std::uint64_t bytes = 0;
  ring_.for_each(0, [&](std::uint64_t place, const KeptHead& head) {
    if (!concerns(one, head)) return;
    before.emplace_back(place, head);
    bytes += head.captured + kBlock;
    // The other half is for what comes.
    for (; bytes > options_.finding_bytes / 2; before.pop_front())
      bytes -= before.front().second.captured + kBlock;
  });
  if (before.empty()) return;
  BlockBytes out;
  append_section(out, this_machine(kVersion));
  for (const auto& [place, head] : before) append(out, one, place, head);
  one.bytes = out.size();
  note_if_failed(store_.begin(one.id, out));
  if (cases_.size() == kCases) cases_.pop_front();
  cases_.push_back(std::move(one));
}

void Evidence::go_on(Nanoseconds now) {
  if (now - went_on_ < kEvery) return;
  went_on_ = now;
  if (!options_.folder.empty() && !store_.is_open()) try_again(now);
  std::vector<BlockBytes> out(cases_.size());
  if (!cases_.empty())
    ring_.for_each(reached_, [&](std::uint64_t place, const KeptHead& head) {
      for (std::size_t i = 0; i < cases_.size(); i++)
        if (concerns(cases_[i], head) && cases_[i].bytes + out[i].size() < options_.finding_bytes)
          append(out[i], cases_[i], place, head);
    });
  reached_ = ring_.end();
  for (std::size_t i = 0; i < cases_.size(); i++) {
    if (out[i].empty()) continue;
    cases_[i].bytes += out[i].size();
    note_if_failed(store_.append(cases_[i].id, out[i]));
  }
  std::erase_if(cases_,
                [&](const Case& one) { return now > one.until || one.bytes >= options_.finding_bytes; });
}

void Evidence::note_if_failed(const Result<void>& written) {
  constexpr Nanoseconds kNoteEvery = std::chrono::minutes(1);
  set_why_not(written ? "" : written.error().text());
  if (written || (noted_ != Nanoseconds{} && went_on_ - noted_ < kNoteEvery)) return;
  noted_ = went_on_;
  note_(written.error().text());
}

EvidenceCounts Evidence::counts() const {
  return {.ring_bytes = ring_.memory(), .files = store_.files(), .file_bytes = store_.bytes()};
}

}  // namespace vedette
