#include "act/protocol_keeper.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "abi/packet.h"
#include "act/protocol_judge.h"
#include "flow/key_fold.h"
#include "policy/protocol_rows.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kLately = 2s;                   // a record is written to within microseconds
constexpr std::size_t kRefusedLately = 4'096;  // of a flood of them the latest

using Passing = std::vector<const ProtocolEntry*>;

// Whether each of one's is among the other's, and the reverse.
bool same_pass(const Passing& some, const Passing& others) {
  const auto among = [](const Passing& all, const ProtocolEntry* entry) {
    return std::ranges::any_of(all, [&](const ProtocolEntry* one) { return one->does_same(*entry); });
  };
  return std::ranges::all_of(some, [&](const ProtocolEntry* one) { return among(others, one); }) &&
         std::ranges::all_of(others, [&](const ProtocolEntry* one) { return among(some, one); });
}

bool needs_decoders(const ProtocolEntry& entry) {
  return entry.tls_min || !entry.ja3.empty() || !entry.ja4.empty() || !entry.sni.empty();
}

vdt_refused_key refused_key(const vdt_flow_key& flow) {
  return {.src = flow.src,
          .dst = flow.dst,
          .src_port = flow.src_port,
          .dst_port = flow.dst_port,
          .protocol = flow.protocol,
          .ip_version = flow.ip_version,
          .observed = 0};
}

}  // namespace

Result<std::unique_ptr<ProtocolKeeper>> ProtocolKeeper::open(
    PacketPrograms& programs, std::function<void(const vdt_flow_key&)> decide_anew, ProtocolClock clock) {
  auto opened = ProtocolPrograms::open(programs);
  if (!opened) return std::unexpected(opened.error());
  std::unique_ptr<ProtocolKeeper> keeper(
      new ProtocolKeeper(std::move(*opened), std::move(decide_anew), std::move(clock)));
  if (auto taken = keeper->take_over(); !taken) return std::unexpected(taken.error());
  return keeper;
}

Result<void> ProtocolKeeper::take_over() {
  const auto left = programs_->in_force();
  if (!left) return std::unexpected(left.error());
  if (*left == nullptr) return {};
  for (std::uint32_t at = 0; at < VDT_PROTOCOL_ENTRIES; at++) {
    const char* name = (*left)->name[at];
    if (name[0] == 0) continue;
    InForce& one = in_force_.emplace_back();
    one.entry.name = std::string(name, strnlen(name, VDT_PROTOCOL_NAME));
    one.counter = at;
  }
  taken_over_ = true;
  return {};
}

std::vector<std::uint32_t> ProtocolKeeper::counters_for(const std::vector<ProtocolEntry>& entries) {
  std::set<std::uint32_t> taken;
  for (const InForce& one : in_force_) taken.insert(one.counter);
  std::vector<std::uint32_t> counters;
  for (const ProtocolEntry& entry : entries) {
    const auto same =
        std::ranges::find(in_force_, entry.name, [](const InForce& one) { return one.entry.name; });
    if (same != in_force_.end()) {
      counters.push_back(same->counter);
      continue;
    }
    // Where all numbers are in force, an entry that comes takes the place of one that goes.
    std::uint32_t free = 0;
    while (taken.contains(free)) free++;
    if (free >= VDT_PROTOCOL_ENTRIES) {
      const auto gone = std::ranges::find_if(in_force_, [&](const InForce& one) {
        return std::ranges::find(entries, one.entry.name, &ProtocolEntry::name) == entries.end() &&
               std::ranges::find(counters, one.counter) == counters.end();
      });
      free = gone->counter;
    }
    taken.insert(free);
    programs_->counter(free) = {};
    counters.push_back(free);
  }
  return counters;
}

bool ProtocolKeeper::goes_on(const InForce& one, const std::vector<ProtocolEntry>& entries,
                             std::vector<ProtocolEntry>::const_iterator now) const {
  if (now == entries.end() || now->observe != one.entry.observe || now->shadow != one.entry.shadow ||
      !now->does_same(one.entry))
    return false;
  Passing before, after;
  for (const InForce& other : in_force_) {
    if (&other == &one) break;
    if (!other.entry.refuses() && other.entry.shadow == one.entry.shadow) before.push_back(&other.entry);
  }
  for (auto other = entries.begin(); other != now; other++)
    if (!other->refuses() && other->shadow == one.entry.shadow) after.push_back(&*other);
  return same_pass(before, after);
}

Result<void> ProtocolKeeper::apply(const std::vector<ProtocolEntry>& entries) {
  const std::lock_guard lock(mutex_);
  if (entries.empty() && in_force_.empty()) return {};
  std::vector<std::uint32_t> counters(entries.size());
  // Once for its bounds, before any counter begins anew.
  if (auto fits = compile_protocols(entries, counters); !fits) return std::unexpected(fits.error());
  counters = counters_for(entries);
  const auto table = compile_protocols(entries, counters);
  if (!table) return std::unexpected(table.error());
  if (auto put = programs_->put(entries.empty() ? nullptr : table->get()); !put) return put;
  std::vector<std::uint32_t> gone;
  std::vector<InForce> next;
  for (std::size_t at = 0; at < entries.size(); at++)
    next.push_back({entries[at], counters[at], clock_.since_epoch()});
  for (const InForce& one : in_force_) {
    const auto now = std::ranges::find(entries, one.entry.name, &ProtocolEntry::name);
    const bool goes_on = this->goes_on(one, entries, now);
    if (taken_over_ ? now == entries.end() : !goes_on) gone.push_back(one.counter);
    if (goes_on) next[static_cast<std::size_t>(now - entries.begin())].since = one.since;
  }
  programs_->release(gone);
  in_force_ = std::move(next);
  taken_over_ = false;
  wants_early_ = std::ranges::any_of(entries, needs_decoders);
  return {};
}

void ProtocolKeeper::ask_again(const vdt_flow_key& flow) const {
  vdt_flow_key key = flow;
  for (const std::uint8_t direction : {VDT_DIRECTION_IN, VDT_DIRECTION_OUT}) {
    key.direction = direction;
    decide_anew_(key);
    decide_anew_(reversed(key));
  }
}

void ProtocolKeeper::refuse(const vdt_flow_key& flow, Nanoseconds shown, const InForce& by) {
  vdt_refused_key key = refused_key(flow);
  const bool counts_alone = by.entry.observe || by.entry.shadow;
  if (counts_alone) key.observed = static_cast<std::uint16_t>(by.counter + 1);
  const std::uint64_t now = clock_.now_ns();
  const Nanoseconds ago = std::clamp(clock_.since_epoch() - shown, Nanoseconds(0), Nanoseconds(now));
  const vdt_refused value{.until_ns = 0,
                          .entry = by.counter,
                          .ended = 0,
                          .lifted_ns = 0,
                          .verdict = verdict_of(by.entry),
                          .value = by.entry.value};
  const auto is_new = programs_->refuse(key, value, now - static_cast<std::uint64_t>(ago.count()), now);
  if (is_new && *is_new) std::atomic_ref(programs_->counter(by.counter).flows).fetch_add(1);
  if (counts_alone) return;
  ask_again(flow);
  if (refused_.size() >= kRefusedLately) refused_.pop_front();
  refused_.push_back({flow, Clock::now()});
}

void ProtocolKeeper::judge(const HandshakeView& handshake, bool early) {
  const vdt_flow_key& flow = handshake.flow.key;
  const std::lock_guard lock(mutex_);
  bool shadowed = false;
  for (const InForce& one : in_force_) {
    const bool shadow = one.entry.shadow;
    if (handshake.time < one.since || !takes(one.entry.where, flow) || (shadow && shadowed)) continue;
    const bool unsure = !one.entry.refuses() && early && may_show_yet(handshake.handshake, one.entry);
    if (!unsure) {
      if (!shows(handshake.handshake, one.entry)) continue;
      if (one.entry.verdict != RuleVerdict::kPass) refuse(flow, handshake.time, one);
      if (one.entry.observe) continue;
    }
    if (!shadow) return;
    shadowed = true;
  }
}

void ProtocolKeeper::take(const HandshakeView& handshake) {
  judge(handshake, false);
}

bool ProtocolKeeper::take_early(const HandshakeView& handshake) {
  if (!client_is_whole(handshake.handshake)) return false;
  judge(handshake, true);
  return true;
}

void ProtocolKeeper::look_again() {
  while (!refused_.empty() && Clock::now() - refused_.front().when > kLately) refused_.pop_front();
  for (const Refused& one : refused_) ask_again(one.key);
}

std::vector<ProtocolCount> ProtocolKeeper::counts() const {
  const std::lock_guard lock(mutex_);
  std::vector<ProtocolCount> all;
  for (const InForce& one : in_force_) {
    vdt_protocol_counter& counter = programs_->counter(one.counter);
    all.push_back({.name = one.entry.name,
                   .flows = std::atomic_ref(counter.flows).load(),
                   .dropped_packets = std::atomic_ref(counter.dropped_packets).load(),
                   .dropped_bytes = std::atomic_ref(counter.dropped_bytes).load()});
  }
  return all;
}

}  // namespace vedette
