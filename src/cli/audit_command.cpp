#include "cli/audit_command.h"

#include "cli/api_client.h"
#include "cli/paged_answer.h"
#include "cli/read_columns.h"

namespace vedette {

int run_audit(const AuditRequest& request) {
  const auto target = [](const std::string& cursor) {
    return ApiClient::target("/v1/audit", {{"cursor", cursor}});
  };
  return tell_pages({.target = target,
                     .list = "events",
                     .columns = audit_columns(),
                     .follow = request.follow,
                     .answer = request.answer});
}

void add_audit_command(CLI::App& app, AuditRequest& request, int& status) {
  CLI::App* command = app.add_subcommand("audit", "Tell who changed what passes and drops, and when");
  command->add_flag("--follow", request.follow, "Go on with what changes from now on");
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_audit(request); });
}

}  // namespace vedette
