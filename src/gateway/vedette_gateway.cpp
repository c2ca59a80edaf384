// vedette-gateway: the door to the sensor for people and programs on other hosts.
#include <fmt/format.h>

#include "base/version.h"
#include "gateway/gateway_options.h"
#include "gateway/run_gateway.h"

int main(int argc, char** argv) {
  CLI::App app("Serves the sensor's API and the web interface by TLS, to whoever signs in or has a key",
               "vedette-gateway");
  app.set_version_flag("--version", fmt::format("vedette-gateway {}", vedette::kVersion));
  vedette::GatewayOptions options;
  vedette::add_gateway_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "vedette-gateway: {} (vedette-gateway --help lists the options)\n", error.what());
    return 2;
  }
  return vedette::run_gateway(options);
}
