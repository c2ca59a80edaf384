// Facts planted into a store, of which everything is known.
#pragma once

#include <cstdint>
#include <string>

#include "store/row.h"
#include "store/store.h"

namespace vedette::tests {

// A TCP connection of 10.0.0.`from` with 10.0.`network`.`to`, over by `time`.
struct PlantedFlow {
  std::uint8_t from = 1, to = 1, network = 1;
  std::uint16_t port = 443;
  Nanoseconds time{};
  std::uint64_t bytes = 1000;
  const char* interface = "eth0";
  std::uint32_t handshake_rtt_us = 0;  // unknown
  std::uint64_t packets = 10, retransmits = 0;
  const char* fingerprint = "";  // the client's; empty: unknown, likewise the others
  const char* country = "";      // of the client, two letters
  const char *app = "", *app_version = "";
  const char* process = "";
  std::uint64_t dropped = 0;  // packets
};
void put(Store& store, const PlantedFlow& planted);

// What came in on an interface, a row each `step`: of five minutes by day 100 kB to 120 kB, a tenth of that
// by night (UTC), of which the latest `lasting` have `factor` times as much, and each day `growth` more than
// the one before.
struct PlantedTraffic {
  const char* interface = "eth0";
  Nanoseconds begin{}, end{};
  double factor = 1;
  Nanoseconds lasting{};
  double growth = 0;
  Nanoseconds step = std::chrono::minutes(5);
};
void put(Store& store, const PlantedTraffic& planted);

}  // namespace vedette::tests
