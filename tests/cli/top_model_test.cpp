#include <gtest/gtest.h>

#include <set>

#include "cli/top/model.h"
#include "tests/cli/top_looks.h"

namespace vedette::top {
namespace {

constexpr Model::Room kRoom{.rows = 10, .columns = 80};

Outcome press(Model& model, char letter) {
  return model.press({Key::kCharacter, letter}, kRoom);
}
Outcome press(Model& model, Key::Kind kind) {
  return model.press({kind}, kRoom);
}

Model model_with_traffic() {
  Model model({});
  model.take(look_after(0, 10'000));
  model.take(look_after(1, 20'000));
  return model;
}

TEST(TopModel, ShowsTheFlowThatMovesMostFirst) {
  const Model model = model_with_traffic();
  ASSERT_EQ(model.table().rows.size(), 2u);
  EXPECT_EQ(model.table().rows[0].cells[1].text, "192.0.2.1:50000");
  EXPECT_EQ(model.table().rows[0].cells[4].text, "80.0 kbit");
}

TEST(TopModel, SortsByTheNextColumnAndTurnsItRound) {
  Model model = model_with_traffic();
  EXPECT_EQ(press(model, '>'), Outcome::kFetch);
  EXPECT_EQ(model.flow_sort(), "-total_bytes");
  EXPECT_EQ(model.table().rows[0].cells[1].text, "[2001:db8::1]:53");
  EXPECT_EQ(press(model, 'r'), Outcome::kFetch);
  EXPECT_EQ(model.flow_sort(), "total_bytes");
  EXPECT_EQ(model.table().rows[0].cells[1].text, "192.0.2.1:50000");
}

TEST(TopModel, SortsByColumnsThatAreShown) {
  for (const int columns : {80, 120, 200}) {
    Model model = model_with_traffic();
    std::set<std::size_t> sorted;
    for (std::size_t step = 0; step < model.table().columns.size(); step++) {
      (void)model.press({Key::kCharacter, '>'}, {.rows = 10, .columns = columns});
      sorted.insert(model.sort_column());
    }
    std::set<std::size_t> shown;
    for (std::size_t at = 0; at < model.table().columns.size(); at++)
      if (model.table().columns[at].from <= columns) shown.insert(at);
    EXPECT_EQ(sorted, shown) << columns;
  }
}

TEST(TopModel, SortsByAgeInTheSameOrderWhicheverWayTimesAreTold) {
  Model model = model_with_traffic();
  const Model::Room wide{.rows = 10, .columns = 200};
  while (model.table().columns[model.sort_column()].title != "AGE")
    (void)model.press({Key::kCharacter, '>'}, wide);
  EXPECT_EQ(model.flow_sort(), "first_ns");
  EXPECT_EQ(model.table().rows[0].cells[1].text, "[2001:db8::1]:53");
  (void)press(model, 't');
  EXPECT_EQ(model.table().rows[0].cells[1].text, "[2001:db8::1]:53");
}

TEST(TopModel, KeepsTheSelectionOnItsRowWhenTheOrderChanges) {
  Model model = model_with_traffic();
  (void)press(model, Key::kDown);
  const std::string chosen = model.table().rows[model.selected()].identity;
  (void)press(model, '>');
  EXPECT_EQ(model.table().rows[model.selected()].identity, chosen);
  EXPECT_EQ(model.selected(), 0u);
}

TEST(TopModel, EntersATalkerAndReturns) {
  Model model({.filter = "tcp"});
  model.take(look_after(0, 10'000));
  (void)press(model, '2');
  ASSERT_EQ(model.table().rows.size(), 2u);
  (void)press(model, Key::kDown);
  EXPECT_EQ(press(model, Key::kEnter), Outcome::kFetch);
  EXPECT_EQ(model.view(), View::kFlows);
  EXPECT_EQ(model.flow_filter(), "(tcp) and (src host " + model.look().flows[1].src_ip + ")");
  (void)press(model, Key::kEscape);
  EXPECT_EQ(model.view(), View::kTalkers);
  EXPECT_EQ(model.selected(), 1u);
  EXPECT_EQ(model.flow_filter(), "tcp");
}

TEST(TopModel, OpensAFlowAndFollowsIt) {
  Model model = model_with_traffic();
  (void)press(model, Key::kEnter);
  ASSERT_TRUE(model.opened());
  model.take(look_after(2, 50'000));
  EXPECT_EQ(model.opened()->sent.bytes, 50'000u);
  (void)press(model, Key::kEscape);
  EXPECT_FALSE(model.opened());
}

TEST(TopModel, GoesBackToTheLastGoodFilterWhenOneIsRefused) {
  Model model({.filter = "udp"});
  model.take(look_after(0, 1));
  (void)press(model, '/');
  (void)press(model, '(');
  EXPECT_EQ(*model.typed(), "udp(");
  EXPECT_EQ(press(model, Key::kEnter), Outcome::kFetch);
  EXPECT_EQ(model.flow_filter(), "udp(");
  EXPECT_TRUE(model.refuse_filter({ErrorKind::kUnusable, "filter", "syntax error", {}}));
  EXPECT_EQ(model.flow_filter(), "udp");
  EXPECT_EQ(model.notice(), "filter: syntax error");
  EXPECT_FALSE(model.refuse_filter({ErrorKind::kUnusable, "filter", "syntax error", {}}));
}

TEST(TopModel, HoldsThePictureWhilePaused) {
  Model model = model_with_traffic();
  (void)press(model, 'p');
  model.take(look_after(2, 90'000));
  EXPECT_EQ(model.look().in.bytes, 20'000u);
  (void)press(model, 'p');
  model.take(look_after(3, 95'000));
  EXPECT_EQ(model.look().in.bytes, 95'000u);
}

TEST(TopModel, HoldsTheRatesToo) {
  Model model = model_with_traffic();
  const double before = model.rates().in.bytes;
  (void)press(model, 'p');
  model.take(look_after(2, 90'000));
  (void)press(model, 't');
  EXPECT_EQ(model.rates().in.bytes, before);
  EXPECT_EQ(model.table().rows[0].cells[4].text, "80.0 kbit");
  (void)press(model, 'p');
  EXPECT_EQ(model.rates().in.bytes, 70'000);
}

TEST(TopModel, HoldsNoLongerWhenOtherFlowsAreAskedFor) {
  Model model = model_with_traffic();
  (void)press(model, 'p');
  (void)press(model, '2');
  EXPECT_TRUE(model.paused());
  (void)press(model, Key::kEnter);
  EXPECT_FALSE(model.paused());
}

TEST(TopModel, TakesWhatItSaysAwayBeforeTheFilter) {
  Model model({.filter = "tcp"});
  model.take(look_after(0, 1));
  (void)press(model, '/');
  (void)press(model, '(');
  (void)press(model, Key::kEnter);
  ASSERT_TRUE(model.refuse_filter({ErrorKind::kUnusable, "filter", "syntax error", {}}));
  (void)press(model, Key::kEscape);
  EXPECT_TRUE(model.notice().empty());
  EXPECT_EQ(model.flow_filter(), "tcp");
  (void)press(model, Key::kEscape);
  EXPECT_TRUE(model.flow_filter().empty());
}

TEST(TopModel, LeavesTheHelpByAnyKey) {
  for (const char key : {'q', '?', 'x'}) {
    Model model = model_with_traffic();
    (void)press(model, '?');
    ASSERT_TRUE(model.helping());
    EXPECT_EQ(press(model, key), Outcome::kShow);
    EXPECT_FALSE(model.helping());
  }
}

TEST(TopModel, KeepsTheLastPictureWhileTheSensorIsAway) {
  Model model = model_with_traffic();
  model.miss({ErrorKind::kFailed, "/run/x", "no sensor is running here", {}});
  EXPECT_TRUE(model.away());
  EXPECT_EQ(model.look().in.bytes, 20'000u);
  model.take(look_after(3, 21'000));
  EXPECT_FALSE(model.away());
  EXPECT_TRUE(model.notice().empty());
}

TEST(TopModel, LeavesByQ) {
  Model model({});
  EXPECT_EQ(press(model, 'q'), Outcome::kQuit);
}

}  // namespace
}  // namespace vedette::top
