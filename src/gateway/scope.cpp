#include "gateway/scope.h"

#include <algorithm>
#include <array>

namespace vedette {

namespace {

constexpr std::array<std::string_view, 4> kNames{"read", "block", "policy", "admin"};

struct Rule {
  std::string_view method;  // "*": those that change something
  std::string_view path;
  Access access;
};

// The first that fits counts.
constexpr Rule kRules[] = {
    {"POST", "/auth/setup", {Place::kOpen, Scope::kAdmin}},
    {"POST", "/auth/sign-in", {Place::kOpen, Scope::kAdmin}},
    {"GET", "/auth/session", {Place::kOwn, Scope::kRead}},
    {"POST", "/auth/sign-out", {Place::kOwn, Scope::kRead, true}},
    {"POST", "/auth/password", {Place::kOwn, Scope::kAdmin, true}},
    {"GET", "/auth/openapi.json", {Place::kOwn, Scope::kRead}},
    {"POST", "/v1/query", {Place::kPacket, Scope::kRead}},
    {"POST", "/v1/policy/check", {Place::kPacket, Scope::kRead}},
    {"*", "/v1/blocks", {Place::kPacket, Scope::kBlock}},
    {"*", "/v1/syn-proxy", {Place::kPacket, Scope::kBlock}},
    {"*", "/v1/solicited-only", {Place::kPacket, Scope::kBlock}},
    {"*", "/v1/policy", {Place::kPacket, Scope::kPolicy}},
    {"*", "/v1/policy/confirm", {Place::kPacket, Scope::kPolicy}},
    {"*", "/v1/policy/rollback", {Place::kPacket, Scope::kPolicy}},
    {"*", "/v1/policy/shadow", {Place::kPacket, Scope::kPolicy}},
};

bool only_reads(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

bool fits(const Rule& rule, std::string_view method, std::string_view path) {
  if (rule.path != path) return false;
  if (rule.method == "*") return !only_reads(method);
  return rule.method == method || (rule.method == "GET" && method == "HEAD");
}

bool is_within(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

std::string_view scope_name(Scope scope) {
  return kNames[static_cast<std::size_t>(scope)];
}

std::optional<Scope> scope_named(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Scope>(found - kNames.begin());
}

std::vector<Scope> ScopeSet::list() const {
  std::vector<Scope> scopes;
  for (std::size_t number = 0; number < kNames.size(); number++)
    if (has(static_cast<Scope>(number))) scopes.push_back(static_cast<Scope>(number));
  return scopes;
}

Access access_of(std::string_view method, std::string_view path) {
  const auto* const rule =
      std::ranges::find_if(kRules, [&](const Rule& one) { return fits(one, method, path); });
  if (rule != std::end(kRules)) return rule->access;
  if (is_within(path, "/v1") || path == "/metrics")
    return {Place::kPacket, only_reads(method) ? Scope::kRead : Scope::kAdmin};
  if (is_within(path, "/auth")) return {Place::kOwn, Scope::kAdmin};
  return {Place::kFiles, Scope::kRead};
}

}  // namespace vedette
