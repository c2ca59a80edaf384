// What commands share: the contract's common options, and where results and complaints go. Before all
// commands, behind nothing but the base.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vedette {

// How a command that asks the sensor tells its answer.
struct AnswerOptions {
  std::string format = "table";  // table, json, csv
  std::string socket;            // of the sensor's API
  bool quiet = false;            // nothing on standard output; the exit status alone
};

// Declares --format, --socket (VEDETTE_SOCKET) and --quiet; `options` must outlive the parsing.
void add_answer_options(CLI::App& command, AnswerOptions& options);

// Declares --socket alone, for commands with formats of their own.
void add_socket_option(CLI::App& command, std::string& socket);

// Has every command that doesn't know them take --no-color and --quiet, so that scripts may give them to all;
// they stand in no --help of theirs.
void take_common_flags(CLI::App& app, bool& ignored);

// Of an option: that its value is a number without a sign or a fraction.
[[nodiscard]] CLI::Validator whole_number();

// Of an option: that its value is one of `choices`, which --help and completions list.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& choices);

// Says on standard error what went wrong; the exit status that it asks for.
[[nodiscard]] int complain(const Error& error);

// Writes to standard output at once; the exit status, with a complaint where it takes no more.
[[nodiscard]] int print(std::string_view text);

}  // namespace vedette
