#include "cli/policy_command.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <utility>

#include "act/lock_out.h"
#include "base/human_text.h"
#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/policy_report.h"
#include "cli/record_output.h"
#include "policy/policy_file.h"

namespace vedette {

namespace {

constexpr const char* kPath = "/v1/policy";
constexpr const char* kShadowPath = "/v1/policy/shadow";
constexpr const char* kRunning = "running";
constexpr const char* kShadow = "shadow";

std::string ssh_connection() {
  const char* connection = std::getenv("SSH_CONNECTION");
  return connection ? connection : "";
}

// Whoever must stay able to work on this host, the one who runs the command among them.
std::vector<KeptPeer> all_kept() {
  std::vector<KeptPeer> kept = kept_peers();
  if (const auto own = operator_session(ssh_connection())) kept.insert(kept.begin(), *own);
  return kept;
}

int run_check(const PolicyRequest& request) {
  const auto text = policy_file_text(request.file);
  if (!text) return complain(text.error());
  const ReadPolicy read = parse_policy(*text);
  const bool json = request.format == "json";
  if (!read.flaws.empty()) {
    if (!json) return complain(flaws_error(read.flaws, request.file));
    const int told = print(flaws_json(read.flaws));
    return told == 0 ? 2 : told;
  }
  const PolicyExplanation explanation = explain(read.policy, all_kept());
  return print(json ? explanation_json(explanation) : explanation_text(explanation, request.file));
}

// A policy that the sensor has, as it was given; empty where there is none.
Result<std::string> sensors_text(const char* path, const std::string& socket) {
  const auto answer = ApiClient(socket).get(path);
  if (!answer) return std::unexpected(answer.error());
  return json_member_exact(*answer, "policy");
}

Result<Policy> policy_from(const std::string& file, const std::string& socket) {
  const bool sensors = file == kRunning || file == kShadow;
  const auto text =
      sensors ? sensors_text(file == kShadow ? kShadowPath : kPath, socket) : policy_file_text(file);
  if (!text) return std::unexpected(text.error());
  if (sensors && text->empty()) return Policy();
  return read_policy(*text, file);
}

int run_diff(const PolicyRequest& request) {
  const auto from = policy_from(request.file, request.socket);
  if (!from) return complain(from.error());
  const auto to = policy_from(request.other, request.socket);
  if (!to) return complain(to.error());
  const auto found = differences(*from, *to);
  return print(request.format == "json" ? differences_json(found) : differences_text(found));
}

int run_apply(const PolicyRequest& request) {
  auto text = policy_file_text(request.file);
  if (!text) return complain(text.error());
  if (const auto policy = read_policy(*text, request.file); !policy) return complain(policy.error());
  if (request.observe) {
    const auto answer = ApiClient(request.socket).send("PUT", kShadowPath, *text);
    return answer ? 0 : complain(answer.error());
  }
  const auto answer =
      ApiClient(request.socket)
          .send("PUT",
                ApiClient::target(kPath,
                                  {{"confirm_s", request.confirm == 0 ? "" : std::to_string(request.confirm)},
                                   {"force", request.force ? "true" : ""},
                                   {"operator", ssh_connection()}}),
                *text);
  if (!answer) return complain(answer.error());
  if (request.confirm == 0) return 0;
  fmt::print(stderr, "in force; rolled back in {} s unless confirmed: vedette policy confirm\n",
             request.confirm);
  return 0;
}

int run_post(const PolicyRequest& request, const char* path) {
  const auto answer = ApiClient(request.socket).send("POST", path);
  return answer ? 0 : complain(answer.error());
}

// A comment for each entry of the protocol policy.
std::string protocol_counts(std::string_view protocols) {
  std::string text;
  for_each_element(protocols, [&](std::string_view one) {
    text +=
        fmt::format("# {}: {} flows refused or observed, {} packets dropped\n", json_member_text(one, "name"),
                    json_member(one, "flows"), json_member(one, "dropped_packets"));
  });
  return text;
}

int run_show(const PolicyRequest& request) {
  const auto answer = ApiClient(request.socket).get(request.shadow ? kShadowPath : kPath);
  if (!answer) return complain(answer.error());
  if (request.format == "json") return print(*answer + "\n");
  std::string text = json_member_exact(*answer, "policy");
  if (text.empty()) return print(request.shadow ? "# there is no shadow\n" : "# no policy is in force\n");
  if (const auto until = json_member(*answer, "confirm_until_ns"); !until.empty()) {
    const Nanoseconds end(std::strtoll(std::string(until).c_str(), nullptr, 10));
    const auto left =
        std::chrono::ceil<std::chrono::seconds>(end - std::chrono::system_clock::now().time_since_epoch());
    text = fmt::format("# not confirmed yet: rolled back in {} s\n{}",
                       std::max<std::int64_t>(left.count(), 0), text);
  }
  if (!text.ends_with('\n')) text += '\n';
  return print(text + protocol_counts(json_member(*answer, "protocols")));
}

std::string bytes_shown(std::string_view text) {
  return bytes_text(std::strtoull(std::string(text).c_str(), nullptr, 10));
}

constexpr Column kColumns[] = {
    {.member = "name", .title = "RULE", .width = 24},
    {.member = "packets", .title = "PACKETS", .width = 12, .right = true},
    {.member = "bytes", .title = "BYTES", .width = 9, .right = true, .show = bytes_shown},
    {.member = "dropped_packets", .title = "DROPPED", .width = 12, .right = true},
    {.member = "dropped_bytes", .title = "BYTES", .width = 9, .right = true, .show = bytes_shown},
    {.member = "done_packets", .title = "DONE", .width = 12, .right = true},
};

int print_counts(const PolicyRequest& request, const char* path) {
  const auto answer = ApiClient(request.rules.socket).get(path);
  if (!answer) return complain(answer.error());
  if (request.rules.quiet) return 0;
  RecordOutput output(stdout, *output_format(request.rules.format), kColumns);
  for_each_element(json_member(*answer, "rules"), [&](std::string_view one) { output.add(one); });
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

int run_shadow(const PolicyRequest& request) {
  if (!request.end) return print_counts(request, kShadowPath);
  const auto answer = ApiClient(request.rules.socket).send("DELETE", kShadowPath);
  return answer ? 0 : complain(answer.error());
}

// Its value's default is that of the command that was called, as they share the request.
void add_format(CLI::App& command, PolicyRequest& request, const std::string& usual) {
  command.add_option("--format", request.format, usual + " or json")
      ->check(one_of({usual, "json"}))
      ->default_str(usual);
}

CLI::App* add(CLI::App& policy, const char* name, const char* meaning) {
  return policy.add_subcommand(name, meaning);
}

void add_file(CLI::App& command, const char* name, std::string& file, const char* meaning) {
  command.add_option(name, file, meaning)->required()->type_name("FILE");
}

void add_offline_commands(CLI::App& policy, PolicyRequest& request, int& status) {
  CLI::App* command =
      add(policy, "check", "Explain each rule of a file and warn of what is doubtful; change nothing");
  add_file(*command, "file", request.file, "The policy");
  add_format(*command, request, "text");
  command->callback([&request, &status] { status = run_check(request); });

  command = add(policy, "diff", "Tell by name what came, went, changed and moved from one policy to another");
  add_file(*command, "from", request.file,
           "A policy; \"running\": the one in force; \"shadow\": the one that only counts");
  add_file(*command, "to", request.other, "Another, or one of these");
  add_format(*command, request, "text");
  add_socket_option(*command, request.socket);
  command->callback([&request, &status] { status = run_diff(request); });
}

void add_online_commands(CLI::App& policy, PolicyRequest& request, int& status) {
  CLI::App* command = add(policy, "apply", "Put a policy into force in place of the one before");
  add_file(*command, "file", request.file, "The policy");
  CLI::Option* observe =
      command->add_flag("--observe", request.observe,
                        "As a shadow: count what it would do, beside the policy in force, which stays");
  command
      ->add_option("--confirm", request.confirm,
                   "Roll back after that long (60s, 10m) unless `vedette policy confirm` comes before")
      ->excludes(observe)
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"s", 1}, {"m", 60}, {"h", 3600}},
                                CLI::AsNumberWithUnit::CASE_SENSITIVE, "DURATION"))
      ->check(CLI::PositiveNumber);
  command
      ->add_flag("--force", request.force,
                 "Also where it cuts off this host itself, its gateway, its resolver or an SSH session")
      ->excludes(observe);
  add_socket_option(*command, request.socket);
  command->callback([&request, &status] { status = run_apply(request); });

  command = add(policy, "confirm", "Keep the policy that was applied with --confirm");
  add_socket_option(*command, request.socket);
  command->callback([&request, &status] { status = run_post(request, "/v1/policy/confirm"); });

  command = add(policy, "rollback", "Go back to the policy before");
  add_socket_option(*command, request.socket);
  command->callback([&request, &status] { status = run_post(request, "/v1/policy/rollback"); });

  command = add(policy, "show", "Print the policy in force");
  command->add_flag("--shadow", request.shadow, "The one applied with --observe instead");
  add_format(*command, request, "yaml");
  add_socket_option(*command, request.socket);
  command->callback([&request, &status] { status = run_show(request); });

  command = add(policy, "rules", "Tell what each rule in force has decided on");
  add_answer_options(*command, request.rules);
  command->callback([&request, &status] { status = print_counts(request, kPath); });

  command = add(policy, "shadow", "Tell what each rule of the policy applied with --observe would have done");
  command->add_flag("--end", request.end, "End it instead");
  add_answer_options(*command, request.rules);
  command->callback([&request, &status] { status = run_shadow(request); });
}

}  // namespace

void add_policy_command(CLI::App& app, PolicyRequest& request, int& status) {
  CLI::App* policy =
      app.add_subcommand("policy", "Check, compare and apply a policy: who and what may come in");
  policy->require_subcommand(1);
  add_offline_commands(*policy, request, status);
  add_online_commands(*policy, request, status);
}

}  // namespace vedette
