// The sketches that detectors keep floods in, against what they are sketches of.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "detect/count_min.h"
#include "detect/cusum.h"
#include "detect/entropy.h"
#include "detect/heavy_table.h"
#include "detect/space_saving.h"

namespace vedette::tests {
namespace {

TEST(CountMin, IsNeverBelowTheTruthAndSeldomAboveItsBound) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> hashes(5000);
  for (std::uint64_t& hash : hashes) hash = random();
  CountMin<4, 4096> sketch;
  std::map<std::uint64_t, std::uint32_t> truth;
  // Zipf's law: the nth is asked for 1/n as often.
  std::uint64_t all = 0;
  for (std::size_t n = 0; n < hashes.size(); n++)
    for (std::size_t times = 0; times < 20'000 / (n + 1) + 1; times++, all++) {
      sketch.add(hashes[n]);
      truth[hashes[n]]++;
    }
  const double bound = std::exp(1.0) / 4096 * static_cast<double>(all);
  std::size_t beyond = 0;
  for (const auto& [hash, count] : truth) {
    EXPECT_GE(sketch.estimate(hash), count);
    if (sketch.estimate(hash) > count + bound) beyond++;
  }
  EXPECT_LE(static_cast<double>(beyond), std::exp(-4.0) * static_cast<double>(truth.size()));
  sketch.clear();
  EXPECT_EQ(sketch.estimate(hashes[0]), 0U);
}

TEST(SpaceSaving, HoldsWhatCameMoreOftenThanOneInItsRoom) {
  SpaceSaving<int, 8> kept;
  for (int round = 0; round < 1000; round++) {
    kept.add(-1);
    for (int other = 0; other < 3; other++) kept.add(round * 3 + other);
  }
  EXPECT_EQ(kept.top().thing, -1);
  EXPECT_GE(kept.top().count, 1000U);
  EXPECT_LE(kept.top().count - kept.top().error, 1000U);
  EXPECT_EQ((SpaceSaving<int, 8>{}.top().count), 0U);
}

TEST(HashedSpread, TellsOneFromFewFromEachAnother) {
  std::mt19937_64 random(2);
  HashedSpread one, each, ten;
  const std::uint64_t same = random();
  std::array<std::uint64_t, 10> few{};
  for (std::uint64_t& hash : few) hash = random();
  for (int i = 0; i < 1000; i++) {
    one.add(same);
    each.add(random());
    ten.add(few[static_cast<std::size_t>(i) % few.size()]);
  }
  EXPECT_NEAR(one.spread(), 0, 1e-9);
  EXPECT_NEAR(one.entropy(), 0, 1e-9);
  EXPECT_NEAR(one.distinct(), 1, 0.01);
  EXPECT_GT(each.spread(), 0.95);
  EXPECT_NEAR(each.distinct(), 1000, 150);
  EXPECT_NEAR(ten.distinct(), 10, 1.5);
  EXPECT_NEAR(ten.entropy(), std::log2(10), 0.4);
  for (int i = 0; i < 100'000; i++) each.add(random());
  EXPECT_DOUBLE_EQ(each.distinct(), HashedSpread::kMostDistinct);
}

TEST(Cusum, AlarmsAtAShiftAndNotAtNoise) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(100, 10), risen(130, 10);
  Cusum learnt(0.01, 10);
  // It rises slowly to what is usual: at once it would alarm, and what alarms isn't learnt.
  for (int i = 0; i < 2000; i++) learnt.add(i / 20.0);
  for (int i = 0; i < 2000; i++) learnt.add(noise(random));
  int alarms = 0;
  for (int i = 0; i < 1000; i++) alarms += learnt.add(noise(random)) ? 1 : 0;
  EXPECT_LE(alarms, 20);
  int until = 0;
  while (!learnt.add(risen(random)) && until < 100) until++;
  EXPECT_LE(until, 5);  // three deviations: S grows by 2.5 σ a measure
}

TEST(Cusum, LearnsNothingOfWhatAlarms) {
  Cusum usual(0.1, 1);
  for (int i = 0; i < 100; i++) usual.add(2, true);
  EXPECT_NEAR(usual.mean(), 2, 0.01);
  const double before = usual.mean();
  for (int i = 0; i < 100; i++) EXPECT_TRUE(usual.add(1000));
  EXPECT_DOUBLE_EQ(usual.mean(), before);
}

TEST(Cusum, ForgetsWhileNothingCame) {
  Cusum one(0.01, 10), other(0.01, 10);
  for (int i = 0; i < 100; i++) {
    one.add(3);
    other.add(3);
  }
  for (int i = 0; i < 50; i++) one.add(0);
  other.idle(50);
  EXPECT_NEAR(one.mean(), other.mean(), 1e-9);
  EXPECT_NEAR(one.deviation(), other.deviation(), 1e-9);
}

struct Weighted {
  std::uint64_t count = 0;
  [[nodiscard]] std::uint64_t weight() const { return count; }
};

HeavyKey numbered(std::uint32_t number) {
  HeavyKey key;
  key.address.words[0] = number;
  key.rest = 4;
  return key;
}

TEST(HeavyTable, KeepsTheHeavyWhateverNumberOfOthersCome) {
  HeavyTable<Weighted> table(1024);
  for (std::uint32_t heavy = 0; heavy < 16; heavy++) table.at(numbered(heavy)).value.count = 1000;
  std::size_t parted = 0;
  for (std::uint32_t other = 100; other < 100'000; other++)
    table.at(numbered(other), [&](const auto&) { parted++; }).value.count = 1;
  for (std::uint32_t heavy = 0; heavy < 16; heavy++) {
    const auto* found = table.find(numbered(heavy));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->value.count, 1000U);
  }
  EXPECT_GE(parted, 99'000U - 1024U);
  EXPECT_EQ(table.find(numbered(100)), nullptr);
  EXPECT_LE(table.memory(), 1024 * (sizeof(HeavyTable<Weighted>::Entry) + sizeof(std::uint32_t)));
}

TEST(HeavyTable, TakesNoMemoryBeforeItsFirstEntry) {
  HeavyTable<Weighted> table(1024);
  EXPECT_EQ(table.find(numbered(1)), nullptr);
  EXPECT_EQ(table.memory(), 0U);
}

}  // namespace
}  // namespace vedette::tests
