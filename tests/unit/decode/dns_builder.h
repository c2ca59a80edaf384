// DNS messages for tests, as RFC 1035 §4.1 draws them.
#pragma once

#include <cstdint>
#include <string_view>

#include "decode/text.h"
#include "tests/packet_builder.h"

namespace vedette::tests {

// Labels of "www.example.com", the root behind them; of "" the root alone.
inline Bytes labels(std::string_view name) {
  Bytes bytes;
  while (!name.empty()) {
    const std::string_view label = take_until(name, '.');
    bytes = bytes + Bytes{static_cast<std::uint8_t>(label.size())} + text(label);
  }
  return bytes + Bytes{0};
}

struct DnsCounts {
  std::uint16_t questions = 1, answers = 0, authorities = 0, additionals = 0;
};

inline Bytes dns_header(std::uint16_t id, std::uint16_t flags, DnsCounts counts) {
  return be16(id) + be16(flags) + be16(counts.questions) + be16(counts.answers) + be16(counts.authorities) +
         be16(counts.additionals);
}

inline Bytes dns_question(const Bytes& name, std::uint16_t type, std::uint16_t record_class = 1) {
  return name + be16(type) + be16(record_class);
}

inline Bytes dns_record(const Bytes& name, std::uint16_t type, std::uint32_t ttl, const Bytes& data,
                        std::uint16_t record_class = 1) {
  return name + be16(type) + be16(record_class) + be32(ttl) + be16(data.size()) + data;
}

// A pointer to the first question's name.
inline Bytes to_question() {
  return {0xc0, 12};
}

constexpr std::uint16_t kQueryFlags = 0x0100;     // recursion desired
constexpr std::uint16_t kResponseFlags = 0x8180;  // and available

inline Bytes dns_query(std::uint16_t id, std::string_view name, std::uint16_t type) {
  return dns_header(id, kQueryFlags, {}) + dns_question(labels(name), type);
}

// With one answer for the question's name.
inline Bytes dns_answer(std::uint16_t id, std::string_view name, std::uint16_t type, const Bytes& data,
                        std::uint32_t ttl = 300) {
  return dns_header(id, kResponseFlags, {.answers = 1}) + dns_question(labels(name), type) +
         dns_record(to_question(), type, ttl, data);
}

}  // namespace vedette::tests
