#include "cli/command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/api_client.h"

namespace vedette {

void add_socket_option(CLI::App& command, std::string& socket) {
  socket = kApiSocket;
  command.add_option("--socket", socket, "The sensor's socket")
      ->envname("VEDETTE_SOCKET")
      ->capture_default_str();
}

void add_answer_options(CLI::App& command, AnswerOptions& options) {
  command.add_option("--format", options.format, "table, json (an object a line) or csv")
      ->check(one_of({"table", "json", "csv"}))
      ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "Print nothing; the exit status tells");
  add_socket_option(command, options.socket);
}

void take_common_flags(CLI::App& app, bool& ignored) {
  for (CLI::App* command : app.get_subcommands({})) {
    take_common_flags(*command, ignored);
    for (const char* flag : {"--no-color", "--quiet"})
      if (command->get_option_no_throw(flag) == nullptr) command->add_flag(flag, ignored)->group("");
  }
}

CLI::Validator whole_number() {
  return {[](std::string& text) {
            const bool whole = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
            return whole ? std::string() : fmt::format("expected a whole number, found {}", text);
          },
          ""};
}

CLI::Validator one_of(const std::vector<std::string>& choices) {
  return {[choices](std::string& text) {
            if (std::find(choices.begin(), choices.end(), text) != choices.end()) return std::string();
            return fmt::format("expected {} or {}, found {}",
                               fmt::join(choices.begin(), choices.end() - 1, ", "), choices.back(), text);
          },
          fmt::format("{{{}}}", fmt::join(choices, ","))};
}

int complain(const Error& error) {
  fmt::print(stderr, "vedette: {}\n", error.text());
  return error.exit_status();
}

int print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return 0;
  return complain(
      {ErrorKind::kFailed, "standard output", std::string("can't be written: ") + std::strerror(errno), {}});
}

}  // namespace vedette
