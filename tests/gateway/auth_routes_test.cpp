#include "gateway/auth_routes.h"

#include <simdjson.h>

#include "tests/gateway/state_of_a_test.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPassword = "correct horse battery";

class Routes : public tests::StateOfATest {
 protected:
  void SetUp() override {
    StateOfATest::SetUp();
    folder_ = std::make_unique<StateFolder>(open());
    password_ = std::move(*Password::load(*folder_));
    setup_ = std::move(*SetupToken::make(*folder_, !password_->is_set()));
    keys_ = std::move(*ApiKeys::load(*folder_));
    audit_ = std::make_unique<AuditLog>(*folder_, AuditLog::Options{});
    routes_ = std::make_unique<AuthRoutes>(
        AuthRoutes::Parts{*password_, *setup_, sessions_, *keys_, throttle_, *audit_});
  }

  Reply ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    AuthRequest request;
    request.head.method = method;
    request.head.path = path.substr(0, path.find('?'));
    request.head.query = path.find('?') == std::string::npos ? "" : path.substr(path.find('?') + 1);
    request.head.content_type = "application/json";
    request.body = body;
    request.by = {Caller{CallerKind::kSession, "0123456789abcdef", ScopeSet::all(), "token", 5s},
                  "192.0.2.1"};
    request.network = ClientNetwork::of(boost::asio::ip::make_address("192.0.2.1"));
    request.now = {1000s, 2000s};
    return routes_->answer(request);
  }

  Reply set_up() {
    return ask("POST", "/auth/setup",
               R"({"token":")" + setup_->text() + R"(","password":")" + kPassword + "\"}");
  }

  std::unique_ptr<StateFolder> folder_;
  std::unique_ptr<Password> password_;
  std::unique_ptr<SetupToken> setup_;
  Sessions sessions_;
  std::unique_ptr<ApiKeys> keys_;
  SignInThrottle throttle_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<AuthRoutes> routes_;
};

TEST_F(Routes, SetThePasswordOnceWithTheTokenThatWasPrinted) {
  EXPECT_EQ(ask("POST", "/auth/setup", R"({"password":"correct horse battery"})").status, 401U);
  EXPECT_EQ(ask("POST", "/auth/setup", R"({"token":"","password":"correct horse battery"})").status, 401U);
  EXPECT_FALSE(password_->is_set());
  EXPECT_TRUE(std::filesystem::exists(folder_->file("setup-token")));
  const Reply begun = set_up();
  EXPECT_EQ(begun.status, 200U) << begun.body;
  EXPECT_TRUE(password_->is_set());
  EXPECT_FALSE(std::filesystem::exists(folder_->file("setup-token")));
  EXPECT_EQ(set_up().status, 401U);
}

TEST_F(Routes, SignInWithThePasswordAlone) {
  ASSERT_EQ(set_up().status, 200U);
  EXPECT_EQ(ask("POST", "/auth/sign-in", R"({"password":"correct horse batter"})").status, 401U);
  EXPECT_EQ(ask("POST", "/auth/sign-in").status, 401U);
  EXPECT_EQ(ask("POST", "/auth/sign-in", "{").status, 400U);
  const Reply begun = ask("POST", "/auth/sign-in", R"({"password":"correct horse battery"})");
  EXPECT_EQ(begun.status, 200U);
  ASSERT_EQ(begun.fields.size(), 1U);
  EXPECT_EQ(begun.fields[0].first, "Set-Cookie");
  EXPECT_TRUE(begun.fields[0].second.starts_with("__Host-vedette="));
  EXPECT_TRUE(begun.fields[0].second.ends_with("; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict"));
}

TEST_F(Routes, KeepThePasswordAsAHash) {
  ASSERT_EQ(set_up().status, 200U);
  const std::string kept = folder_->read("password")->value();
  EXPECT_TRUE(kept.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << kept;
  EXPECT_TRUE(*(*Password::load(*folder_))->is(kPassword));
}

TEST_F(Routes, HoldGuessesBack) {
  ASSERT_EQ(set_up().status, 200U);
  for (unsigned at = 0; at < 5; at++) EXPECT_EQ(ask("POST", "/auth/sign-in").status, 401U);
  const Reply held = ask("POST", "/auth/sign-in", R"({"password":"correct horse battery"})");
  EXPECT_EQ(held.status, 429U);
  EXPECT_EQ(held.fields.at(0), std::pair(std::string("Retry-After"), std::string("30")));
}

TEST_F(Routes, ChangeThePasswordForWhoKnowsIt) {
  ASSERT_EQ(set_up().status, 200U);
  EXPECT_EQ(ask("POST", "/auth/password", R"({"current":"wrong","password":"another horse"})").status, 403U);
  EXPECT_EQ(ask("POST", "/auth/password", R"({"current":"correct horse battery","password":"short"})").status,
            400U);
  EXPECT_EQ(ask("POST", "/auth/password", R"({"current":"correct horse battery","password":"another horse"})")
                .status,
            200U);
  EXPECT_EQ(ask("POST", "/auth/sign-in", R"({"password":"correct horse battery"})").status, 401U);
  EXPECT_EQ(ask("POST", "/auth/sign-in", R"({"password":"another horse"})").status, 200U);
}

TEST_F(Routes, MakeListAndDeleteKeys) {
  const Reply made = ask("POST", "/auth/keys", R"({"name":"a program","scopes":["read","block"]})");
  EXPECT_EQ(made.status, 201U) << made.body;
  ASSERT_EQ(keys_->list().size(), 1U);
  const std::string id = keys_->list().front().id;
  EXPECT_NE(made.body.find("\"key\":\"vdt_" + id), std::string::npos);
  EXPECT_EQ(ask("GET", "/auth/keys").body,
            R"({"keys":[{"id":")" + id +
                R"(","name":"a program","scopes":["read","block"],"created_ns":2000000000000}]})");
  EXPECT_EQ(ask("DELETE", "/auth/keys?id=" + id).status, 200U);
  EXPECT_EQ(ask("DELETE", "/auth/keys?id=" + id).status, 404U);
  EXPECT_EQ(ask("DELETE", "/auth/keys").status, 400U);
  for (const char* const bad : {R"({"scopes":["read"]})", R"({"name":"a"})", R"({"name":"a","scopes":[]})",
                                R"({"name":"a","scopes":["x"]})", R"({"name":"a","scopes":[1]})",
                                R"({"name":"a","scopes":["read"],"expires_ns":"x"})", "[]", "{"})
    EXPECT_EQ(ask("POST", "/auth/keys", bad).status, 400U) << bad;
}

TEST_F(Routes, AreAllInTheDocument) {
  simdjson::dom::parser parser;
  simdjson::dom::object paths;
  ASSERT_EQ(parser.parse(std::string(auth_openapi_document()))["paths"].get(paths), simdjson::SUCCESS);
  unsigned operations = 0;
  for (const auto path : paths) {
    for (const auto operation : simdjson::dom::object(path.value)) {
      std::string method(operation.key);
      for (char& one : method) one = static_cast<char>(one - 'a' + 'A');
      const Reply reply = ask(method, std::string(path.key));
      EXPECT_NE(reply.status, 404U) << method << " " << path.key;
      EXPECT_NE(reply.status, 405U) << method << " " << path.key;
      operations++;
    }
  }
  EXPECT_EQ(operations, 10U);
  EXPECT_EQ(ask("PUT", "/auth/keys").fields.at(0).second, "GET, HEAD, POST, DELETE");
  EXPECT_EQ(ask("GET", "/auth/nowhere").status, 404U);
}

}  // namespace
}  // namespace vedette
