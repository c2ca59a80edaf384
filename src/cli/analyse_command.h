// `vedette analyse KIND`: what of the stored history a person should look at.
#pragma once

#include <map>
#include <string>

#include "cli/command.h"

namespace vedette {

struct AnalyseRequest {
  std::string kind;                           // as the API's path has it: "movers"
  std::map<std::string, std::string> values;  // of the API's parameters, those that were given
  AnswerOptions answer;
};

[[nodiscard]] int run_analyse(const AnalyseRequest& request);

void add_analyse_command(CLI::App& app, AnalyseRequest& request, int& status);

}  // namespace vedette
