// What GET /v1/analysis/new-since-yesterday says of a store in which one of each kind is new.
#include "tests/inquire/analysis_fixture.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using tests::Parameters;
using tests::text;

// A day of what is usual, and in the last one one more of each kind.
class NewSinceYesterday : public tests::Analysis {
 protected:
  NewSinceYesterday() {
    tests::PlantedFlow usual{.country = "DE", .app = "tls", .app_version = "1.3"};
    usual.fingerprint = "t13d1516h2_8daaf6152771_b186095e22b6";
    for (int day = 1; day < 10; day++) {
      usual.time = end_ - days(day) - 1h;
      put(store(), usual);
    }
    usual.time = end_ - 1h;
    put(store(), usual);
    for (tests::PlantedFlow& one : all_) {
      one.time = end_ - 2h;
      put(store(), one);
    }
    settle();
  }

  // "kind value" of all that is said to be new.
  std::vector<std::string> news(Parameters parameters) {
    parameters.emplace("days", "14");
    answered_ = asked("new-since-yesterday", std::move(parameters), end_);
    std::vector<std::string> all;
    for (const auto value : simdjson::dom::array(answered_["values"]))
      all.push_back(text(value["kind"]) + " " + text(value["value"]));
    return all;
  }

  const Nanoseconds end_ = tests::noon();
  // Known in all but one fact each.
  std::array<tests::PlantedFlow, 5> all_ = [] {
    std::array<tests::PlantedFlow, 5> all;
    all.fill({.country = "DE", .app = "tls", .app_version = "1.3"});
    for (auto& one : all) one.fingerprint = "t13d1516h2_8daaf6152771_b186095e22b6";
    all[0].port = 4444;
    all[1].from = 77;
    all[2].country = "NZ";
    all[3].app_version = "1.0";
    all[4].fingerprint = "ec7378c1a92f5a8dde7e8b7a1ddf33d1";
    return all;
  }();
  simdjson::dom::element answered_;
};

constexpr std::array<std::pair<const char*, const char*>, 5> kNews{{
    {"service", "service 4444, tcp"},
    {"source", "source 10.0.0.77"},
    {"country", "country NZ"},
    {"protocol_version", "protocol_version tls, 1.0"},
    {"fingerprint", "fingerprint ec7378c1a92f5a8dde7e8b7a1ddf33d1"},
}};

TEST_F(NewSinceYesterday, EachKindIsToldByItself) {
  for (const auto& [kind, told] : kNews) {
    EXPECT_EQ(news({{"kinds", kind}}), std::vector<std::string>{told});
    EXPECT_EQ(simdjson::dom::array(answered_["kinds"]).size(), 1U);
    const auto one = answered_["kinds"].at(0);
    EXPECT_EQ(text(one["says"]), text(answered_["says"]));
    EXPECT_EQ(std::uint64_t(one["days"]), 9U) << kind;
    // Of the earlier span and of the later one, by which anybody finds the same.
    EXPECT_EQ(rows_of(one["queries"].at(0)).size(), 9U) << kind;
    EXPECT_GE(rows_of(one["queries"].at(1)).size(), 2U) << kind;
  }
}

TEST_F(NewSinceYesterday, AllKindsAreToldTogether) {
  std::vector<std::string> expected;
  for (const auto& [kind, told] : kNews) expected.emplace_back(told);
  EXPECT_EQ(news({}), expected);
  const std::string says = text(answered_["says"]);
  for (const char* one : {"1 new service,", "1 new source,", "1 new country,", "1 new protocol version,",
                          "1 new fingerprint,", "NZ (", "10.0.0.77 ("})
    EXPECT_NE(says.find(one), std::string::npos) << one << " in " << says;
  EXPECT_EQ(news({{"kinds", "fingerprint,country"}}),
            (std::vector<std::string>{kNews[2].second, kNews[4].second}));
}

TEST_F(NewSinceYesterday, WhereNothingIsNewThatIsSaidOfAllAtOnce) {
  EXPECT_EQ(news({{"last", "30m"}}), std::vector<std::string>{});
  EXPECT_EQ(text(answered_["says"]), "no new service, source, country, protocol version, fingerprint");
}

TEST_F(NewSinceYesterday, AKindThatIsNoneIsToldWithThoseThatAre) {
  EXPECT_EQ(
      problem("new-since-yesterday", {{"kinds", "country,sauce"}}),
      "400 parameter \"kinds\": expected service, source, country, protocol_version, fingerprint, found "
      "\"sauce\"");
}

}  // namespace
}  // namespace vedette
