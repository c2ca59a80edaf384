#include "detect/brute_force.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "packet/spoken.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// So many within so long.
struct Rate {
  std::uint64_t count;
  Nanoseconds within;
};

// Refusals in words. fail2ban's maxretry and findtime; Zeek's FTP::bruteforce_threshold and its interval.
constexpr Rate kFewRefusals{5, std::chrono::minutes(10)};
constexpr Rate kManyRefusals{20, std::chrono::minutes(15)};
// Sessions that came to nothing, of which some are a script's that had little to do. Zeek's
// SSH::password_guesses_limit and guessing_timeout; six times as fast it is no schedule's.
constexpr Rate kFewSessions{30, std::chrono::minutes(30)};
constexpr Rate kManySessions{30, std::chrono::minutes(5)};
// Refusals that are no user's and no forgotten script's: OpenSSH's and others' lists of the most used
// passwords begin with so many.
constexpr std::uint64_t kList = 100;

// A session that ended before it gave anything: so many bytes of payload of the server's at most.
struct ShortSession {
  std::string_view app;
  std::uint64_t most;
};
constexpr ShortSession kShortSessions[] = {
    {"ssh", 5500},     // Zeek's SSH::authentication_data_size: beyond it a log-in is presumed
    {"rdp", 10'000},   // TLS, CredSSP; a desktop's first bitmap is larger
    {"vnc", 1000},     // names, challenge, result; one screen is larger
    {"telnet", 2000},  // banner and prompts
    {"smb", 1200},     // dialect, challenge, refusal; before a share is connected to
};
// OpenSSH's LoginGraceTime, and a few seconds to close.
constexpr Nanoseconds kShortest = std::chrono::seconds(130);
// Ethernet, IP and TCP without options.
constexpr std::uint64_t kHeaders4 = 14 + 20 + 20;
constexpr std::uint64_t kHeaders6 = 14 + 40 + 20;

std::int64_t number_of(const Handshake& handshake, std::string_view name) {
  const auto fact = std::ranges::find(handshake.facts, name, &HandshakeFact::name);
  return fact == handshake.facts.end() ? 0 : fact->number;
}

std::string_view text_of(const Handshake& handshake, std::string_view name) {
  const auto fact = std::ranges::find(handshake.facts, name, &HandshakeFact::name);
  return fact == handshake.facts.end() ? std::string_view{} : std::string_view(fact->text);
}

// RFC 4511: invalidCredentials.
constexpr std::int64_t kInvalidCredentials = 49;
// RFC 9110: Unauthorized.
constexpr std::int64_t kUnauthorized = 401;

bool came_to_nothing(const Flow& flow, std::uint64_t most) {
  const std::uint64_t headers = flow.key.ip_version == 6 ? kHeaders6 : kHeaders4;
  const FlowCounts& served = flow.sent[kResponder];
  const std::uint64_t payload = served.bytes - std::min(served.bytes, served.packets * headers);
  const FlowState state = flow_state(flow);
  const bool ended =
      state == FlowState::kClosed || state == FlowState::kReset || state == FlowState::kClosing;
  return ended && payload != 0 && payload <= most && flow.last - flow.first <= kShortest;
}

std::uint64_t within(const auto& ring, std::uint64_t count, Nanoseconds now, Nanoseconds length) {
  const std::uint64_t kept = std::min<std::uint64_t>(count, ring.size());
  return static_cast<std::uint64_t>(std::count_if(ring.begin(),
                                                  ring.begin() + static_cast<std::ptrdiff_t>(kept),
                                                  [&](Nanoseconds time) { return now - time <= length; }));
}

}  // namespace

void BruteForce::take(const HandshakeView& view) {
  const Handshake& handshake = view.handshake;
  const std::int64_t failures = number_of(handshake, "login_failures");
  const bool accepted = number_of(handshake, "logged_in") != 0;
  if (failures != 0 || accepted) {
    count(view.flow, {handshake.app, true, {}}, static_cast<std::uint64_t>(failures), accepted);
  } else if (handshake.app == "ldap" && text_of(handshake, "reply") == "bindResponse") {
    const std::int64_t result = number_of(handshake, "result_code");
    if (result == 0 || result == kInvalidCredentials)
      count(view.flow, {"ldap", true, {}}, result != 0, result == 0);
  } else if (handshake.app == "http") {
    const std::int64_t status = number_of(handshake, "status");
    const std::string_view path = text_of(handshake, "path");
    const bool given = status >= 200 && status < 400;
    if (given || status == kUnauthorized)
      count(view.flow, {"http", true, std::string(path.substr(0, path.find('?')))}, !given, given);
  }
}

void BruteForce::end(const FlowView& view) {
  if (view.end == FlowEnd::kReport || view.flow.key.protocol != VDT_IP_TCP) return;
  if (view.flow.spoken == kNothingSpoken) return;
  const std::string_view app = spoken(view.flow.spoken).app;
  const auto* const session = std::ranges::find(kShortSessions, app, &ShortSession::app);
  if (session == std::end(kShortSessions) || !came_to_nothing(view.flow, session->most)) return;
  count(view.flow, {session->app, false, {}}, 1, false);
}

void BruteForce::count(const Flow& flow, const Service& service, std::uint64_t failures, bool accepted) {
  PairKey key{flow.key.src, flow.key.dst, flow.key.dst_port};
  if (!service.path.empty()) key.rest |= mixed(std::hash<std::string>{}(service.path), 0) << 16;
  bool made = false;
  // Who never fails needs no memory.
  Guesses* guesses = failures == 0 ? guesses_.find(key) : &guesses_.at(key, made);
  if (!guesses) return;
  const Nanoseconds now = flow.last;
  // What a quiet time lies behind is another run.
  if (guesses->count != 0 && now - guesses->recent[(guesses->count - 1) % kRecent] > kFewSessions.within)
    *guesses = {};
  if (accepted) {
    // Of HTTP a refusal comes before each log-in (RFC 9110, 11.6.1): it was none.
    if (service.app == "http" && !guesses->convicted) return guesses_.erase(key);
    guesses->accepted += guesses->convicted;
  }
  if (failures == 0 && !guesses->convicted) return;
  if (guesses->count == 0) guesses->first = flow.first;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(failures, kRecent); i++)
    guesses->recent[guesses->count++ % kRecent] = now;
  // A connection of HTTP may hold several.
  const FlowCounts before = guesses->flow_first == flow.first ? guesses->flow_sent : FlowCounts{};
  guesses->packets += flow.sent[kInitiator].packets - before.packets;
  guesses->bytes += flow.sent[kInitiator].bytes - before.bytes;
  guesses->flow_first = flow.first;
  guesses->flow_sent = flow.sent[kInitiator];
  if (guesses->count >= 2) guesses_.promote(key);
  judge(flow, service, *guesses);
}

void BruteForce::judge(const Flow& flow, const Service& service, Guesses& guesses) {
  const Nanoseconds now = flow.last;
  const Rate few = service.refused ? kFewRefusals : kFewSessions;
  const Rate many = service.refused ? kManyRefusals : kManySessions;
  const std::uint64_t recently = within(guesses.recent, guesses.count, now, few.within);
  guesses.convicted = guesses.convicted || recently >= few.count;
  if (!guesses.convicted) return;
  Severity severity = Severity::kLow;
  if (within(guesses.recent, guesses.count, now, many.within) >= many.count) severity = Severity::kMedium;
  const bool hostile = service.refused && guesses.count >= many.count && severity == Severity::kMedium;
  if (hostile && (guesses.count >= kList || guesses.accepted != 0)) severity = Severity::kHigh;
  if (!guesses.telling.is_due(now, guesses.count, severity)) return;
  Finding finding;
  finding.detector = "brute_force";
  finding.kind = FindingKind::kBruteForce;
  finding.severity = severity;
  finding.source = host(flow.key.src, flow.key.ip_version);
  finding.target = host(flow.key.dst, flow.key.ip_version);
  finding.port = flow.key.dst_port;
  finding.first = guesses.first;
  finding.detected = finding.last = now;
  finding.packets = guesses.packets;
  finding.bytes = guesses.bytes;
  finding.score = static_cast<double>(guesses.count);
  finding.threshold = static_cast<double>(few.count);
  const double seconds = std::chrono::duration<double>(now - guesses.first).count();
  finding.why =
      service.refused
          ? fmt::format("{} was refused {} log-ins to {}{} at {} in {:.1f} s{}", prefix_text(*finding.source),
                        guesses.count, service.app, service.path, prefix_text(*finding.target), seconds,
                        guesses.accepted != 0 ? ", and then logged in" : "")
          : fmt::format("{} began {} sessions of {} at {} in {:.1f} s that ended before anything was given",
                        prefix_text(*finding.source), guesses.count, service.app,
                        prefix_text(*finding.target), seconds);
  raise(std::move(finding));
}

}  // namespace vedette
