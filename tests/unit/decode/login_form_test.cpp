#include "decode/login_form.h"

#include <gtest/gtest.h>

#include "decode/http1.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

TEST(LoginForm, KnowsTheNamesOfPasswords) {
  for (const std::string_view form :
       {"log=ann&pwd=x", "user%5Bemail%5D=a&user%5Bpassword%5D=x", "j_username=a&j_password=x", "PASS=x&a=b",
        "pass", "a=1&loginpwd=2", "new-passwd="})
    EXPECT_TRUE(has_password_field(text(form))) << form;
  for (const std::string_view form : {"", "&&=", "q=password", "passengers=2&passport=1", "compass=n",
                                      "bypass=1", "name=a&value=pwd", "%", "%5"})
    EXPECT_FALSE(has_password_field(text(form))) << form;
}

TEST(LoginForm, IsOneOnlyWhereAFormIsPosted) {
  EXPECT_TRUE(posts_form("POST", "Application/X-www-form-urlencoded; charset=UTF-8"));
  EXPECT_FALSE(posts_form("GET", "application/x-www-form-urlencoded"));
  EXPECT_FALSE(posts_form("POST", "application/json"));
}

TEST(LoginForm, IsToldOfATransactionAndNoValueOfIt) {
  const std::string head =
      "POST /in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
      "12\r\n\r\n";
  const std::string reply = "HTTP/1.1 303 See Other\r\nLocation: /home\r\nContent-Length: 7\r\n\r\n";
  const auto decode = [&](std::string_view form, bool ended = false) {
    return decode_stream(decode_http1, text(head + std::string(form)), text(reply), ended);
  };
  const auto told = facts(decode("a=b&pwd=word").handshake());
  EXPECT_EQ(told.at("login_form"), "1");
  EXPECT_EQ(told.at("location"), "/home");
  EXPECT_EQ(told.at("content_length"), "7");
  for (const auto& [name, value] : told) EXPECT_EQ(value.find("word"), std::string::npos) << name;
  EXPECT_FALSE(facts(decode("a=b&c=ddd&e=").handshake()).contains("login_form"));
  // It waits for the rest of the form, as long as that may come.
  EXPECT_EQ(decode("a=b&pw").verdict(), Verdict::kMine);
  EXPECT_FALSE(facts(decode("a=b&pw", true).handshake()).contains("login_form"));
}

}  // namespace
}  // namespace vedette
