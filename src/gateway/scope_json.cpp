#include "gateway/scope_json.h"

namespace vedette {

void write_scopes(JsonWriter& json, const ScopeSet& scopes) {
  json.key("scopes");
  json.begin_array();
  for (const Scope scope : scopes.list()) json.value(scope_name(scope));
  json.end_array();
}

Result<ScopeSet> read_scopes(simdjson::simdjson_result<simdjson::dom::element> json) {
  simdjson::dom::array names;
  if (json.get(names) != simdjson::SUCCESS)
    return unusable("scopes", "expected an array of read, block, policy, admin");
  ScopeSet scopes;
  for (const simdjson::dom::element one : names) {
    std::string_view name;
    const bool is_text = one.get(name) == simdjson::SUCCESS;
    const auto scope = scope_named(name);
    if (!is_text || !scope)
      return unusable("scopes", fmt::format("expected read, block, policy or admin, found \"{}\"", name));
    scopes.add(*scope);
  }
  return scopes;
}

}  // namespace vedette
