// What a decoder found in a flow's first bytes: the application protocol, its version, and the facts that the
// contract names for it, in the order in which they are told. A fact that was not seen is not there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vedette {

struct HandshakeFact {
  using Value = std::variant<std::string, std::vector<std::string>, std::int64_t>;

  std::string_view name;  // as in JSON: a literal of the decoder's
  Value value;            // texts are bytes as they were sent, of any kind
};

struct Handshake {
  std::string_view app;     // "tls": a literal of the decoder's; empty = nothing found
  std::string app_version;  // the one that is spoken: "1.3"; empty = not known
  std::vector<HandshakeFact> facts;

  void add(std::string_view name, HandshakeFact::Value value) { facts.push_back({name, std::move(value)}); }
};

}  // namespace vedette
