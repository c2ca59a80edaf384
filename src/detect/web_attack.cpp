#include "detect/web_attack.h"

#include <fmt/format.h>

#include <algorithm>

#include "decode/handshake_facts.h"
#include "detect/flow_finding.h"
#include "detect/quoted_text.h"
#include "detect/web_text.h"

namespace vedette {

namespace {

struct Kind {
  std::string_view detector;
  std::string_view name;
  Severity tried;
  Severity succeeded;
};

Kind kind_of(WebAttack attack) {
  switch (attack) {
    case WebAttack::kSqlInjection:
      return {"web_sql_injection", "SQL injection", Severity::kMedium, Severity::kHigh};
    case WebAttack::kCrossSiteScripting:
      return {"web_cross_site_scripting", "cross-site scripting", Severity::kLow, Severity::kMedium};
    case WebAttack::kPathTraversal:
      return {"web_path_traversal", "path traversal", Severity::kLow, Severity::kMedium};
    case WebAttack::kSensitiveFile:
      return {"web_sensitive_file", "request for a secret file", Severity::kLow, Severity::kMedium};
    case WebAttack::kCommandInjection:
      return {"web_command_injection", "command injection", Severity::kMedium, Severity::kHigh};
    case WebAttack::kCodeInjection:
      return {"web_code_injection", "code injection", Severity::kMedium, Severity::kHigh};
    case WebAttack::kServerSideRequest:
      return {"web_server_side_request", "server-side request forgery", Severity::kMedium, Severity::kHigh};
    case WebAttack::kLog4Shell:
      return {"log4shell", "Log4Shell (CVE-2021-44228)", Severity::kMedium, Severity::kHigh};
    case WebAttack::kShellshock:
      return {"shellshock", "Shellshock (CVE-2014-6271)", Severity::kMedium, Severity::kHigh};
    case WebAttack::kNone:
      break;
  }
  return {"web_scanner", "scanning", Severity::kLow, Severity::kLow};
}

// Most requests hold none of these, and no attack is without one.
bool may_be_attack(std::string_view target) {
  return target.find_first_of("%'\"<>();|`$.:\\ ") != std::string_view::npos;
}

// The value of the field that is odd (decode/http1.h), without its name.
std::string field_text(const HandshakeView& handshake) {
  const std::string_view field = text_of_fact(handshake.handshake, "odd_field");
  const std::size_t colon = field.find(": ");
  return colon == std::string_view::npos ? std::string() : web_text(field.substr(colon + 2), false);
}

}  // namespace

void WebAttacks::take(const HandshakeView& handshake) {
  if (handshake.handshake.app != "http") return;
  const std::string_view target = text_of_fact(handshake.handshake, "path");
  const std::string_view agent = text_of_fact(handshake.handshake, "user_agent");
  if (target.empty()) return;
  const auto status = number_of_fact(handshake.handshake, "status");
  const bool succeeded = status && *status >= 200 && *status < 300;

  WebRequest request;
  if (may_be_attack(target)) {
    const std::size_t question = target.find('?');
    std::string_view path = target.substr(0, question);
    if (const std::size_t scheme = path.find("://"); scheme < 8)
      path.remove_prefix(std::min(path.find('/', scheme + 3), path.size()));
    request.path = web_text(path, false);
    if (question != std::string_view::npos) request.query = web_text(target.substr(question + 1), true);
  }
  request.fields = web_text(agent, false) + "\n" +
                   web_text(text_of_fact(handshake.handshake, "referer"), false) + "\n" +
                   web_text(text_of_fact(handshake.handshake, "host"), false) + "\n" + field_text(handshake);

  if (const WebAttackFound found = web_attack_in(request); found.attack != WebAttack::kNone) {
    const Kind kind = kind_of(found.attack);
    count(handshake, kind.detector, static_cast<std::uint32_t>(found.attack),
          succeeded ? kind.succeeded : kind.tried, succeeded,
          fmt::format("{}: {} in {}", kind.name, in_quotes(found.pattern), in_quotes(target, 160)));
  }
  const std::string_view lines = request.fields;
  if (const auto scanner = web_scanner(lines.substr(0, lines.find('\n'))); !scanner.empty())
    count(handshake, "web_scanner", 0, Severity::kLow, succeeded,
          fmt::format("a scanner's requests: user agent {}", in_quotes(agent)));
}

void WebAttacks::count(const HandshakeView& handshake, std::string_view detector, std::uint32_t attack,
                       Severity severity, bool succeeded, std::string_view what) {
  Attempts& attempts = attempts_.at(service_of(handshake.flow, attack));
  Finding finding = finding_about(handshake.flow, detector, FindingKind::kAnomaly, severity);
  if (attempts.requests == 0) attempts.first = handshake.time;
  attempts.requests++;
  if (succeeded) attempts.succeeded++;
  if (attempts.flow != &handshake.flow) {
    attempts.flow = &handshake.flow;
    attempts.packets += finding.packets;
    attempts.bytes += finding.bytes;
  }
  finding.first = attempts.first;
  finding.packets = attempts.packets;
  finding.bytes = attempts.bytes;
  finding.score = static_cast<double>(attempts.requests);
  finding.why =
      fmt::format("{} ({} between {}, {} answered with success)", what,
                  attempts.requests == 1 ? "1 request" : fmt::format("{} requests", attempts.requests),
                  flow_ends_text(handshake.flow), attempts.succeeded);
  raise(std::move(finding));
}

}  // namespace vedette
