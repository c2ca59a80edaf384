#include "cli/interfaces_command.h"

#include <charconv>

#include "base/human_text.h"
#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/record_output.h"

namespace vedette {

namespace {

std::string bytes_shown(std::string_view text) {
  std::uint64_t bytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes_text(bytes);
}

constexpr Column kColumns[] = {
    {.member = "name", .title = "INTERFACE", .width = 15},
    {.member = "ifindex"},
    {.member = "ingress", .title = "INGRESS", .width = 11},
    {.member = "egress", .title = "EGRESS", .width = 6},
    {.member = "in.packets", .title = "IN PACKETS", .width = 12, .right = true},
    {.member = "in.bytes", .title = "BYTES", .width = 9, .right = true, .show = bytes_shown},
    {.member = "in.lost_packets", .title = "LOST", .width = 6, .right = true},
    {.member = "in.blocked_packets", .title = "BLOCKED", .width = 8, .right = true},
    {.member = "in.rule_dropped_packets", .title = "BY RULES", .width = 8, .right = true},
    {.member = "unseen.missed_packets"},
    {.member = "unseen.error_packets"},
    {.member = "unseen.dropped_packets"},
    {.member = "out.packets", .title = "OUT PACKETS", .width = 12, .right = true},
    {.member = "out.bytes", .title = "BYTES", .width = 9, .right = true, .show = bytes_shown},
    {.member = "out.lost_packets", .title = "LOST", .width = 6, .right = true},
    {.member = "why", .title = "WHY", .width = 3},
};

}  // namespace

int run_interfaces(const InterfacesRequest& request) {
  const auto answer = ApiClient(request.answer.socket).get("/v1/interfaces");
  if (!answer) return complain(answer.error());
  if (request.answer.quiet) return 0;
  RecordOutput output(stdout, *output_format(request.answer.format), kColumns);
  for_each_element(json_member(*answer, "interfaces"), [&](std::string_view one) { output.add(one); });
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

void add_interfaces_command(CLI::App& app, InterfacesRequest& request, int& status) {
  CLI::App* command =
      app.add_subcommand("interfaces", "Tell where the sensor is attached, how, and what came");
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_interfaces(request); });
}

}  // namespace vedette
