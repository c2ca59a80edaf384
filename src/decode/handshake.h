// What a decoder found in a flow's first bytes: the application protocol, its version, and the facts that the
// contract names for it, in the order in which they are told. A fact that was not seen is not there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "decode/named_address.h"

namespace vedette {

struct HandshakeFact {
  enum class Kind : std::uint8_t { kText, kList, kNumber };

  std::string_view name;  // as in JSON: a literal of the decoder's
  Kind kind = Kind::kText;
  std::string text;  // of kText: bytes as they were sent, of any kind
  std::vector<std::string> list;
  std::int64_t number = 0;

  bool operator==(const HandshakeFact&) const = default;
};

struct Handshake {
  std::string_view app;     // "tls": a literal of the decoder's; empty = nothing found
  std::string app_version;  // the one that is spoken: "1.3"; empty = not known
  std::vector<HandshakeFact> facts;
  Nanoseconds time{};                   // of its first packet; 0 = of the first that carried any payload
  std::vector<NamedAddress> addresses;  // that it gives to names, for the table of names

  bool operator==(const Handshake&) const = default;

  void add(std::string_view name, std::string text) {
    facts.push_back({name, HandshakeFact::Kind::kText, std::move(text), {}, 0});
  }
  void add(std::string_view name, std::vector<std::string> list) {
    facts.push_back({name, HandshakeFact::Kind::kList, {}, std::move(list), 0});
  }
  void add(std::string_view name, std::int64_t number) {
    facts.push_back({name, HandshakeFact::Kind::kNumber, {}, {}, number});
  }
  // The same for what may not have been seen: an empty value is not added.
  void add_known(std::string_view name, std::string_view text) {
    if (!text.empty()) add(name, std::string(text));
  }
  void add_known(std::string_view name, const std::vector<std::string>& list) {
    if (!list.empty()) add(name, list);
  }
};

// In the order in which they began.
using Handshakes = std::vector<Handshake>;

}  // namespace vedette
