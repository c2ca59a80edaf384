#include "gateway/audit_log.h"

#include <fcntl.h>

#include <utility>

namespace vedette {

AuditLog::AuditLog(const StateFolder& folder, Options options)
    : log_({.file = folder.file(kFile),
            .mode = 0600,
            .flags = O_NOFOLLOW,
            .synced = true,
            .file_bytes = options.file_bytes,
            .files = options.files,
            .kept = options.kept,
            .unwritten_means = "who asks is told by /auth/audit alone, and counted",
            .note = std::move(options.note)}) {}

void AuditLog::write(JsonWriter& json, const Asked& by) {
  if (by.caller) json.field(caller_kind_name(by.caller->kind), std::string_view(by.caller->id));
  if (!by.client.empty()) json.field("client_ip", std::string_view(by.client));
}

}  // namespace vedette
