// A finding as a syslog message: RFC 5424 for what goes over a network, and the older form that syslog(3)
// gives to the local socket, which is what its readers there expect.
#pragma once

#include <string>
#include <string_view>

#include "detect/finding.h"

namespace vedette {

// Who says it.
struct SyslogSender {
  std::string host = "-";  // RFC 5424's HOSTNAME
  int pid = 0;
};

// Of this process.
[[nodiscard]] SyslogSender this_sender();

// "<PRI>1 TIME HOST vedetted PID KIND - @cee: {…}", in ASCII alone: the finding's JSON with all else escaped.
[[nodiscard]] std::string syslog_message(const Finding& finding, const SyslogSender& sender);
// "<PRI>Mmm dd hh:mm:ss vedetted[PID]: @cee: {…}".
[[nodiscard]] std::string local_syslog_message(const Finding& finding, const SyslogSender& sender);

// JSON with what isn't ASCII as \uXXXX. `json` is UTF-8.
[[nodiscard]] std::string ascii_json(std::string_view json);

}  // namespace vedette
