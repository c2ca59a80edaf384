#include "serve/gateway_actor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace vedette {
namespace {

Actor told(std::string_view field) {
  return gateway_actor({.kind = ActorKind::kOperator, .uid = 990, .login_uid = 1000, .pid = 7}, field);
}

TEST(GatewayActor, IsTheSessionOrKeyAndWhereItCameFrom) {
  const Actor session = told("session/0123456789abcdef 192.0.2.1");
  EXPECT_EQ(session.kind, ActorKind::kGateway);
  EXPECT_EQ(session.uid, 990U);
  EXPECT_EQ(session.login_uid, std::nullopt);
  EXPECT_EQ(session.session, "0123456789abcdef");
  EXPECT_EQ(session.key, "");
  EXPECT_EQ(prefix_text(*session.client), "192.0.2.1");
  const Actor key = told("key/fedcba9876543210 2001:db8::1");
  EXPECT_EQ(key.key, "fedcba9876543210");
  EXPECT_EQ(key.session, "");
  EXPECT_EQ(prefix_text(*key.client), "2001:db8::1");
}

TEST(GatewayActor, LeavesOutWhatItCannotRead) {
  for (const char* const field :
       {"", "key", "key/", "key/ ", "key/0123456789ABCDEF x", "key/0123456789abcdef0 192.0.2.0/24",
        "root/0123456789abcdef ", " key/0123456789abcdef"}) {
    const Actor actor = told(field);
    EXPECT_EQ(actor.kind, ActorKind::kGateway) << field;
    EXPECT_EQ(actor.key, "") << field;
    EXPECT_EQ(actor.session, "") << field;
    EXPECT_EQ(actor.client, std::nullopt) << field;
  }
}

TEST(GatewayActor, IsBelievedOfTheGatewaysUserAlone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const std::string field = "key/0123456789abcdef 192.0.2.1";
  EXPECT_EQ(actor_of(ends[0], geteuid(), field).key, "0123456789abcdef");
  for (const std::optional<uid_t> other : {std::optional<uid_t>(geteuid() + 1), std::optional<uid_t>()}) {
    const Actor actor = actor_of(ends[0], other, field);
    EXPECT_EQ(actor.kind, ActorKind::kOperator);
    EXPECT_EQ(actor.uid, geteuid());
    EXPECT_EQ(actor.key, "");
    EXPECT_EQ(actor.client, std::nullopt);
  }
  close(ends[0]);
  close(ends[1]);
}

TEST(GatewayUser, IsByNameOrNumberAndNeverRoot) {
  EXPECT_EQ(*gateway_user("61234"), 61'234U);
  EXPECT_EQ(*gateway_user("nobody"), 65'534U);
  for (const char* const bad : {"root", "0", "", "nobody by this name", "-1"})
    EXPECT_FALSE(gateway_user(bad)) << bad;
}

}  // namespace
}  // namespace vedette
