#include "cli/doctor_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "cli/command.h"
#include "doctor/examination.h"
#include "doctor/report.h"

namespace vedette {

namespace {

// Colours for a terminal alone, unless nobody wants any (no-color.org).
bool wants_color(const DoctorRequest& request) {
  return !request.no_color && std::getenv("NO_COLOR") == nullptr && isatty(STDOUT_FILENO) != 0;
}

}  // namespace

void add_doctor_command(CLI::App& app, DoctorRequest& request, int& status) {
  CLI::App* command = app.add_subcommand("doctor", "What this kernel and machine allow, and why not more");
  command->add_option("--format", request.format, "Form of the output")
      ->check(one_of({"table", "json", "csv"}))
      ->capture_default_str();
  command->add_flag("--no-color", request.no_color, "No colours");
  command->callback([&request, &status] { status = run_doctor(request); });
}

int run_doctor(const DoctorRequest& request) {
  const std::vector<Fact> facts = examine();
  fmt::memory_buffer out;
  if (request.format == "json")
    append_facts_json(out, facts);
  else if (request.format == "csv")
    append_facts_csv(out, facts);
  else
    append_facts_table(out, facts, wants_color(request));
  if (const int status = print({out.data(), out.size()}); status != 0) return status;
  return facts.back().state == FactState::kOn ? 0 : 1;
}

}  // namespace vedette
