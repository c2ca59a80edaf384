// What flows are exported by, to one collector or cluster.
#pragma once

#include <memory>

#include "sensor/subscriber.h"

namespace vedette {

class FlowOutput : public Subscriber {
 public:
  // Sends what waits, as far as there is time, and ends. From any thread.
  virtual void stop() = 0;
};

}  // namespace vedette
