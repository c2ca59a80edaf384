// What GET /v1/analysis/KIND says of facts planted into a real store.
#include "tests/inquire/analysis_fixture.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using tests::Analysis;
using tests::Parameters;
using tests::text;

TEST_F(Analysis, NamesWhatMovedMostAndTheQuestionBehindIt) {
  const Nanoseconds end = tests::noon();
  put(store(), tests::PlantedFlow{.from = 1, .time = end - 90min, .bytes = 1'000'000});
  put(store(), tests::PlantedFlow{.from = 1, .time = end - 30min, .bytes = 1'100'000});
  put(store(), tests::PlantedFlow{.from = 2, .time = end - 20min, .bytes = 5'000'000});
  settle();
  const auto movers = asked("movers", {{"by", "src_ip"}, {"last", "1h"}}, end);
  const auto first = movers["movers"].at(0);
  EXPECT_EQ(text(first["name"]), "10.0.0.2");
  EXPECT_TRUE(bool(first["new"]));
  EXPECT_EQ(double(first["after"]), 5e6);
  EXPECT_EQ(text(first["says"]), "10.0.0.2: 5.0 MB, and none before (98 % of all change)");
  EXPECT_EQ(text(movers["says"]),
            "bytes by src_ip: 6.1 MB, 6.1 times as much (1.0 MB before); most by 10.0.0.2: 5.0 MB, and none "
            "before (98 % of all change)");
  const auto rows = rows_of(movers["queries"].at(1));
  EXPECT_EQ(rows.size(), 2U);
  EXPECT_EQ(text(rows.at(0)["src_ip"]), "10.0.0.2");
  EXPECT_EQ(std::uint64_t(rows.at(0)["bytes"]), 5'000'000U);
}

TEST_F(Analysis, NamesAServiceThatWasNotThereBefore) {
  const Nanoseconds end = tests::noon();
  for (int day = 1; day < 10; day++) put(store(), tests::PlantedFlow{.time = end - days(day) - 1h});
  put(store(), tests::PlantedFlow{.time = end - 2h});
  put(store(), tests::PlantedFlow{.port = 4444, .time = end - 3h});
  settle();
  const auto found = asked("new", {{"by", "dst_port"}, {"days", "14"}}, end);
  ASSERT_EQ(simdjson::dom::array(found["values"]).size(), 1U);
  EXPECT_EQ(text(found["values"].at(0)["value"]), "4444");
  // To a hundredth of the day, whole minutes.
  EXPECT_LE(Nanoseconds(std::int64_t(found["values"].at(0)["first_ns"])), end - 3h);
  EXPECT_GT(Nanoseconds(std::int64_t(found["values"].at(0)["first_ns"])), end - 3h - 15min);
  EXPECT_EQ(std::uint64_t(found["days"]), 9U);
  EXPECT_TRUE(bool(found["short"]));
}

TEST_F(Analysis, NamesAClientThatWasNeverSeen) {
  const Nanoseconds end = tests::noon();
  // Of earlier days no client is known: what came then can't be called new.
  for (int day = 6; day < 10; day++) put(store(), tests::PlantedFlow{.time = end - days(day) - 1h});
  for (int day = 1; day < 6; day++)
    put(store(), tests::PlantedFlow{.time = end - days(day) - 1h,
                                    .fingerprint = "t13d1516h2_8daaf6152771_b186095e22b6"});
  const auto seen_since = [&](int ago) {
    const auto found =
        asked("new", {{"by", "fingerprint"}, {"days", "14"}, {"last", std::to_string(ago) + "d"}}, end);
    std::vector<std::string> values;
    for (const auto value : simdjson::dom::array(found["values"])) values.push_back(text(value["value"]));
    return std::pair(std::uint64_t(found["days"]), values);
  };
  put(store(), tests::PlantedFlow{.time = end - 2h, .fingerprint = "t13d1516h2_8daaf6152771_b186095e22b6"});
  put(store(), tests::PlantedFlow{.time = end - 3h, .fingerprint = "t12i0908h1_ade4b0dc1a5b_4dcdd4b3d7d1"});
  settle();
  EXPECT_EQ(seen_since(1),
            std::pair(std::uint64_t{5}, std::vector<std::string>{"t12i0908h1_ade4b0dc1a5b_4dcdd4b3d7d1"}));
  EXPECT_EQ(seen_since(6), std::pair(std::uint64_t{0}, std::vector<std::string>{}));
}

TEST_F(Analysis, FindsABeaconAmongOtherConnections) {
  const Nanoseconds end = tests::noon();
  std::mt19937 random(7);
  for (Nanoseconds time = end - days(1) + 1min; time < end; time += 300s)
    put(store(), tests::PlantedFlow{
                     .from = 66, .to = 9, .time = time + std::chrono::seconds(random() % 20), .bytes = 600});
  for (int i = 0; i < 4000; i++)
    put(store(), tests::PlantedFlow{.from = static_cast<std::uint8_t>(1 + random() % 5),
                                    .to = static_cast<std::uint8_t>(1 + random() % 5),
                                    .time = end - std::chrono::seconds(1 + random() % 86'000)});
  settle();
  const auto found = asked("periodicity", {}, end);
  ASSERT_EQ(simdjson::dom::array(found["periods"]).size(), 1U) << text(found["says"]);
  const auto beacon = found["periods"].at(0);
  EXPECT_EQ(text(beacon["name"]), "10.0.0.66, 10.0.1.9, 443");
  EXPECT_EQ(text(beacon["kind"]), "beacon");
  EXPECT_NEAR(double(beacon["period_ns"]), 300e9, 5e9);
  EXPECT_EQ(rows_of(beacon["query"]).size(), std::uint64_t(beacon["times"]));
}

TEST_F(Analysis, TellsARhythmOfDaysFromABeacon) {
  const Nanoseconds end = tests::noon();
  std::mt19937 random(11);
  for (int day = 1; day < 7; day++)
    for (int i = 0; i < 40; i++)
      put(store(),
          tests::PlantedFlow{.from = 5, .time = end - days(day) + std::chrono::seconds(random() % 28'800)});
  settle();
  const auto found = asked("periodicity", {{"last", "7d"}}, end);
  ASSERT_EQ(simdjson::dom::array(found["periods"]).size(), 1U) << text(found["says"]);
  EXPECT_EQ(text(found["periods"].at(0)["kind"]), "daily_rhythm");
}

TEST_F(Analysis, TellsAStepAsAnAnomalyOnce) {
  const Nanoseconds end = tests::noon();
  put(store(), tests::PlantedTraffic{.begin = end - days(42), .end = end, .factor = 10, .lasting = 3h});
  settle();
  const auto found = asked("anomalies", {{"last", "7d"}, {"bucket", "15m"}, {"weeks", "5"}}, end);
  ASSERT_EQ(simdjson::dom::array(found["anomalies"]).size(), 1U) << text(found["says"]);
  const auto one = found["anomalies"].at(0);
  EXPECT_EQ(text(one["series"]), "bytes in on eth0");
  EXPECT_EQ(text(one["side"]), "above");
  EXPECT_EQ(Nanoseconds(std::int64_t(one["first_ns"])), end - 3h);
  EXPECT_NEAR(double(one["amount"]) / double(one["usual"]), 10, 2);
  EXPECT_EQ(rows_of(one["query"]).size(), std::size_t{(35 + 7) * 96});
}

TEST_F(Analysis, TellsNothingOfTrafficAsUsualOrOfTooLittleOfIt) {
  const Nanoseconds end = tests::noon();
  put(store(), tests::PlantedTraffic{.begin = end - days(42), .end = end});
  settle();
  const auto usual = asked("anomalies", {}, end);
  EXPECT_EQ(simdjson::dom::array(usual["anomalies"]).size(), 0U) << text(usual["says"]);
  EXPECT_LE(Nanoseconds(std::int64_t(usual["judged_from_ns"])), end - days(6));
  const auto early = asked("anomalies", {}, end - days(32));
  EXPECT_NE(text(early["says"]).find("too little history"), std::string::npos) << text(early["says"]);
}

TEST_F(Analysis, SaysWhenALinkIsFull) {
  const Nanoseconds end = tests::noon();
  // By day 1.2 to 1.44 MB an hour, 2 % more each day: 60 days later 2.2 times as much.
  put(store(), tests::PlantedTraffic{.begin = end - days(60), .end = end, .growth = 0.02});
  settle();
  const double now = 1.32e6 * 8 / 3600 * 2.2, a_day = 1.32e6 * 8 / 3600 * 0.02;
  const auto found =
      asked("forecast", {{"capacity_bps", std::to_string(std::llround(now + 40 * a_day))}}, end);
  const auto link = found["links"].at(0);
  EXPECT_EQ(text(link["filling"]), "fills") << text(link["says"]);
  EXPECT_NEAR(double(link["a_day_bps"]), a_day, a_day * 0.15);
  EXPECT_NEAR(double(std::int64_t(link["date_ns"]) - end.count()) / 86'400e9, 40, 8);
}

TEST_F(Analysis, SaysWhichLinksCapacityIsNotKnown) {
  put(store(),
      tests::PlantedTraffic{.interface = "nowhere0", .begin = tests::noon() - days(2), .end = tests::noon()});
  settle();
  const auto found = asked("forecast", {}, tests::noon());
  EXPECT_EQ(text(found["unknown"].at(0)), "bytes in on nowhere0");
}

TEST_F(Analysis, SaysSinceWhenTrafficHasAnotherLevel) {
  const Nanoseconds end = tests::noon(), since = end - days(20) - 3h;
  put(store(),
      tests::PlantedTraffic{.begin = end - days(70), .end = end, .factor = 3, .lasting = end - since});
  put(store(), tests::PlantedTraffic{.interface = "eth1", .begin = end - days(70), .end = end});
  settle();
  const auto found = asked("steps", {}, end);
  EXPECT_EQ(std::uint64_t(found["series"]), 2U);
  ASSERT_EQ(simdjson::dom::array(found["steps"]).size(), 1U) << text(found["says"]);
  const auto step = found["steps"].at(0);
  EXPECT_EQ(text(step["series"]), "bytes in on eth0");
  EXPECT_EQ(Nanoseconds(std::int64_t(step["at_ns"])), since);
  EXPECT_NEAR(double(step["ratio"]), 3, 0.3);
  EXPECT_NEAR(double(step["after"]) / double(step["before"]), 3, 0.3);
  EXPECT_LE(double(step["by_chance"]), 0.001);
  EXPECT_TRUE(text(step["says"]).starts_with("bytes in on eth0 stepped on ")) << text(step["says"]);
  EXPECT_NE(text(step["says"]).find(" an hour ("), std::string::npos) << text(step["says"]);
  EXPECT_TRUE(text(found["says"]).starts_with("2 quantities looked through over 7")) << text(found["says"]);
  // Behind it the hours themselves: three times as much after as at the same hour before.
  const auto rows = rows_of(step["query"]);
  EXPECT_EQ(rows.size(), std::size_t{70 * 24});
  const std::size_t at = 50 * 24 - 3;
  EXPECT_NEAR(double(rows.at(at)["bytes"]) / double(rows.at(at - 24)["bytes"]), 3, 0.3);
  EXPECT_EQ(problem("steps", {{"bucket", "2h"}}),
            "400 parameter \"bucket\": expected a span from 1m to 1h, found 2h (what is usual is known by "
            "the hour)");
}

TEST_F(Analysis, TooFewDaysAreNotToldAsNoStep) {
  const Nanoseconds end = tests::noon();
  put(store(), tests::PlantedTraffic{.begin = end - days(14), .end = end, .factor = 9, .lasting = days(7)});
  settle();
  const auto found = asked("steps", {}, end);
  EXPECT_EQ(simdjson::dom::array(found["steps"]).size(), 0U);
  EXPECT_TRUE(bool(found["short"]));
  EXPECT_NE(text(found["says"]).find("too few days"), std::string::npos) << text(found["says"]);
}

TEST_F(Analysis, NamesTheParameterThatIsWrong) {
  EXPECT_EQ(problem("movers", {{"by", "src_ip,sauce"}}).substr(0, 62),
            "400 parameter \"by\": \"sauce\" is no dimension of flows (these ar");
  EXPECT_EQ(
      problem("movers", {{"measure", "mean:rtt_us"}}),
      "400 parameter \"measure\": mean:rtt_us doesn't add up over its parts (such as bytes, packets, flows)");
  EXPECT_EQ(
      problem("movers", {{"last", "1h"}, {"ago", "5m"}}),
      "400 parameter \"ago\": expected a span as long as what is compared at least, found 5m (two spans that "
      "overlap have no difference)");
  EXPECT_EQ(problem("movers", {{"of", "flaws"}}),
            "400 parameter \"of\": expected flows, findings or interfaces, found \"flaws\"");
  EXPECT_EQ(problem("new", {{"last", "soon"}}),
            "400 parameter \"last\": expected a number and s, m, h, d or w, found \"soon\" (such as 90s, 5m, "
            "1h, 7d)");
  EXPECT_EQ(problem("new", {{"days", "0"}}),
            "400 parameter \"days\": expected a whole number from 1 to 800, found \"0\"");
  EXPECT_EQ(problem("anomalies", {{"bucket", "2h"}}),
            "400 parameter \"bucket\": expected a span from 1m to 1h, found 2h (what is usual is known by "
            "the hour)");
  EXPECT_EQ(problem("anomalies", {{"weeks", "2"}}),
            "400 parameter \"weeks\": expected a whole number from 3 to 53, found \"2\"");
  EXPECT_EQ(
      problem("bottlenecks", {{"measure", "speed"}}),
      "400 parameter \"measure\": expected handshake, round_trip, retransmits or drops, found \"speed\"");
  EXPECT_EQ(problem("forecast", {{"capacity_bps", "0"}}).substr(0, 50),
            "400 parameter \"capacity_bps\": expected a whole num");
  EXPECT_EQ(
      problem("periodicity", {{"days", "1"}}),
      "400 parameter \"days\": /v1/analysis/periodicity doesn't take it (it takes by, last, to_ns, limit)");
}

TEST_F(Analysis, SaysThatThereIsNoHistory) {
  backend_->kept.reset();
  for (const char* kind : {"anomalies", "bottlenecks", "forecast", "movers", "new", "new-since-yesterday",
                           "periodicity", "steps"})
    EXPECT_EQ(problem(kind, {}),
              "503 the sensor keeps none: it was started without a store, see vedetted(8)");
}

}  // namespace
}  // namespace vedette
