#include "act/audit_trail.h"

#include <utility>

namespace vedette {

namespace {

EventLogOptions log_options(AuditOptions options) {
  if (!options.file.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(options.file.parent_path(), ignored);
  }
  return {.file = std::move(options.file),
          .file_bytes = options.file_bytes,
          .files = options.files,
          .kept = options.kept,
          .unwritten_means = "what changes is told by the API alone, and counted",
          .note = std::move(options.note)};
}

}  // namespace

std::string_view actor_kind_name(ActorKind kind) {
  constexpr std::string_view kNames[] = {"sensor", "operator", "signal", "finding",
                                         "policy", "feed",     "time",   "gateway"};
  return kNames[static_cast<std::size_t>(kind)];
}

AuditTrail::AuditTrail(AuditOptions options) : log_(log_options(std::move(options))) {}

void AuditTrail::write(JsonWriter& json, const Actor& by) {
  json.field("by", actor_kind_name(by.kind));
  if (by.uid) json.field("uid", *by.uid);
  if (by.login_uid) json.field("login_uid", *by.login_uid);
  if (by.pid) json.field("pid", *by.pid);
  if (!by.finding.empty()) json.field("finding", std::string_view(by.finding));
  if (!by.session.empty()) json.field("session", std::string_view(by.session));
  if (!by.key.empty()) json.field("key", std::string_view(by.key));
  if (by.client) json.field("client_ip", std::string_view(prefix_text(*by.client)));
}

}  // namespace vedette
