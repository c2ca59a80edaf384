#include "detect/metadata_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "decode/handshake_facts.h"
#include "detect/flow_finding.h"
#include "detect/quoted_text.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr std::uint8_t kIpv4[4] = {169, 254, 169, 254};
constexpr std::uint8_t kIpv6[16] = {0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54};

bool is_metadata_service(const vdt_flow_key& key) {
  if (key.protocol != VDT_IP_TCP) return false;
  return key.ip_version == 4 ? std::memcmp(key.dst.bytes, kIpv4, sizeof(kIpv4)) == 0
                             : key.ip_version == 6 && std::memcmp(key.dst.bytes, kIpv6, sizeof(kIpv6)) == 0;
}

// Where AWS, Google, Azure and Alibaba give credentials away.
constexpr std::string_view kSecrets[] = {"/iam/security-credentials", "/service-accounts/", "/oauth2/token",
                                         "/ram/security-credentials", "/user-data"};

}  // namespace

void MetadataService::take(const FlowStep& step) {
  if (!step.begins || !is_metadata_service(step.flow.key)) return;
  Finding finding = finding_about(step.flow, "metadata_service", FindingKind::kAnomaly, Severity::kInfo);
  finding.why = fmt::format("{} asks the cloud's metadata service",
                            prefix_text(host(step.flow.key.src, step.flow.key.ip_version)));
  raise(std::move(finding));
}

void MetadataService::take(const HandshakeView& handshake) {
  if (handshake.handshake.app != "http" || !is_metadata_service(handshake.flow.key)) return;
  const std::string_view path = text_of_fact(handshake.handshake, "path");
  const bool secret = std::ranges::any_of(
      kSecrets, [&](std::string_view part) { return path.find(part) != std::string_view::npos; });
  Finding finding = finding_about(handshake.flow, "metadata_service", FindingKind::kAnomaly,
                                  secret ? Severity::kMedium : Severity::kLow);
  finding.why =
      fmt::format("{} asks the cloud's metadata service for {}",
                  prefix_text(host(handshake.flow.key.src, handshake.flow.key.ip_version)), in_quotes(path));
  raise(std::move(finding));
}

}  // namespace vedette
