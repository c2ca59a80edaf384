#include "detect/brute_force.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "decode/handshake_facts.h"
#include "packet/spoken.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// Refusals that are no user's and no forgotten script's: OpenSSH's and others' lists of the most used
// passwords begin with so many.
constexpr std::uint64_t kList = 100;
// What lies so long behind is another run.
constexpr Nanoseconds kQuiet = std::chrono::minutes(30);

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

// So many within so long: few, told low, and many, told medium.
struct BruteForce::Rates {
  struct Rate {
    std::uint64_t count;
    Nanoseconds within;
  };
  Rate few, many;
};

const BruteForce::Rates& BruteForce::rates_of(Sign sign) {
  using std::chrono::minutes;
  // fail2ban's maxretry and findtime; Zeek's FTP::bruteforce_threshold and its interval.
  static constexpr Rates kRefusals{{5, minutes(10)}, {20, minutes(15)}};
  // Some are a script's that had little to do. Zeek's SSH::password_guesses_limit and guessing_timeout; six
  // times as fast it is no schedule's.
  static constexpr Rates kSessions{{30, minutes(30)}, {30, minutes(5)}};
  // OWASP CRS 2's brute_force_counter_threshold and brute_force_burst_time_slice, and the two such bursts
  // that it blocks after.
  static constexpr Rates kForms{{10, minutes(1)}, {20, minutes(2)}};
  if (sign == Sign::kForm) return kForms;
  return sign == Sign::kSession ? kSessions : kRefusals;
}

void BruteForce::take(const HandshakeView& view) {
  const Handshake& handshake = view.handshake;
  std::int64_t failures = number_of_fact(handshake, "login_failures").value_or(0);
  const bool accepted = fact_of(handshake, "logged_in") != nullptr;
  // Clients of SSH try what they have before they ask for a password; one that gets in has guessed nothing.
  if (accepted && handshake.app == "ssh") failures = 0;
  if (failures > 0 || accepted) {
    count(view.flow, {handshake.app, Sign::kRefusal, {}}, static_cast<std::uint64_t>(failures), accepted);
  } else if (handshake.app == "ldap" && text_of_fact(handshake, "reply") == "bindResponse") {
    const auto result = number_of_fact(handshake, "result_code");
    if (result && (*result == 0 || *result == kInvalidCredentials))
      count(view.flow, {"ldap", Sign::kRefusal, {}}, *result != 0, *result == 0);
  } else if (handshake.app == "http") {
    take_http(view);
  }
}

void BruteForce::take_http(const HandshakeView& view) {
  const std::int64_t status = number_of_fact(view.handshake, "status").value_or(0);
  const std::string_view target = text_of_fact(view.handshake, "path");
  const std::string path(target.substr(0, target.find('?')));
  const bool given = status >= 200 && status < 400;
  if (given || status == kUnauthorized) count(view.flow, {"http", Sign::kRefusal, path}, !given, given);
  const auto answer = web_login(view.handshake);
  if (!answer) return;
  const bool taken = answer->answer == WebLogin::Answer::kTaken;
  count(view.flow, {"http", Sign::kForm, path}, !taken, taken, &*answer);
}

void BruteForce::end(const FlowView& view) {
  if (view.end == FlowEnd::kReport || view.flow.key.protocol != VDT_IP_TCP) return;
  if (view.flow.spoken == kNothingSpoken || (view.flow.marks & kLoggedIn) != 0) return;
  const std::string_view app = spoken(view.flow.spoken).app;
  const auto* const session = std::ranges::find(kShortSessions, app, &ShortSession::app);
  if (session == std::end(kShortSessions) || !came_to_nothing(view.flow, session->most)) return;
  count(view.flow, {session->app, Sign::kSession, {}}, 1, false);
}

void BruteForce::count(const Flow& flow, const Service& service, std::uint64_t failures, bool accepted,
                       const WebLogin* answer) {
  if (accepted && failures == 0) count_spread(flow, service, 0, true);
  PairKey key{flow.key.src, flow.key.dst, flow.key.dst_port};
  if (!service.path.empty())
    key.rest |= mixed(std::hash<std::string>{}(service.path), static_cast<std::uint64_t>(service.sign)) << 16;
  bool made = false;
  // Who never fails needs no memory.
  Guesses* guesses = failures == 0 ? guesses_.find(key) : &guesses_.at(key, made);
  if (!guesses) return;
  const Nanoseconds now = flow.last;
  if (guesses->count != 0 && now - guesses->recent[(guesses->count - 1) % kRecent] > kQuiet) *guesses = {};
  if (accepted) {
    // Of HTTP a refusal comes before each log-in (RFC 9110, 11.6.1): it was none.
    if (service.app == "http" && service.sign == Sign::kRefusal && !guesses->convicted)
      return guesses_.erase(key);
    guesses->accepted += guesses->convicted;
  }
  if (failures == 0 && !guesses->convicted) return;
  if (failures != 0 && answer) {
    if (guesses->count != 0 && !answer->is_like(guesses->answered)) {
      if (guesses->convicted) return;  // locked out, it may be
      *guesses = {};
    }
    guesses->answered = *answer;
  }
  if (service.sign == Sign::kSession && guesses->in_words) return;
  guesses->in_words |= service.sign == Sign::kRefusal;
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
  if (!guesses->convicted) count_spread(flow, service, failures, accepted);
}

void BruteForce::count_spread(const Flow& flow, const Service& service, std::uint64_t failures,
                              bool accepted) {
  // Of HTTP a refusal asks for a password (RFC 9110, 11.6.1), and says nothing of one.
  if (service.sign != Sign::kRefusal || service.app == "http") return;
  if (auto found = spread_.take(flow, service.app, failures, accepted)) raise(std::move(*found));
}

void BruteForce::judge(const Flow& flow, const Service& service, Guesses& guesses) {
  const Nanoseconds now = flow.last;
  const auto& [few, many] = rates_of(service.sign);
  const std::uint64_t recently = within(guesses.recent, guesses.count, now, few.within);
  guesses.convicted = guesses.convicted || recently >= few.count;
  if (!guesses.convicted) return;
  Severity severity = Severity::kLow;
  if (within(guesses.recent, guesses.count, now, many.within) >= many.count) severity = Severity::kMedium;
  const bool hostile = guesses.count >= many.count && severity == Severity::kMedium;
  // A page may be what is behind the form as well: whoever tests a server's load gets it again and again.
  const bool list = service.sign == Sign::kRefusal && guesses.count >= kList;
  const bool guessed = service.sign != Sign::kSession && guesses.accepted != 0;
  if (hostile && (list || guessed)) severity = Severity::kHigh;
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
  finding.why = why(flow, service, guesses);
  raise(std::move(finding));
}

std::string BruteForce::why(const Flow& flow, const Service& service, const Guesses& guesses) {
  const std::string source = prefix_text(host(flow.key.src, flow.key.ip_version)),
                    target = prefix_text(host(flow.key.dst, flow.key.ip_version));
  const double seconds = std::chrono::duration<double>(flow.last - guesses.first).count();
  const std::string_view then = guesses.accepted != 0 ? ", and then logged in" : "";
  switch (service.sign) {
    case Sign::kRefusal:
      return fmt::format("{} was refused {} log-ins to {}{} at {} in {:.1f} s{}", source, guesses.count,
                         service.app, service.path, target, seconds, then);
    case Sign::kForm:
      return fmt::format("{} posted {} log-ins to {}{} at {} in {:.1f} s that were answered alike{}", source,
                         guesses.count, service.app, service.path, target, seconds, then);
    case Sign::kSession:
      break;
  }
  return fmt::format("{} began {} sessions of {} at {} in {:.1f} s that ended before anything was given",
                     source, guesses.count, service.app, target, seconds);
}

}  // namespace vedette
