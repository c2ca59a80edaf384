#include "gateway/csrf.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

const std::string kToken(43, 'T');

Caller of_a_session() {
  return {CallerKind::kSession, "0123456789abcdef", ScopeSet::all(), kToken, {}};
}

RequestHead ours() {
  RequestHead head;
  head.method = "POST";
  head.host = "gate:8443";
  head.csrf = kToken;
  return head;
}

TEST(Csrf, LetsOurOwnPageThrough) {
  RequestHead head = ours();
  EXPECT_FALSE(csrf_flaw(head, of_a_session()));
  head.origin = "https://gate:8443";
  head.fetch_site = "same-origin";
  EXPECT_FALSE(csrf_flaw(head, of_a_session()));
}

TEST(Csrf, WantsTheSessionsTokenFromEveryMethodThatChangesSomething) {
  for (const char* const method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"}) {
    RequestHead head = ours();
    head.method = method;
    for (const std::string& wrong : {std::string(), std::string(43, 'U'), kToken + "T", kToken.substr(1)}) {
      head.csrf = wrong;
      EXPECT_TRUE(csrf_flaw(head, of_a_session())) << method << " " << wrong;
    }
  }
}

TEST(Csrf, WantsNothingOfReading) {
  for (const char* const method : {"GET", "HEAD"}) {
    RequestHead head;
    head.method = method;
    head.fetch_site = "cross-site";
    EXPECT_FALSE(csrf_flaw(head, of_a_session())) << method;
  }
}

TEST(Csrf, TakesNothingFromOtherPagesEvenWithTheToken) {
  for (const char* const origin : {"https://evil.example", "null", "http://gate:8443", "https://gate",
                                   "https://gate:8443.evil.example"}) {
    RequestHead head = ours();
    head.origin = origin;
    EXPECT_TRUE(csrf_flaw(head, of_a_session())) << origin;
  }
  for (const char* const site : {"cross-site", "same-site", "nonsense"}) {
    RequestHead head = ours();
    head.fetch_site = site;
    EXPECT_TRUE(csrf_flaw(head, of_a_session())) << site;
  }
}

TEST(Csrf, GuardsTheSignInByWhereItComesFrom) {
  RequestHead head = ours();
  head.csrf.clear();
  EXPECT_FALSE(csrf_flaw(head, std::nullopt));
  head.fetch_site = "cross-site";
  EXPECT_TRUE(csrf_flaw(head, std::nullopt));
}

TEST(Csrf, WantsNothingOfProgramsWithKeys) {
  RequestHead head;
  head.method = "POST";
  EXPECT_FALSE(csrf_flaw(head, Caller{CallerKind::kKey, "0123456789abcdef", {Scope::kRead}, {}, {}}));
}

}  // namespace
}  // namespace vedette
