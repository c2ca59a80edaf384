#include <gtest/gtest.h>

#include "cli/top/screen_text.h"
#include "tests/cli/top_looks.h"

namespace vedette::top {
namespace {

int line_width(const Line& line) {
  int columns = 0;
  for (const Span& span : line) columns += width(span.text);
  return columns;
}

// At every size: as many lines as the screen has, none wider than it.
class TopPictureAt : public testing::TestWithParam<Size> {};

TEST_P(TopPictureAt, FitsTheScreenInEveryView) {
  const Size size = GetParam();
  Model model({.filter = "tcp or udp"});
  model.take(look_after(0, 10'000));
  model.take(look_after(1, 9'999'999));
  const auto expect_fits = [&](const std::string& where) {
    for (const bool unicode : {true, false}) {
      const Picture picture = make_picture(model, {size, unicode, "host.example"});
      EXPECT_EQ(picture.lines.size(), static_cast<std::size_t>(size.lines)) << where;
      for (const Line& line : picture.lines) EXPECT_LE(line_width(line), size.columns) << where;
    }
  };
  for (const char view : {'1', '2', '3', '4', '5', '6', '7'}) {
    (void)model.press({Key::kCharacter, view}, {.rows = 10, .columns = 80});
    expect_fits(std::string("view ") + view);
  }
  (void)model.press({Key::kCharacter, '?'}, {.rows = 10, .columns = 80});
  expect_fits("help");
  (void)model.press({Key::kEscape}, {.rows = 10, .columns = 80});
  (void)model.press({Key::kCharacter, '1'}, {.rows = 10, .columns = 80});
  (void)model.press({Key::kEnter}, {.rows = 10, .columns = 80});
  expect_fits("a flow");
}

INSTANTIATE_TEST_SUITE_P(Sizes, TopPictureAt,
                         testing::Values(Size{80, 24}, Size{100, 30}, Size{200, 50}, Size{320, 90}));

TEST(TopPicture, TellsTheHeaderInFiguresAndReasons) {
  Model model({});
  model.take(look_after(0, 10'000));
  model.take(look_after(1, 1'260'000));
  const std::string text = plain_text(make_picture(model, {{80, 24}, true, "host.example"}));
  EXPECT_NE(text.find("host.example  up 1 min 41 s  eth0 xdp-native"), std::string::npos) << text;
  EXPECT_NE(text.find("10.0 Mbit/s"), std::string::npos) << text;
  EXPECT_NE(text.find("lost 2 (ring_full)"), std::string::npos) << text;
  EXPECT_NE(text.find("own retransmits 3.0/s"), std::string::npos) << text;
}

TEST(TopPicture, ShowsMoreColumnsOnAWiderScreen) {
  Model model({});
  model.take(look_after(0, 10'000));
  const std::string narrow = plain_text(make_picture(model, {{80, 24}, true, "h"}));
  const std::string wide = plain_text(make_picture(model, {{200, 50}, true, "h"}));
  EXPECT_EQ(narrow.find("nginx"), std::string::npos) << narrow;
  EXPECT_NE(wide.find("nginx"), std::string::npos) << wide;
  EXPECT_NE(wide.find("443 https"), std::string::npos) << wide;
}

TEST(TopPicture, TellsFlowsApartByVlanAndTunnel) {
  Answers answers = answers_after(0, 10'000);
  const auto flow = [](const std::string& wrapped) {
    return R"({"first_ns":1700000000000000000,"src_ip":"10.42.0.2","src_port":40000,"dst_ip":"10.42.0.1",)"
           R"("dst_port":5060,"protocol":"udp","ip_version":4,"packets":1,"bytes":65,"state":"new")" +
           wrapped + "}";
  };
  answers.flows = R"({"flows":[)" + flow(R"(,"vlan":[42])") + "," + flow(R"(,"vlan":[100,200])") + "," +
                  flow(R"(,"tunnel":{"type":"vxlan","id":4242})") + "," + flow("") + R"(],"total":4})";
  Model model({});
  model.take(*read_snapshot(answers));
  std::string text = plain_text(make_picture(model, {{80, 24}, true, "h"}));
  for (const char* row :
       {"PROTO VLAN     INITIATOR ", "udp 42         10.42.0.2:40000 ", "udp 100.200    10.42.0.2:40000 ",
        "udp vxlan 4242 10.42.0.2:40000 ", "udp            10.42.0.2:40000 "})
    EXPECT_NE(text.find(row), std::string::npos) << row << text;
  (void)model.press({Key::kDown}, {.rows = 10, .columns = 80});
  (void)model.press({Key::kEnter}, {.rows = 10, .columns = 80});
  text = plain_text(make_picture(model, {{80, 24}, true, "h"}));
  EXPECT_NE(text.find(" udp 10.42.0.2:40000 to 10.42.0.1:5060 in VLAN 100.200"), std::string::npos) << text;
}

TEST(TopPicture, SaysThatAnOpenedFlowIsGone) {
  Model model({});
  model.take(look_after(0, 10'000));
  (void)model.press({Key::kEnter}, {.rows = 10, .columns = 80});
  Snapshot without = look_after(1, 10'000);
  std::erase_if(without.flows,
                [&](const FlowLook& flow) { return flow.identity() == model.opened()->identity(); });
  model.take(without);
  const std::string text = plain_text(make_picture(model, {{80, 24}, true, "h"}));
  EXPECT_NE(text.find("(gone; as last seen)"), std::string::npos) << text;
}

TEST(TopPicture, ShowsTheEndOfALongFilterWhileItIsTyped) {
  Model model({});
  model.take(look_after(0, 10'000));
  (void)model.press({Key::kCharacter, '/'}, {.rows = 10, .columns = 80});
  for (int number = 0; number < 100; number++)
    (void)model.press({Key::kCharacter, static_cast<char>('0' + number % 10)}, {.rows = 10, .columns = 80});
  const Picture picture = make_picture(model, {{20, 24}, true, "h"});
  EXPECT_EQ(plain_text({{picture.lines.back()}}), "filter: 90123456789\n");
  EXPECT_EQ(picture.cursor, 19);
}

TEST(TopPicture, TellsWhatANarrowScreenCutsOff) {
  Model model({.filter = "tcp port 443 or udp port 53"});
  model.take(look_after(0, 10'000));
  const auto last_line = [&] {
    const std::string text = plain_text(make_picture(model, {{80, 24}, true, "h"}));
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  EXPECT_EQ(last_line(), "filter tcp port 443 or udp port 53   / change  Esc take away  ? help  q quit\n");
  (void)model.press({Key::kCharacter, '6'}, {.rows = 10, .columns = 80});
  (void)model.press({Key::kEnd}, {.rows = 10, .columns = 80});
  EXPECT_EQ(last_line(), "ring_full: the ring was full\n");
  (void)model.press({Key::kCharacter, '5'}, {.rows = 10, .columns = 80});
  EXPECT_NE(last_line().find("? help"), std::string::npos);
}

TEST(TopPicture, MarksWhatIsOutdated) {
  Model model({});
  model.take(look_after(0, 10'000));
  const std::string flows = plain_text(make_picture(model, {{100, 24}, true, "h"}));
  EXPECT_NE(flows.find("tls 1.0 !"), std::string::npos) << flows;
  (void)model.press({Key::kCharacter, '4'}, {.rows = 10, .columns = 80});
  const std::string text = plain_text(make_picture(model, {{80, 24}, true, "h"}));
  EXPECT_NE(text.find("\ntls 1.0 "), std::string::npos) << text;
  EXPECT_NE(text.find("too old"), std::string::npos) << text;
  EXPECT_NE(text.find("\nnot known "), std::string::npos) << text;
}

TEST(TopPicture, WaitsWithoutFiguresForTheFirstAnswer) {
  Model model({});
  model.miss({ErrorKind::kFailed, "api.sock", "no answer for 3 s", {}});
  std::string text = plain_text(make_picture(model, {{80, 24}, true, "h"}));
  while (text.find("\n\n") != std::string::npos) text.erase(text.find("\n\n"), 1);
  EXPECT_EQ(text, "vedette waits for the sensor's first answer\napi.sock: no answer for 3 s; trying again\n");
}

TEST(TopPicture, ShowsEveryFactOfAFlow) {
  Model model({});
  model.take(look_after(0, 10'000));
  (void)model.press({Key::kEnter}, {.rows = 10, .columns = 80});
  const std::string text = plain_text(make_picture(model, {{80, 24}, true, "h"}));
  EXPECT_NE(text.find("handshake rtt"), std::string::npos) << text;
  EXPECT_NE(text.find("process name"), std::string::npos) << text;
  EXPECT_NE(text.find("nginx"), std::string::npos) << text;
}

TEST(TopPicture, KeepsToAsciiWhereTheTerminalAsksForIt) {
  Model model({});
  model.take(look_after(0, 10'000));
  model.take(look_after(1, 20'000));
  for (const char letter : plain_text(make_picture(model, {{120, 40}, false, "h"})))
    EXPECT_LT(static_cast<unsigned char>(letter), 0x80);
}

TEST(TopPicture, SetsKeysApartFromWhatTheyDo) {
  Model model({});
  model.take(look_after(0, 10'000));
  (void)model.press({Key::kCharacter, '?'}, {});
  for (const bool unicode : {false, true}) {
    const std::string text = plain_text(make_picture(model, {{80, 24}, unicode, "h"}));
    EXPECT_NE(text.find("PgDn  "), std::string::npos) << text;
  }
}

TEST(Sparkline, ScalesToItsHighestValueAndShowsTheLeast) {
  EXPECT_EQ(sparkline({0, 1, 400, 800}, 4, true), " ▁▄█");
  EXPECT_EQ(sparkline({0, 1, 400, 800}, 4, false), " _:#");
}

TEST(Sparkline, StandsAtTheRightAndShowsTheLatest) {
  EXPECT_EQ(sparkline({5}, 3, true), "  █");
  EXPECT_EQ(sparkline({9, 1, 1}, 2, true), "██");
  EXPECT_EQ(sparkline({}, 2, true), "  ");
}

TEST(Fitted, CutsAndFillsByCharactersNotBytes) {
  EXPECT_EQ(fitted("µµµµ", 3, false, true), "µµ…");
  EXPECT_EQ(fitted("12", 4, true, true), "  12");
}

TEST(FittedEnds, CutsInTheMiddle) {
  EXPECT_EQ(fitted_ends("[2001:db8:85a3::7348]:50000", 18, true), "[2001:db8…8]:50000");
  EXPECT_EQ(fitted_ends("abcdef", 5, false), "ab~ef");
  EXPECT_EQ(fitted_ends("abcdef", 2, false), "a~");
  EXPECT_EQ(fitted_ends("ab", 4, false), "ab  ");
}

TEST(Clip, CutsTheSpanThatReachesBeyondTheScreenAndEmptiesTheRest) {
  Line line{{"lost 3 ", Tone::kBad}, {"drops 12 µs", Tone::kPlain}, {"more", Tone::kPlain}};
  clip(line, 10, true);
  EXPECT_EQ(plain_text({{line}}), "lost 3 dr…\n");
  clip(line, 10, false);
  EXPECT_EQ(plain_text({{line}}), "lost 3 dr?\n");
}

}  // namespace
}  // namespace vedette::top
