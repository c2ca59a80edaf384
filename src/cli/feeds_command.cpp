#include "cli/feeds_command.h"

#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/record_output.h"

namespace vedette {

namespace {

constexpr Column kColumns[] = {
    {.member = "name", .title = "FEED", .width = 16},
    {.member = "networks", .title = "NETWORKS", .width = 8, .right = true},
    {.member = "domains", .title = "DOMAINS", .width = 7, .right = true},
    {.member = "url_hosts", .title = "URLS", .width = 5, .right = true},
    {.member = "ja3", .title = "JA3", .width = 5, .right = true},
    {.member = "ja4", .title = "JA4", .width = 5, .right = true},
    {.member = "skipped", .title = "SKIPPED", .width = 7, .right = true},
    {.member = "bad", .title = "BAD", .width = 5, .right = true},
    {.member = "packets", .title = "PACKETS", .width = 12, .right = true},
    {.member = "bytes"},
    {.member = "format"},
    {.member = "observe"},
    {.member = "skips"},
    {.member = "bad_lines"},
    {.member = "last_try_ns"},
    {.member = "http_status", .title = "HTTP", .width = 4, .right = true},
    {.member = "last_success_ns"},
    {.member = "next_try_ns"},
    {.member = "source", .title = "SOURCE", .width = 24},
    {.member = "error", .title = "ERROR", .width = 5},
};

}  // namespace

int run_feeds(const FeedsRequest& request) {
  const auto answer = ApiClient(request.answer.socket).get("/v1/feeds");
  if (!answer) return complain(answer.error());
  if (request.answer.quiet) return 0;
  RecordOutput output(stdout, *output_format(request.answer.format), kColumns);
  for_each_element(json_member(*answer, "feeds"), [&](std::string_view one) { output.add(one); });
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

void add_feeds_command(CLI::App& app, FeedsRequest& request, int& status) {
  CLI::App* command =
      app.add_subcommand("feeds", "Tell what each feed has, when it was read, what it has hit");
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_feeds(request); });
}

}  // namespace vedette
