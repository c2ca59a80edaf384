// One frame of AMQP 0-8 to 0-9-1 (AMQP 0-9-1 §4.2.3) as it can stand first in a direction: a method's, or a
// heartbeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vedette {

struct AmqpFrame {
  enum class State : std::uint8_t { kForeign, kMore, kWhole };

  State state = State::kForeign;
  std::size_t need = 0;          // kMore: bytes at which looking again is of use
  std::uint16_t type_class = 0;  // 10 is the connection's; 0 of a heartbeat
  std::uint16_t method = 0;
  std::span<const std::uint8_t> arguments;  // the method's
};

// The frame at the beginning of `bytes`.
[[nodiscard]] AmqpFrame parse_amqp_frame(std::span<const std::uint8_t> bytes);

// "RabbitMQ 3.8.9": a field table's (§4.2.5.5) "product" and "version".
[[nodiscard]] std::string amqp_software(std::span<const std::uint8_t> table);

}  // namespace vedette
