// vedetted: the sensor, to be started by a service manager.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "base/version.h"
#include "daemon/daemon.h"
#include "daemon/daemon_options.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Tells every packet that comes into this host, and serves that on a Unix socket", "vedetted");
  app.set_version_flag("--version", fmt::format("vedetted {}", vedette::kVersion));
  vedette::DaemonOptions options;
  vedette::add_daemon_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "vedetted: {} (vedetted --help lists the options)\n", error.what());
    return 2;
  }
  return vedette::run_daemon(options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // memory that isn't there
    std::fputs("vedetted: ", stderr);
    std::fputs(error.what(), stderr);
    std::fputs("\n", stderr);
    return 1;
  }
}
