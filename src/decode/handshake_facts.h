// What a handshake tells under a name.
#pragma once

#include <optional>
#include <string_view>

#include "decode/handshake.h"

namespace vedette {

// Null where it isn't told.
[[nodiscard]] inline const HandshakeFact* fact_of(const Handshake& handshake, std::string_view name) {
  for (const HandshakeFact& fact : handshake.facts)
    if (fact.name == name) return &fact;
  return nullptr;
}

// Empty where it isn't told.
[[nodiscard]] inline std::string_view text_of_fact(const Handshake& handshake, std::string_view name) {
  const HandshakeFact* fact = fact_of(handshake, name);
  return fact ? std::string_view(fact->text) : std::string_view();
}

[[nodiscard]] inline std::optional<std::int64_t> number_of_fact(const Handshake& handshake,
                                                                std::string_view name) {
  const HandshakeFact* fact = fact_of(handshake, name);
  return fact && fact->kind == HandshakeFact::Kind::kNumber ? std::optional(fact->number) : std::nullopt;
}

}  // namespace vedette
