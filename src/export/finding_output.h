// Findings on their way out: to a syslog server or the local log, into a file of JSON lines, to a URL. Each
// output has a bounded queue and a thread of its own: one that hangs or fails holds up nobody, and what it
// leaves untold is counted.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "export/finding_target.h"
#include "sensor/subscriber.h"

namespace vedette {

struct FindingOutputOptions {
  std::size_t queue = 1000;                      // findings that wait at most
  std::chrono::milliseconds last_words{2'000};   // for what waits at the end
  std::chrono::seconds timeout{10};              // of a try at a URL
  std::function<void(const std::string&)> note;  // a line for the log, from the output's thread
};

// Subscriber's calls as that says; stop() from any thread.
class FindingOutput : public Subscriber {
 public:
  // Told what waits, as far as there is time, and ends.
  virtual void stop() = 0;
};

// Unusable where a file can't be opened, failed where libcurl isn't there for a URL.
[[nodiscard]] Result<std::unique_ptr<FindingOutput>> make_finding_output(FindingTarget target,
                                                                         FindingOutputOptions options);

}  // namespace vedette
