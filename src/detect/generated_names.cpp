#include "detect/generated_names.h"

#include <fmt/format.h>

#include <functional>

#include "decode/handshake_facts.h"
#include "decode/text.h"
#include "detect/dns_zones.h"
#include "detect/flow_finding.h"
#include "detect/name_shape.h"
#include "detect/quoted_text.h"

namespace vedette {

namespace {

constexpr Nanoseconds kWindow = std::chrono::hours(1);
constexpr double kLook = 0.5;  // generated_look() of a name that counts
// Different domains that look generated and don't exist; families ask for 50 to 50,000 a day.
constexpr std::uint64_t kLeastGenerated = 10;
constexpr std::uint64_t kMany = 50;
constexpr std::uint64_t kShare = 2;  // at least one of so many missing ones looks generated

}  // namespace

void GeneratedNames::take(const HandshakeView& handshake) {
  if (handshake.handshake.app != "dns") return;
  const std::string_view rcode = text_of_fact(handshake.handshake, "rcode");
  if (rcode != "NXDOMAIN" && rcode != "NOERROR") return;
  const std::string_view name = text_of_fact(handshake.handshake, "query");
  const std::string_view registered = dns_parts(name).registered;
  if (registered.empty() || is_zone_of_data(name)) return;

  Asked& asked = hosts_.at({.source = handshake.flow.key.src, .ip_version = handshake.flow.key.ip_version});
  if (asked.begun == Nanoseconds{} || handshake.time - asked.begun > kWindow)
    asked = {.begun = handshake.time};
  const std::size_t bit = std::hash<std::string>{}(upper_case(registered)) % asked.seen.size();
  if (asked.seen.test(bit)) return;
  asked.seen.set(bit);
  if (rcode == "NOERROR") {
    asked.there++;
    return;
  }
  asked.missing++;
  const std::string_view label = registered.substr(0, registered.find('.'));
  if (generated_look(label) < kLook) return;
  asked.generated++;
  asked.example = registered;
  if (asked.generated < kLeastGenerated || asked.generated * kShare < asked.missing) return;

  Finding finding = finding_about(
      handshake.flow, "generated_names", FindingKind::kMaliciousDomain,
      asked.generated >= kMany && asked.missing > asked.there ? Severity::kHigh : Severity::kMedium);
  finding.slow = true;
  finding.first = asked.begun;
  finding.packets = std::max(finding.packets, asked.missing);
  finding.score = static_cast<double>(asked.generated);
  finding.threshold = kLeastGenerated;
  finding.why = fmt::format(
      "{} asked within {} s for {} domains that don't exist, {} of which look generated, such "
      "as {}; {} others exist",
      prefix_text(host(handshake.flow.key.src, handshake.flow.key.ip_version)),
      (handshake.time - asked.begun).count() / 1'000'000'000, asked.missing, asked.generated,
      in_quotes(asked.example), asked.there);
  raise(std::move(finding));
}

}  // namespace vedette
