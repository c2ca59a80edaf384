// Waits for what an export's own thread does.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "sensor/subscriber.h"

namespace vedette::tests {

inline constexpr std::chrono::seconds kPatience{20};  // of a loaded machine

// The status once it says so, or after that long.
inline ExportStatus becomes(const Subscriber& of, const std::function<bool(const ExportStatus&)>& so) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!so(*of.export_status()) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return *of.export_status();
}

}  // namespace vedette::tests
