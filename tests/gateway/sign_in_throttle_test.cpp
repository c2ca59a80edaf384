#include "gateway/sign_in_throttle.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

using namespace std::chrono_literals;

ClientNetwork network(const std::string& address) {
  return ClientNetwork::of(boost::asio::ip::make_address(address));
}

// How many of so many tries, one after another, are let through.
unsigned let_through(SignInThrottle& throttle, const ClientNetwork& client, unsigned tries, Nanoseconds now) {
  unsigned passed = 0;
  for (unsigned at = 0; at < tries; at++) passed += throttle.take(client, now) ? 0 : 1;
  return passed;
}

TEST(SignInThrottle, LetsFiveThroughAtOnceAndThenOneInHalfAMinute) {
  SignInThrottle throttle;
  const ClientNetwork client = network("192.0.2.1");
  EXPECT_EQ(let_through(throttle, client, 100, 1000s), 5U);
  EXPECT_EQ(throttle.take(client, 1000s), 30s);
  EXPECT_EQ(throttle.take(client, 1029s), 1s);
  EXPECT_EQ(throttle.take(client, 1030s), std::nullopt);
  EXPECT_EQ(throttle.take(client, 1030s), 30s);
}

TEST(SignInThrottle, LetsAGuesserTryTwoThousandNineHundredTimesADay) {
  SignInThrottle throttle;
  unsigned passed = 0;
  for (Nanoseconds now = 1s; now <= 24h; now += 1s)
    passed += throttle.take(network("192.0.2.1"), now) ? 0 : 1;
  EXPECT_EQ(passed, 24U * 60 * 2 + 4);
}

TEST(SignInThrottle, HoldsBackAllTogether) {
  SignInThrottle throttle;
  unsigned passed = 0;
  for (unsigned host = 0; host < 200; host++)
    passed += let_through(throttle, network("198.51.100." + std::to_string(host)), 5, 1000s);
  EXPECT_EQ(passed, 30U);
  EXPECT_EQ(throttle.take(network("203.0.113.1"), 1000s), 1s);
}

TEST(SignInThrottle, LetsInWhoHasSignedInFromThereWhileOthersGuess) {
  SignInThrottle throttle;
  const ClientNetwork administrator = network("192.0.2.1");
  EXPECT_EQ(throttle.take(administrator, 1000s), std::nullopt);
  throttle.succeeded(administrator);
  for (unsigned host = 0; host < 200; host++)
    let_through(throttle, network("198.51.100." + std::to_string(host)), 5, 1001s);
  EXPECT_EQ(let_through(throttle, administrator, 10, 1001s), 5U);
}

TEST(SignInThrottle, ForgetsWrongTriesAtTheRightOne) {
  SignInThrottle throttle;
  const ClientNetwork client = network("192.0.2.1");
  EXPECT_EQ(let_through(throttle, client, 4, 1000s), 4U);
  throttle.succeeded(client);
  EXPECT_EQ(let_through(throttle, client, 10, 1000s), 5U);
}

TEST(SignInThrottle, CountsANetworkOfIPv6AsOneClient) {
  SignInThrottle throttle;
  unsigned passed = 0;
  for (unsigned host = 0; host < 100; host++)
    passed += throttle.take(network("2001:db8::" + std::to_string(host)), 1000s) ? 0 : 1;
  EXPECT_EQ(passed, 5U);
  EXPECT_EQ(throttle.take(network("2001:db8:0:1::1"), 1000s), std::nullopt);
}

TEST(SignInThrottle, CountsIPv4WithinIPv6AsThat) {
  EXPECT_EQ(network("::ffff:192.0.2.1"), network("192.0.2.1"));
  EXPECT_NE(network("::c000:201"), network("192.0.2.1"));
}

TEST(SignInThrottle, RemembersSoManyAndNoMore) {
  SignInThrottle throttle({.in_all = {Nanoseconds(0), 1}, .clients = 100});
  for (unsigned host = 0; host < 10'000; host++) {
    const auto address = boost::asio::ip::make_address_v4(0x0a000000U + host);
    EXPECT_EQ(throttle.take(ClientNetwork::of(address), 1000s), std::nullopt);
  }
  EXPECT_EQ(throttle.remembered(), 100U);
}

TEST(SignInThrottle, ForgetsWhoTriedLeastFirst) {
  SignInThrottle throttle({.in_all = {Nanoseconds(0), 1}, .clients = 100});
  const ClientNetwork guesser = network("192.0.2.1");
  EXPECT_EQ(let_through(throttle, guesser, 10, 1000s), 5U);
  for (unsigned host = 0; host < 10'000; host++)
    EXPECT_EQ(throttle.take(ClientNetwork::of(boost::asio::ip::make_address_v4(0x0a000000U + host)), 1000s),
              std::nullopt);
  EXPECT_NE(throttle.take(guesser, 1000s), std::nullopt);
}

}  // namespace
}  // namespace vedette
