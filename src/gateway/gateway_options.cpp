#include "gateway/gateway_options.h"

#include <fmt/format.h>

namespace vedette {

namespace {

// An option whose value is one of a few names.
template <typename Value>
void add_named(CLI::App& command, const std::string& option, Value& value,
               std::optional<Value> (*named)(std::string_view), const std::string& names,
               const std::string& otherwise, const std::string& meaning) {
  command
      .add_option_function<std::string>(
          option,
          [option, &value, named, names](const std::string& name) {
            const auto found = named(name);
            if (!found)
              throw CLI::ValidationError(option, fmt::format("expected one of {}, found {}", names, name));
            value = *found;
          },
          meaning)
      ->type_name(names)
      ->default_str(otherwise);
}

}  // namespace

void add_gateway_options(CLI::App& command, GatewayOptions& options) {
  command.add_option("--listen", options.listen, "Where it listens for TLS; may be given again")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  command.add_option("--socket", options.socket, "The sensor's socket")
      ->envname("VEDETTE_SOCKET")
      ->type_name("PATH")
      ->capture_default_str();
  command
      .add_option("--state", options.state,
                  "Folder of the password, the keys, the certificate and the audit log")
      ->type_name("PATH")
      ->capture_default_str();
  command.add_option("--web", options.web, "Folder of the web interface")->type_name("PATH");
  auto* certificate =
      command
          .add_option("--certificate", options.certificate,
                      "A certificate in PEM, with those that lead to its root (default: one of its own)")
          ->type_name("FILE");
  auto* key = command.add_option("--key", options.key, "The certificate's key in PEM")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command.add_option("--user", options.user, "Whom to become when root starts it (default: vedette-gateway)")
      ->type_name("USER");
  command.add_option("--connections", options.connections, "Connections at once at most")
      ->check(CLI::Range(1U, 65'536U))
      ->capture_default_str();
  command
      .add_option("--connections-a-client", options.connections_a_client, "Of these, of one address at most")
      ->check(CLI::Range(1U, 65'536U))
      ->capture_default_str();
  command.add_flag("--end-with-input", options.end_with_input, "End when standard input does");
  add_named<LogForm>(command, "--log", options.log_form, log_form, "text|json", "text",
                     "Form of the log on standard error");
  add_named<LogLevel>(command, "--log-level", options.log_level, log_level, "debug|info|warning|error",
                      "info", "Least level that is logged");
}

}  // namespace vedette
