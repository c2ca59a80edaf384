// What takes one finding's text after another, and says whether it did.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/error.h"
#include "export/finding_target.h"

namespace vedette {

// One thread, but for the flag that it looks at while it waits.
class LineSink {
 public:
  virtual ~LineSink() = default;
  // Failed where it was not taken; busy where it may be later.
  [[nodiscard]] virtual Result<void> put(const std::string& text) = 0;
};

// By UDP a datagram each (RFC 5426); by TCP each with its length before it (RFC 6587 §3.4.1), and busy while
// the server is away.
[[nodiscard]] std::unique_ptr<LineSink> make_syslog_sink(const FindingTarget& target,
                                                         const std::atomic<bool>& stopping);
// The socket that syslog(3) writes to.
[[nodiscard]] std::unique_ptr<LineSink> make_local_log_sink(const std::string& path);
// A line each, whole or not at all; opened anew where the file was moved or removed. Unusable where it can't
// be opened now.
[[nodiscard]] Result<std::unique_ptr<LineSink>> make_file_sink(const std::string& path);

// A message each, which counts once the brokers have acknowledged it; tried until then, or until `stopping`.
// Keyed by this host's name, so that they keep their order. Unusable where librdkafka refuses a property.
[[nodiscard]] Result<std::unique_ptr<LineSink>> make_kafka_sink(const FindingTarget& target,
                                                                const std::atomic<bool>& stopping);

}  // namespace vedette
