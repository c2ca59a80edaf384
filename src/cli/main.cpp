// vedette: the command line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/version.h"
#include "cli/capture_command.h"
#include "cli/doctor_command.h"
#include "cli/read_command.h"
#include "cli/watch_command.h"

int main(int argc, char** argv) {
  CLI::App app("See, explain and keep out: packets told by eBPF, live and from capture files", "vedette");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("vedette {}", vedette::kVersion));
  int status = 0;
  vedette::ReadRequest read;
  vedette::add_read_command(app, read, status);
  vedette::DoctorRequest doctor;
  vedette::add_doctor_command(app, doctor, status);
  vedette::WatchRequest watch;
  vedette::add_watch_command(app, watch, status);
  vedette::CaptureRequest capture;
  vedette::add_capture_command(app, capture, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
}
