#include "gateway/scope.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

struct Case {
  const char* method;
  const char* path;
  Place place;
  Scope scope;
};

constexpr Case kCases[] = {
    {"GET", "/", Place::kFiles, Scope::kRead},
    {"POST", "/index.html", Place::kFiles, Scope::kRead},
    {"GET", "/v1x", Place::kFiles, Scope::kRead},
    {"GET", "/%761/stats", Place::kFiles, Scope::kRead},
    {"POST", "/auth/setup", Place::kOpen, Scope::kAdmin},
    {"POST", "/auth/sign-in", Place::kOpen, Scope::kAdmin},
    {"GET", "/auth/sign-in", Place::kOwn, Scope::kAdmin},
    {"POST", "/auth/sign-in/", Place::kOwn, Scope::kAdmin},
    {"GET", "/auth/session", Place::kOwn, Scope::kRead},
    {"HEAD", "/auth/session", Place::kOwn, Scope::kRead},
    {"GET", "/auth/keys", Place::kOwn, Scope::kAdmin},
    {"GET", "/auth/audit", Place::kOwn, Scope::kAdmin},
    {"GET", "/auth", Place::kOwn, Scope::kAdmin},
    {"GET", "/v1/stats", Place::kPacket, Scope::kRead},
    {"HEAD", "/v1/stats", Place::kPacket, Scope::kRead},
    {"GET", "/v1/blocks", Place::kPacket, Scope::kRead},
    {"GET", "/v1/policy", Place::kPacket, Scope::kRead},
    {"GET", "/metrics", Place::kPacket, Scope::kRead},
    {"POST", "/v1/query", Place::kPacket, Scope::kRead},
    {"GET", "/v1/analysis/movers", Place::kPacket, Scope::kRead},
    {"POST", "/v1/policy/check", Place::kPacket, Scope::kRead},
    {"POST", "/v1/blocks", Place::kPacket, Scope::kBlock},
    {"DELETE", "/v1/blocks", Place::kPacket, Scope::kBlock},
    {"PATCH", "/v1/blocks", Place::kPacket, Scope::kBlock},
    {"POST", "/v1/syn-proxy", Place::kPacket, Scope::kBlock},
    {"DELETE", "/v1/solicited-only", Place::kPacket, Scope::kBlock},
    {"PUT", "/v1/policy", Place::kPacket, Scope::kPolicy},
    {"POST", "/v1/policy/confirm", Place::kPacket, Scope::kPolicy},
    {"POST", "/v1/policy/rollback", Place::kPacket, Scope::kPolicy},
    {"PUT", "/v1/policy/shadow", Place::kPacket, Scope::kPolicy},
    {"GET", "/v1/policy/shadow", Place::kPacket, Scope::kRead},
    // What no table names is for those who may everything.
    {"PUT", "/v1/query", Place::kPacket, Scope::kAdmin},
    {"DELETE", "/v1/policy/check", Place::kPacket, Scope::kAdmin},
    {"POST", "/v1/blocks/", Place::kPacket, Scope::kAdmin},
    {"POST", "/v1/%62locks", Place::kPacket, Scope::kAdmin},
    {"POST", "/v1/nowhere", Place::kPacket, Scope::kAdmin},
    {"get", "/v1/stats", Place::kPacket, Scope::kAdmin},
};

TEST(Scopes, AreAskedForAsTheTableSays) {
  for (const Case& one : kCases) {
    const Access access = access_of(one.method, one.path);
    EXPECT_EQ(access.place, one.place) << one.method << " " << one.path;
    EXPECT_EQ(access.scope, one.scope) << one.method << " " << one.path;
  }
}

TEST(Scopes, KeepKeysFromWhatIsASessions) {
  EXPECT_TRUE(access_of("POST", "/auth/password").session_alone);
  EXPECT_TRUE(access_of("POST", "/auth/sign-out").session_alone);
  EXPECT_FALSE(access_of("POST", "/auth/keys").session_alone);
}

TEST(Scopes, HaveNames) {
  for (const Scope scope : ScopeSet::all().list()) EXPECT_EQ(scope_named(scope_name(scope)), scope);
  EXPECT_EQ(ScopeSet::all().list().size(), 4U);
  EXPECT_EQ(scope_named("all"), std::nullopt);
  EXPECT_EQ(scope_named(""), std::nullopt);
}

}  // namespace
}  // namespace vedette
