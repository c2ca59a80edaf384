// What flows are exported by, to one collector or cluster.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "export/export_target.h"
#include "sensor/subscriber.h"

namespace vedette {

class FlowOutput : public Subscriber {
 public:
  // Sends what waits, as far as there is time, and ends. From any thread.
  virtual void stop() = 0;
};

// Begins to send. `note` gets a line for the log, from the output's thread. Unusable where librdkafka refuses
// a property of a Kafka target.
[[nodiscard]] Result<std::unique_ptr<FlowOutput>> make_flow_output(
    ExportTarget target, std::function<void(const std::string&)> note);

}  // namespace vedette
