// What `--respond` takes, and the detectors that it knows.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "act/detector_names.h"
#include "act/responder.h"

namespace vedette {
namespace {

std::string taken(ResponseOptions& options, std::string_view text) {
  const auto done = take_response(options, text);
  return done ? "" : done.error().text();
}

TEST(ResponseOptions, TakeModesOfAllOfAKindAndOfADetector) {
  ResponseOptions options;
  EXPECT_FALSE(responds(options));
  EXPECT_EQ(taken(options, "arp_sweep=observe"), "");
  EXPECT_TRUE(responds(options));
  EXPECT_EQ(taken(options, "enforce"), "");
  EXPECT_EQ(taken(options, "syn_flood=observe-port"), "");
  EXPECT_EQ(taken(options, "detector:syn_flood=off"), "");
  EXPECT_EQ(options.mode, ResponseMode::kEnforce);
  EXPECT_EQ(options.of_kind.at(FindingKind::kSynFlood), ResponseMode::kObservePort);
  EXPECT_EQ(options.of_detector.at("syn_flood"), ResponseMode::kOff);
  EXPECT_EQ(options.of_detector.at("arp_sweep"), ResponseMode::kObserve);
}

TEST(ResponseOptions, RefuseWhatNobodyFinds) {
  ResponseOptions options;
  EXPECT_EQ(taken(options, "sin_scan=observe"),
            "expected a kind of finding or a detector, found \"sin_scan\" (did you mean fin_scan)");
  EXPECT_EQ(
      taken(options, "detector:port_scan=observe"),
      "expected a kind of finding or a detector, found \"detector:port_scan\" (did you mean port_scan)");
  EXPECT_EQ(taken(options, "syn_scan=block"),
            "expected off, observe, enforce, observe-port or enforce-port, found \"block\"");
  EXPECT_NE(taken(options, "=observe"), "");
  EXPECT_FALSE(responds(options));
}

std::string sources_of(const std::filesystem::path& folder) {
  std::string all;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path());
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

TEST(DetectorNames, AreThoseInTheDetectorsSources) {
  EXPECT_TRUE(std::ranges::is_sorted(known_detectors()));
  const std::string all = sources_of(VEDETTE_SOURCES "/detect") + sources_of(VEDETTE_SOURCES "/sensor");
  for (const std::string_view name : known_detectors())
    EXPECT_NE(all.find('"' + std::string(name) + '"'), std::string::npos) << name;
  const std::regex named("detector = \"([a-z0-9_]+)\"|\"([a-z0-9_]+_(?:amplification|scan|flood|sweep))\"");
  for (std::sregex_iterator one(all.begin(), all.end(), named); one != std::sregex_iterator(); one++) {
    const std::string name = (*one)[1].matched ? (*one)[1] : (*one)[2];
    if (name == "port_scan") continue;  // a kind alone
    EXPECT_TRUE(std::ranges::binary_search(known_detectors(), std::string_view(name))) << name;
  }
}

}  // namespace
}  // namespace vedette
