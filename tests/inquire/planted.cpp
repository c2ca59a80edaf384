#include "tests/inquire/planted.h"

#include <cmath>
#include <cstring>

#include "abi/counters.h"
#include "packet/client_fingerprint.h"
#include "packet/spoken.h"

namespace vedette::tests {

namespace {

vdt_address address(std::uint8_t network, std::uint8_t host) {
  const std::uint8_t bytes[4] = {10, 0, network, host};
  vdt_address made{};
  std::memcpy(made.bytes, bytes, sizeof(bytes));
  return made;
}

void name(std::array<char, 16>& field, const char* text) {
  std::strncpy(field.data(), text, field.size() - 1);
}

}  // namespace

void put(Store& store, const PlantedFlow& planted) {
  FlowRow row;
  row.src = address(0, planted.from);
  row.dst = address(planted.network, planted.to);
  row.src_port = 40'000;
  row.dst_port = planted.port;
  row.has_ports = true;
  row.protocol = 6;
  row.time = planted.time;
  row.first = planted.time - std::chrono::milliseconds(20);
  row.packets = planted.packets;
  row.bytes = planted.bytes;
  row.retransmits = static_cast<std::uint32_t>(planted.retransmits);
  row.handshake_rtt_us = planted.handshake_rtt_us;
  row.fingerprint = client_fingerprint_number(planted.fingerprint);
  row.dropped_packets = planted.dropped;
  row.dropped_bytes = planted.dropped * 60;
  row.spoken = spoken_number(planted.app, planted.app_version, "");
  if (*planted.country != 0) row.src_country = {planted.country[0], planted.country[1]};
  if (*planted.process != 0) {
    row.texts = std::make_unique<FlowTexts>();
    row.texts->process = planted.process;
    row.pid = 100;
  }
  name(row.interface, planted.interface);
  store.put(std::move(row));
}

void put(Store& store, const PlantedTraffic& planted) {
  constexpr Nanoseconds kDay = std::chrono::days(1);
  std::uint64_t state = 88172645463325252ULL;
  for (Nanoseconds time = planted.begin; time < planted.end; time += planted.step) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const auto hour = time % kDay / std::chrono::hours(1);
    const auto days = static_cast<double>((time - planted.begin) / kDay);
    double bytes =
        (hour >= 7 && hour < 20 ? 100'000 : 10'000) * (1 + static_cast<double>(state % 200) / 1000);
    bytes *= std::chrono::duration<double>(planted.step) / std::chrono::minutes(5);
    bytes *= 1 + planted.growth * days;
    if (time >= planted.end - planted.lasting) bytes *= planted.factor;
    InterfaceRow row;
    row.time = time + std::chrono::seconds(1);
    row.direction = VDT_DIRECTION_IN;
    row.bytes = static_cast<std::uint64_t>(bytes);
    row.packets = row.bytes / 1000;
    name(row.interface, planted.interface);
    store.put(row);
  }
}

}  // namespace vedette::tests
