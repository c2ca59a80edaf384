#include "cli/hooks_command.h"

#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/record_output.h"

namespace vedette {

namespace {

constexpr Column kColumns[] = {
    {.member = "kind", .title = "HOOK", .width = 7},
    {.member = "told", .title = "TOLD", .width = 8, .right = true},
    {.member = "failed", .title = "FAILED", .width = 8, .right = true},
    {.member = "dropped", .title = "DROPPED", .width = 8, .right = true},
    {.member = "waiting", .title = "WAITING", .width = 7, .right = true},
    {.member = "target", .title = "TARGET", .width = 32},
    {.member = "error", .title = "ERROR", .width = 5},
};

}  // namespace

int run_hooks(const HooksRequest& request) {
  const auto answer = ApiClient(request.answer.socket).get("/v1/hooks");
  if (!answer) return complain(answer.error());
  if (request.answer.quiet) return 0;
  RecordOutput output(stdout, *output_format(request.answer.format), kColumns);
  for_each_element(json_member(*answer, "hooks"), [&](std::string_view one) { output.add(one); });
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

void add_hooks_command(CLI::App& app, HooksRequest& request, int& status) {
  CLI::App* command = app.add_subcommand("hooks", "Tell what programs and URLs were told of findings");
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_hooks(request); });
}

}  // namespace vedette
