#include "inquire/slowed.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/prefix.h"
#include "inquire/question.h"

namespace vedette {

namespace {

struct Ratio {
  std::string_view name;
  std::string_view says;
  Unit unit;
  // What is summed, divided by what: of a mean both halves come from its gauge.
  std::vector<std::string> measures;
  std::size_t counts = 1;  // how many of them, at the end, are what is divided by
  bool is_mean = false;    // the first is one: its sum is it times the count
};

const Ratio& ratio_of(Slowness measure) {
  static const std::array<Ratio, 4> kRatios{{
      {"handshake",
       "handshake round trip",
       Unit::kMicroseconds,
       {"mean:handshake_rtt_us", "count:handshake_rtt_us"},
       1,
       true},
      {"round_trip", "round trip", Unit::kMicroseconds, {"mean:rtt_us", "count:rtt_us"}, 1, true},
      {"retransmits",
       "retransmissions a packet",
       Unit::kShare,
       {"retransmits", "reply_retransmits", "packets", "reply_packets"},
       2,
       false},
      {"drops", "drops a packet", Unit::kShare, {"dropped_packets", "packets", "reply_packets"}, 2, false},
  }};
  return kRatios[static_cast<std::size_t>(measure)];
}

constexpr std::int64_t kSteps = 24;  // of a span: ranks of fewer convince nobody

// Whole minutes where the span is long enough, which roll-ups answer.
Nanoseconds step_of(Nanoseconds length) {
  constexpr Nanoseconds kMinute = std::chrono::minutes(1), kSecond = std::chrono::seconds(1);
  const Nanoseconds step = length / kSteps;
  const Nanoseconds whole = step >= kMinute ? kMinute : kSecond;
  return std::max(whole, step - step % whole);
}

bool is_network(std::string_view by) {
  return by == "src_network" || by == "dst_network";
}

std::string field_of(const std::string& by) {
  return is_network(by) ? by.substr(0, 3) + "_ip" : by;
}

// The network that an address is counted to: as wide as whoever has one address is likely to have more.
std::string network_of(const std::string& address) {
  const auto parsed = parse_prefix(address);
  if (!parsed) return address;
  return prefix_text(prefix_of(parsed->address, parsed->ip_version, parsed->ip_version == 4 ? 24 : 48));
}

QueryBehind question_of(const BottlenecksRequest& request, Nanoseconds earlier) {
  QueryBehind question;
  question.from = "flows";
  question.measures = ratio_of(request.measure).measures;
  question.by = {field_of(request.by)};
  question.from_ns = (request.begin - earlier).count();
  question.to_ns = (request.end - earlier).count();
  question.bucket_ns = step_of(request.end - request.begin).count();
  return question;
}

using Buckets = std::map<std::uint64_t, RatioBucket>;  // by their begin
using Parts = std::map<std::string, Buckets>;

RatioBucket bucket_of(const Ratio& ratio, const std::vector<AnswerValue>& row) {
  constexpr std::size_t kFirst = 2;  // behind the time and the dimension
  const std::size_t sums = ratio.measures.size() - ratio.counts;
  RatioBucket bucket;
  for (std::size_t i = 0; i < ratio.measures.size(); i++)
    (i < sums ? bucket.sum : bucket.count) += amount_of(row[kFirst + i]);
  if (ratio.is_mean) bucket.sum *= bucket.count;
  return bucket;
}

Result<Parts> parts_of(Store& store, const BottlenecksRequest& request, const QueryBehind& question) {
  const auto answer = ask(store, question);
  if (!answer) return std::unexpected(answer.error());
  Parts parts;
  for (const auto& row : answer->rows) {
    const auto* time = std::get_if<std::uint64_t>(&row.front());
    std::string name = name_of(answer->columns[1], row[1]);
    if (is_network(request.by)) name = network_of(name);
    const RatioBucket one = bucket_of(ratio_of(request.measure), row);
    RatioBucket& bucket = parts[name][time ? *time : 0];
    bucket.sum += one.sum;
    bucket.count += one.count;
  }
  return parts;
}

std::vector<RatioBucket> buckets_of(const Parts& parts, const std::string& name) {
  std::vector<RatioBucket> buckets;
  if (const auto found = parts.find(name); found != parts.end())
    for (const auto& [time, bucket] : found->second) buckets.push_back(bucket);
  return buckets;
}

}  // namespace

std::optional<Slowness> slowness_named(std::string_view name) {
  for (const Slowness one :
       {Slowness::kHandshake, Slowness::kRoundTrip, Slowness::kRetransmits, Slowness::kDrops})
    if (ratio_of(one).name == name) return one;
  return std::nullopt;
}

Result<Bottleneck> slowed(Store& store, const BottlenecksRequest& request) {
  const QueryBehind before = question_of(request, request.ago), after = question_of(request, {});
  auto was = parts_of(store, request, before);
  if (!was) return std::unexpected(was.error());
  auto is = parts_of(store, request, after);
  if (!is) return std::unexpected(is.error());
  std::vector<RatioPart> parts;
  for (const auto& [name, buckets] : *is)
    parts.push_back({name, buckets_of(*was, name), buckets_of(*is, name)});
  for (const auto& [name, buckets] : *was)
    if (!is->contains(name)) parts.push_back({name, buckets_of(*was, name), {}});
  const Ratio& ratio = ratio_of(request.measure);
  Bottleneck found = bottleneck_of(parts, std::string(ratio.says), request.by, ratio.unit, request.most,
                                   request.false_alarm);
  found.query_before = before;
  found.query_after = after;
  return found;
}

}  // namespace vedette
