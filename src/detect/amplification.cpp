#include "detect/amplification.h"

#include <fmt/format.h>

#include <algorithm>

#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr Nanoseconds kGap = std::chrono::minutes(1);
constexpr Nanoseconds kTellEvery = std::chrono::seconds(10);  // what goes on
constexpr std::uint64_t kAnswers = 100;
constexpr double kReflectors = 10;
constexpr double kFlood = 1000;     // a second: a flood whoever sends it (src/detect/flood_load.cpp)
constexpr double kMuch = 10e6 / 8;  // bytes a second that any link's user notices
constexpr double kVeryMuch = 1e9 / 8;
constexpr std::uint32_t kSameQuestion = 100;
constexpr std::uint64_t kFactor = 3;

// The key's rest: IP version and the service's place in the table.
std::uint64_t rest_of(std::uint8_t ip_version, const Reflector& service) {
  return static_cast<std::uint64_t>(&service - reflectors().data()) << 8 | ip_version;
}
const Reflector& service_of(std::uint64_t rest) {
  return reflectors()[rest >> 8];
}
std::uint8_t version_of(std::uint64_t rest) {
  return static_cast<std::uint8_t>(rest);
}

double a_second(std::uint64_t count, Nanoseconds first, Nanoseconds last) {
  return static_cast<double>(count) / std::max(1.0, std::chrono::duration<double>(last - first).count());
}

// FNV-1a of all but the first two bytes, where DNS, NTP and memcached have what they number questions by.
std::uint64_t question_hash(std::span<const std::uint8_t> payload) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : payload.subspan(std::min<std::size_t>(2, payload.size())))
    hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

Severity severity_of(double bytes_a_second, double packets_a_second) {
  if (bytes_a_second >= kVeryMuch) return Severity::kCritical;
  return bytes_a_second >= kMuch || packets_a_second >= kFlood ? Severity::kHigh : Severity::kMedium;
}

}  // namespace

void Amplification::take(const FlowStep& step) {
  const vdt_flow_key& key = step.flow.key;
  if (key.protocol != VDT_IP_UDP) return;
  if (step.flow.sent[kResponder].packets == 0)
    if (const Reflector* service = reflected(step)) return take_unasked(step, *service);
  const Reflector* service = reflector_at(key.dst_port);
  if (service == nullptr || key.src_port == key.dst_port) return;
  if (step.side == kInitiator)
    take_question(step, *service);
  else
    take_answer(step, *service);
}

void Amplification::look(const FlowStep& step) {
  if (const Reflector* service = reflected_by_middlebox(step)) take_unasked(step, *service);
}

void Amplification::take_unasked(const FlowStep& step, const Reflector& service) {
  Victims::Entry& entry = victims_.at({step.receiver(), rest_of(step.flow.key.ip_version, service)});
  Reflection& reflection = entry.value;
  if (reflection.packets != 0 && step.last - reflection.last > kGap) reflection = {};
  if (reflection.packets == 0) {
    reflection.first = step.last;
    reflection.source = step.sender();
  }
  reflection.last = std::max(reflection.last, step.last);
  reflection.packets += step.packets;
  reflection.bytes += step.bytes;
  reflection.sources.add(mixed(step.sender()));
  reflection.news = true;
  if (reflection.convicted || reflection.packets < kAnswers) return;
  const double rate = reflection.last == Nanoseconds{}
                          ? 0  // a file may keep no times
                          : a_second(reflection.packets, reflection.first, reflection.last);
  // A browser's pages come as well from many, where a file holds no more of their connections.
  const double slowest = service.protocol == VDT_IP_TCP ? kAnswers : 0;
  const bool many = reflection.sources.distinct() >= kReflectors && rate >= slowest &&
                    reflection.bytes >= reflection.packets * service.mean_bytes;
  const bool fast = rate >= kFlood;
  if (many || fast) raise_unasked(entry, step.last);
}

void Amplification::take_question(const FlowStep& step, const Reflector& service) {
  if (step.packet == nullptr) return;
  const std::span<const std::uint8_t> payload = step.payload();
  if (payload.size() < 2) return;
  Clients::Entry& entry = clients_.at({step.sender(), rest_of(step.flow.key.ip_version, service)});
  Client& client = entry.value;
  if (client.questions != 0 && step.last - client.last > kGap) client = {};
  if (client.questions == 0) {
    client.first = step.last;
    client.server = step.receiver();
  }
  client.last = std::max(client.last, step.last);
  client.questions += step.packets;
  client.question_bytes += step.bytes;
  client.news = true;
  const std::uint64_t who = mixed(step.sender(), entry.key.rest ^ question_hash(payload));
  client.repeated = std::max(client.repeated, questions_.add(who));
}

void Amplification::take_answer(const FlowStep& step, const Reflector& service) {
  Clients::Entry* entry = clients_.find({step.receiver(), rest_of(step.flow.key.ip_version, service)});
  if (entry == nullptr) return;
  Client& client = entry->value;
  client.answers += step.packets;
  client.answer_bytes += step.bytes;
  client.last = std::max(client.last, step.last);
  client.news = true;
  if (!client.convicted && client.repeated >= kSameQuestion && client.answers >= kSameQuestion / 2 &&
      client.answer_bytes >= kFactor * client.question_bytes)
    raise_asked(*entry, step.last);
}

void Amplification::raise_unasked(Victims::Entry& entry, Nanoseconds now) {
  Reflection& reflection = entry.value;
  const Reflector& service = service_of(entry.key.rest);
  const std::uint8_t version = version_of(entry.key.rest);
  const double distinct = reflection.sources.distinct();
  Finding finding;
  finding.detector = service.detector;
  finding.kind = FindingKind::kAmplification;
  finding.severity = severity_of(a_second(reflection.bytes, reflection.first, reflection.last),
                                 a_second(reflection.packets, reflection.first, reflection.last));
  // Many small ones may be what is asked where the questions aren't seen.
  if (reflection.bytes < reflection.packets * service.mean_bytes) finding.severity = Severity::kMedium;
  if (!reflection.convicted) reflection.alone = distinct < 1.5;
  if (reflection.alone) finding.source = host(reflection.source, version);
  finding.target = host(entry.key.address, version);
  finding.first = reflection.first;
  finding.detected = now;
  finding.last = reflection.last;
  finding.packets = reflection.packets;
  finding.bytes = reflection.bytes;
  finding.score = static_cast<double>(reflection.packets);
  finding.threshold = kAnswers;
  finding.why = fmt::format(
      "{} gets {} {} answers that it didn't ask for, of {} bytes on average, from {}{:.0f} reflector{}",
      prefix_text(*finding.target), reflection.packets, service.name, reflection.bytes / reflection.packets,
      distinct >= HashedSpread::kMostDistinct ? "more than " : "some ", distinct, distinct < 1.5 ? "" : "s");
  reflection.convicted = convicted_ = true;
  reflection.news = false;
  raise(std::move(finding));
}

void Amplification::raise_asked(Clients::Entry& entry, Nanoseconds now) {
  Client& client = entry.value;
  const Reflector& service = service_of(entry.key.rest);
  const std::uint8_t version = version_of(entry.key.rest);
  Finding finding;
  finding.detector = service.detector;
  finding.kind = FindingKind::kAmplification;
  finding.severity = severity_of(a_second(client.answer_bytes, client.first, client.last),
                                 a_second(client.answers, client.first, client.last));
  finding.source = host(client.server, version);
  finding.target = host(entry.key.address, version);
  finding.first = client.first;
  finding.detected = now;
  finding.last = client.last;
  finding.packets = client.questions + client.answers;
  finding.bytes = client.question_bytes + client.answer_bytes;
  finding.score = client.repeated;
  finding.threshold = kSameQuestion;
  finding.why = fmt::format(
      "{} is asked the same {} question {} times a minute in the name of {}, and sends {:.1f} times the "
      "bytes that come in",
      prefix_text(*finding.source), service.name, client.repeated, prefix_text(*finding.target),
      static_cast<double>(client.answer_bytes) / static_cast<double>(client.question_bytes));
  client.convicted = convicted_ = true;
  client.news = false;
  raise(std::move(finding));
}

void Amplification::tick(Nanoseconds now) {
  if (now - minute_ >= kGap) {
    minute_ = now;
    questions_.clear();
    clients_.for_each([](Clients::Entry& entry) { entry.value.repeated = 0; });
  }
  if (convicted_ && now - told_ >= kTellEvery) {
    told_ = now;
    tell();
  }
}

void Amplification::finish() {
  tell();
}

void Amplification::tell() {
  if (!convicted_) return;
  victims_.for_each([this](Victims::Entry& entry) {
    if (entry.value.convicted && entry.value.news) raise_unasked(entry, entry.value.last);
  });
  clients_.for_each([this](Clients::Entry& entry) {
    if (entry.value.convicted && entry.value.news) raise_asked(entry, entry.value.last);
  });
}

}  // namespace vedette
