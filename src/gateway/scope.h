// What a caller may do, and what each request of the packet API and of the gateway's own takes: a table.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

enum class Scope : std::uint8_t { kRead, kBlock, kPolicy, kAdmin };

// "read", "block", "policy", "admin".
[[nodiscard]] std::string_view scope_name(Scope scope);
[[nodiscard]] std::optional<Scope> scope_named(std::string_view name);

// Some of the scopes.
class ScopeSet {
 public:
  ScopeSet() = default;
  ScopeSet(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }
  [[nodiscard]] static ScopeSet all() { return {Scope::kRead, Scope::kBlock, Scope::kPolicy, Scope::kAdmin}; }

  void add(Scope scope) { bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(scope)); }
  [[nodiscard]] bool has(Scope scope) const { return (bits_ >> static_cast<unsigned>(scope) & 1U) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  // In the order of the enumeration.
  [[nodiscard]] std::vector<Scope> list() const;

  friend bool operator==(const ScopeSet&, const ScopeSet&) = default;

 private:
  std::uint8_t bits_ = 0;
};

// Where a request leads.
enum class Place : std::uint8_t {
  kFiles,   // the web files: for everybody, they hold no data
  kOpen,    // the gateway's own routes that ask for another proof: sign-in, setup
  kOwn,     // the gateway's own routes
  kPacket,  // the packet API, behind the socket
};

struct Access {
  Place place;
  Scope scope;                 // that the caller must have; of kOwn and kPacket alone
  bool session_alone = false;  // no key may
};

// What a request takes. What changes something and isn't in the table takes `admin`. `path`: without the
// query, as it came: nothing in it is decoded, so that a path in other letters is another path here too.
[[nodiscard]] Access access_of(std::string_view method, std::string_view path);

}  // namespace vedette
