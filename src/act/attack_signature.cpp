#include "act/attack_signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "policy/evaluate.h"

namespace vedette {

namespace {

// A part that so much of what the signature takes already shares makes it narrower at no price.
constexpr double kNearlyAll = 0.98;
constexpr std::size_t kPayloadLooked = 48, kPayloadTaken = 16;  // bytes
constexpr std::size_t kShortestRun = 3;                         // bytes; fewer are in many protocols
constexpr double kOutside = 0.01;                               // of a range, at each of its ends

using Sample = std::vector<const SampledPacket*>;

bool takes(const Match& match, const SampledPacket& packet) {
  return matches(
      match, {.packet = packet.packet, .interface = {}, .country = {}, .asn = 0, .payload = packet.payload});
}

template <typename Packets>
Sample taken(const Match& match, const Packets& packets) {
  Sample sample;
  for (const auto& one : packets) {
    const SampledPacket* packet = nullptr;
    if constexpr (std::is_pointer_v<std::remove_cvref_t<decltype(one)>>)
      packet = one;
    else
      packet = &one;
    if (takes(match, *packet)) sample.push_back(packet);
  }
  return sample;
}

// The upper end of Wilson's interval, 95 % sure.
double at_worst(std::size_t hits, std::size_t of) {
  if (of == 0) return 1;
  constexpr double z = 1.645;
  const auto n = static_cast<double>(of);
  const double p = static_cast<double>(hits) / n;
  return (p + z * z / (2 * n) + z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n);
}

// The value that most of them have; nothing where those that have one are few.
template <typename Value>
std::optional<Value> most_common(const Sample& sample,
                                 const std::function<std::optional<Value>(const SampledPacket&)>& value_of) {
  std::map<Value, std::size_t> counts;
  for (const SampledPacket* packet : sample)
    if (const auto value = value_of(*packet)) counts[*value]++;
  const auto most = std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  if (most == counts.end()) return {};
  return most->first;
}

// The range that all but a few of both ends lie in.
NumberRange middle_range(const Sample& sample,
                         const std::function<std::uint32_t(const SampledPacket&)>& number_of) {
  std::vector<std::uint16_t> numbers;
  numbers.reserve(sample.size());
  for (const SampledPacket* packet : sample)
    numbers.push_back(static_cast<std::uint16_t>(std::min<std::uint32_t>(number_of(*packet), 0xffff)));
  std::ranges::sort(numbers);
  const auto outside = static_cast<std::size_t>(static_cast<double>(numbers.size()) * kOutside);
  return {numbers[outside], numbers[numbers.size() - 1 - outside]};
}

// The longest run of payload bytes that nearly all have in common.
std::optional<PayloadMatch> common_bytes(const Sample& sample) {
  std::optional<PayloadMatch> best;
  PayloadMatch run;
  const auto take_best = [&] {
    if (run.bytes.size() >= kShortestRun && (!best || run.bytes.size() > best->bytes.size())) best = run;
    run = {};
  };
  for (std::size_t at = 0; at < kPayloadLooked; at++) {
    std::array<std::size_t, 256> counts{};
    for (const SampledPacket* packet : sample)
      if (at < packet->payload.size()) counts[packet->payload[at]]++;
    const auto most = std::ranges::max_element(counts);
    const bool common = static_cast<double>(*most) >= kNearlyAll * static_cast<double>(sample.size());
    if (!common || run.bytes.size() == kPayloadTaken) take_best();
    if (!common) continue;
    if (run.bytes.empty()) run.offset = static_cast<std::uint16_t>(at);
    run.bytes.push_back(static_cast<std::uint8_t>(most - counts.begin()));
    run.mask.push_back(0xff);
  }
  take_best();
  return best;
}

std::optional<std::uint16_t> port_of(const SampledPacket& packet, std::uint16_t vdt_flow_key::*port) {
  if (!(packet.packet.core.facts & VDT_FACT_PORTS)) return {};
  return packet.packet.core.key.*port;
}

// All the ways in which `match` could be made narrower by what these packets share, one part each.
std::vector<Match> narrower(const Match& match, const Sample& sample) {
  std::vector<Match> all;
  const auto with = [&](auto member, auto value) {
    Match more = match;
    (more.*member).push_back(std::move(value));
    all.push_back(std::move(more));
  };
  const auto open = [&](auto member) { return (match.*member).empty(); };
  using Number = std::optional<std::uint16_t>;
  using Byte = std::optional<std::uint8_t>;
  const auto core = [](const SampledPacket& packet) -> const vdt_packet_core& { return packet.packet.core; };
  if (open(&Match::protocol))
    if (const auto protocol = most_common<std::uint8_t>(
            sample, [&](const SampledPacket& one) -> Byte { return core(one).key.protocol; }))
      with(&Match::protocol, *protocol);
  const auto with_port = [&](auto member, std::uint16_t vdt_flow_key::*port) {
    if (!open(member)) return;
    if (const auto number = most_common<std::uint16_t>(
            sample, [port](const SampledPacket& one) -> Number { return port_of(one, port); }))
      with(member, NumberRange{*number, *number});
  };
  with_port(&Match::source_port, &vdt_flow_key::src_port);
  with_port(&Match::destination_port, &vdt_flow_key::dst_port);
  if (open(&Match::tcp_flags))
    if (const auto flags = most_common<std::uint8_t>(sample, [&](const SampledPacket& one) -> Byte {
          if (!(core(one).facts & VDT_FACT_TCP)) return {};
          return core(one).tcp_flags;
        }))
      with(&Match::tcp_flags, FlagsMatch{.mask = 0xff, .value = *flags});
  if (open(&Match::icmp))
    if (const auto type = most_common<std::uint8_t>(sample, [&](const SampledPacket& one) -> Byte {
          if (!(core(one).facts & VDT_FACT_ICMP)) return {};
          return core(one).icmp_type;
        }))
      with(&Match::icmp, IcmpMatch{.type = *type, .code = {}});
  if (open(&Match::length))
    with(&Match::length, middle_range(sample, [&](const SampledPacket& one) { return core(one).length; }));
  if (open(&Match::ttl))
    with(&Match::ttl, middle_range(sample, [&](const SampledPacket& one) { return core(one).ttl; }));
  if (!match.fragment) {
    Match more = match;
    const auto fragments =
        std::ranges::count_if(sample, [&](const SampledPacket* one) { return core(*one).fragment != 0; });
    more.fragment = 2 * fragments > std::ssize(sample);
    all.push_back(std::move(more));
  }
  if (open(&Match::payload))
    if (auto bytes = common_bytes(sample)) with(&Match::payload, std::move(*bytes));
  return all;
}

// What is taken of both by now.
struct State {
  Match match;
  Sample attack, clean;
};

State narrowed(const State& state, Match match) {
  State next{.match = std::move(match), .attack = {}, .clean = {}};
  next.attack = taken(next.match, state.attack);
  next.clean = taken(next.match, state.clean);
  return next;
}

// With every part that costs next to nothing of the attack.
State with_what_nearly_all_share(State state) {
  for (bool again = true; again;) {
    again = false;
    for (Match& more : narrower(state.match, state.attack)) {
      State next = narrowed(state, std::move(more));
      const double kept = static_cast<double>(next.attack.size()) / static_cast<double>(state.attack.size());
      if (kept < kNearlyAll) continue;
      state = std::move(next);
      again = true;
      break;
    }
  }
  return state;
}

}  // namespace

std::size_t taken_by(const Match& match, std::span<const SampledPacket> packets) {
  return static_cast<std::size_t>(
      std::ranges::count_if(packets, [&](const SampledPacket& one) { return takes(match, one); }));
}

Result<AttackSignature> find_signature(const Prefix& target, std::span<const SampledPacket> attack,
                                       std::span<const SampledPacket> clean, const SignatureLimits& limits) {
  State state;
  state.match.destination = {target};
  state.attack = taken(state.match, attack);
  state.clean = taken(state.match, clean);
  const std::size_t sample = state.attack.size(), others = state.clean.size();
  if (sample < limits.least_sample)
    return failed("signature", fmt::format("{} packets of the attack are known, {} are needed", sample,
                                           limits.least_sample));
  const auto least = static_cast<std::size_t>(std::ceil(limits.least_cover * static_cast<double>(sample)));
  state = with_what_nearly_all_share(std::move(state));
  while (at_worst(state.clean.size(), others) > limits.most_harm && !state.clean.empty()) {
    std::optional<State> best;
    for (Match& more : narrower(state.match, state.attack)) {
      State next = narrowed(state, std::move(more));
      if (next.attack.size() < least || next.clean.size() >= state.clean.size()) continue;
      const auto rank = [](const State& one) { return std::pair(one.clean.size(), -std::ssize(one.attack)); };
      if (!best || rank(next) < rank(*best)) best = std::move(next);
    }
    if (!best) break;
    state = with_what_nearly_all_share(std::move(*best));
  }
  const std::size_t harmed = state.clean.size();
  if (harmed * sample >= state.attack.size() * others && others > 0)
    return failed("signature", "its packets have nothing in common that the clean ones lack");
  AttackSignature signature{.match = std::move(state.match),
                            .attack = sample,
                            .covered = state.attack.size(),
                            .clean = others,
                            .harmed = harmed,
                            .harm_at_worst = at_worst(harmed, others),
                            .harmless = false};
  signature.harmless = signature.covered >= least && signature.harm_at_worst <= limits.most_harm;
  return signature;
}

}  // namespace vedette
