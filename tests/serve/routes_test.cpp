// What each path answers, without HTTP's bytes.
#include "serve/routes.h"

#include <gtest/gtest.h>

#include "serve/event_feed.h"
#include "tests/serve/file_backend.h"

namespace vedette {
namespace {

class Routes : public ::testing::Test {
 protected:
  Routes() : packets_(tests::write_made_capture(folder_.file("made.pcapng"))) {}

  Answer get(const std::string& path, std::multimap<std::string, std::string> parameters = {},
             const std::string& method = "GET", const std::string& last_event_id = {}) {
    return answer({backend_, feeds_}, {.method = method,
                                       .path = path,
                                       .parameters = std::move(parameters),
                                       .last_event_id = last_event_id});
  }

  tests::TemporaryFolder folder_;
  std::size_t packets_;
  tests::FileBackend backend_{folder_.file("made.pcapng"), tests::Pace::kOnce};
  ParkedFeeds feeds_;
};

// "STATUS detail"
std::string problem_of(const Answer& answer) {
  const auto* problem = std::get_if<Problem>(&answer);
  return problem ? std::to_string(problem->status) + " " + problem->detail : "no problem";
}

std::string body_of(const Answer& answer) {
  const auto* document = std::get_if<Document>(&answer);
  return document ? document->body : problem_of(answer);
}

// All that a stream gives until it is over or quiet.
std::string text_of(Answer& answer) {
  auto* stream = std::get_if<Stream>(&answer);
  if (!stream) return problem_of(answer);
  std::string text;
  for (auto more = stream->reader->read(); more && !more->starts_with(":"); more = stream->reader->read())
    text += *more;
  return text;
}

std::size_t occurrences(const std::string& text, const std::string& of) {
  std::size_t count = 0;
  for (std::size_t at = text.find(of); at != std::string::npos; at = text.find(of, at + 1)) count++;
  return count;
}

TEST_F(Routes, NameThePathThatIsNotTheirs) {
  EXPECT_EQ(problem_of(get("/v1/flow")),
            "404 /v1/flow is not a path of this API; /v1/openapi.json lists them");
}

TEST_F(Routes, NameTheMethodsThatAPathTakes) {
  EXPECT_EQ(problem_of(get("/v1/stats", {}, "POST")), "405 /v1/stats takes GET, HEAD, not POST");
}

TEST_F(Routes, OpenNoStreamForHead) {
  EXPECT_EQ(problem_of(get("/v1/packets", {}, "HEAD")), "405 /v1/packets takes GET, not HEAD");
  EXPECT_EQ(backend_.open_streams(), 0);
}

TEST_F(Routes, NameAParameterThatTheyDoNotTake) {
  EXPECT_EQ(problem_of(get("/v1/flows", {{"limt", "3"}})),
            "400 parameter \"limt\": /v1/flows doesn't take it (it takes limit, cursor, sort, filter, "
            "from_ns, to_ns, last)");
  EXPECT_EQ(problem_of(get("/v1/health", {{"limit", "3"}})),
            "400 parameter \"limit\": /v1/health doesn't take it (it takes none)");
}

TEST_F(Routes, RefuseAParameterGivenTwice) {
  EXPECT_EQ(problem_of(get("/v1/flows", {{"limit", "3"}, {"limit", "4"}})),
            "400 parameter \"limit\": expected once, found 2 times");
}

TEST_F(Routes, SayWhichNumbersALimitMayBe) {
  for (const std::string wrong : {"0", "10001", "-1", "3x", "", " 3", "99999999999999999999999"})
    EXPECT_EQ(problem_of(get("/v1/flows", {{"limit", wrong}})),
              "400 parameter \"limit\": expected a whole number from 1 to 10000, found \"" + wrong + "\"");
}

TEST_F(Routes, RefuseFiltersSortsAndCursorsThatMeanNothing) {
  for (const auto& [name, value] : std::multimap<std::string, std::string>{
           {"filter", "tcp prot 80"}, {"sort", "bites"}, {"cursor", "yesterday"}})
    EXPECT_EQ(problem_of(get("/v1/flows", {{name, value}})).substr(0, 3), "400") << name;
  EXPECT_EQ(problem_of(get("/v1/packets", {{"filter", "tcp prot 80"}})).substr(0, 3), "400");
  EXPECT_EQ(backend_.open_streams(), 0);
}

TEST_F(Routes, TellEveryFlowOnceOverPages) {
  const std::string all = body_of(get("/v1/flows", {{"limit", "10000"}}));
  const std::size_t flows = occurrences(all, "\"first_ns\"");
  ASSERT_GT(flows, 3U);
  std::string cursor;
  std::size_t told = 0;
  for (std::size_t page = 0; page <= flows; page++) {
    const std::string body = cursor.empty() ? body_of(get("/v1/flows", {{"limit", "2"}}))
                                            : body_of(get("/v1/flows", {{"limit", "2"}, {"cursor", cursor}}));
    told += occurrences(body, "\"first_ns\"");
    const std::string member = "\"next_cursor\":\"";
    const std::size_t at = body.find(member);
    if (at == std::string::npos) break;
    const std::size_t begin = at + member.size();
    cursor = body.substr(begin, body.find('"', begin) - begin);
  }
  EXPECT_EQ(told, flows);
}

TEST_F(Routes, TellEveryPacketAsAnEvent) {
  Answer answer = get("/v1/packets");
  EXPECT_EQ(occurrences(text_of(answer), "event: packet\n"), packets_);
}

TEST_F(Routes, EndAStreamAtItsCount) {
  Answer answer = get("/v1/packets", {{"count", "3"}});
  EXPECT_EQ(occurrences(text_of(answer), "event: packet\n"), 3U);
  EXPECT_EQ(std::get<Stream>(answer).reader->read(), std::nullopt);
}

TEST_F(Routes, GoOnBehindTheLastEventId) {
  std::string first;
  {
    Answer answer = get("/v1/packets");
    first = text_of(answer);
  }
  EXPECT_EQ(backend_.open_streams(), 1) << "kept for the client's return";
  const std::size_t cut = first.find("id: 1-3\n");
  ASSERT_NE(cut, std::string::npos);
  Answer again = get("/v1/packets", {}, "GET", "1-2");
  const std::string rest = text_of(again);
  EXPECT_EQ(rest, first.substr(first.find("event: packet\nid: 1-3\n")));
}

TEST_F(Routes, HoldNobodyBackWhoNamesAnEventYetToCome) {
  {
    Answer answer = get("/v1/packets");
    (void)text_of(answer);
  }
  Answer again = get("/v1/packets", {}, "GET", "1-99999999");
  EXPECT_EQ(text_of(again), "");
}

TEST_F(Routes, TellEveryHandshakeAsAnEvent) {
  Answer answer = get("/v1/handshakes");
  const std::string text = text_of(answer);
  EXPECT_TRUE(text.starts_with("event: handshake\nid: 1-1\ndata: {\"time_ns\":")) << text;
  EXPECT_NE(text.find(R"("dst_port":443,"protocol":"tcp","app":"tls")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("sni":"www.example.com")"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("}\n\n")) << text;
}

TEST_F(Routes, TellHandshakesOfFlowsThatTheFilterMatches) {
  Answer none = get("/v1/handshakes", {{"filter", "port 444"}});
  EXPECT_EQ(text_of(none), "");
  Answer one = get("/v1/handshakes", {{"filter", "dst port 443"}, {"count", "1"}});
  EXPECT_EQ(occurrences(text_of(one), "event: handshake\n"), 1U);
  EXPECT_EQ(problem_of(get("/v1/handshakes", {{"filter", "tcp prot 80"}})).substr(0, 3), "400");
}

TEST_F(Routes, GoOnWithAFeedOfTheSameKindAlone) {
  {
    Answer answer = get("/v1/handshakes");
    (void)text_of(answer);
  }
  Answer packets = get("/v1/packets", {}, "GET", "1-0");
  EXPECT_TRUE(text_of(packets).starts_with("event: lost\ndata: {}\n\nevent: packet\n"));
  Answer again = get("/v1/handshakes", {}, "GET", "1-0");
  EXPECT_TRUE(text_of(again).starts_with("event: handshake\nid: 1-1\n"));
}

TEST_F(Routes, TellEverySecondAsAnEvent) {
  Answer answer = get("/v1/live");
  const std::string text = text_of(answer);
  EXPECT_EQ(occurrences(text, "event: second\n"), 3U);
  EXPECT_TRUE(text.starts_with("event: second\nid: 1-1\ndata: {\"time_ns\":1700000000000000000,")) << text;
  EXPECT_NE(text.find(R"("in":{"packets":)" + std::to_string(packets_) + ","), std::string::npos) << text;
  EXPECT_EQ(occurrences(text, R"("in":{"packets":0,)"), 2U);
}

TEST_F(Routes, GoOnBehindTheLastSecond) {
  std::string first;
  {
    Answer answer = get("/v1/live");
    first = text_of(answer);
  }
  EXPECT_EQ(backend_.open_streams(), 1) << "kept for the client's return";
  Answer again = get("/v1/live", {}, "GET", "1-1");
  EXPECT_EQ(text_of(again), first.substr(first.find("event: second\nid: 1-2\n")));
  Answer packets = get("/v1/packets", {}, "GET", "1-1");
  EXPECT_TRUE(text_of(packets).starts_with("event: lost\ndata: {}\n\nevent: packet\n"));
}

TEST_F(Routes, EndSecondsAtTheirCount) {
  Answer answer = get("/v1/live", {{"count", "2"}});
  EXPECT_EQ(occurrences(text_of(answer), "event: second\n"), 2U);
  EXPECT_EQ(std::get<Stream>(answer).reader->read(), std::nullopt);
  EXPECT_EQ(problem_of(get("/v1/live", {{"filter", "tcp"}})),
            "400 parameter \"filter\": /v1/live doesn't take it (it takes count)");
  EXPECT_EQ(problem_of(get("/v1/live", {}, "HEAD")), "405 /v1/live takes GET, not HEAD");
}

TEST_F(Routes, SayThatAFeedIsNoMore) {
  Answer answer = get("/v1/packets", {}, "GET", "77-5");
  EXPECT_TRUE(text_of(answer).starts_with("event: lost\ndata: {}\n\nevent: packet\n"));
}

TEST_F(Routes, KeepNoStreamThatIsOver) {
  {
    Answer answer = get("/v1/packets", {{"count", "3"}});
    (void)text_of(answer);
  }
  EXPECT_EQ(backend_.open_streams(), 0);
}

TEST_F(Routes, KeepAtMostEightFeedsOfClientsThatLeft) {
  for (int i = 0; i < 20; i++) {
    Answer answer = get("/v1/packets");
    (void)std::get<Stream>(answer).reader->read();
  }
  EXPECT_EQ(backend_.open_streams(), 8);
}

// Keeps what policies it is asked to apply.
class OrderedBackend : public tests::FileBackend {
 public:
  using FileBackend::FileBackend;

  [[nodiscard]] Result<void> apply_policy(const PolicyOrder& order) override {
    orders.push_back(order);
    return FileBackend::apply_policy(order);
  }
  std::vector<PolicyOrder> orders;
};

TEST_F(Routes, TellAPolicysKeeperWhoAsksAndFromWhere) {
  OrderedBackend ordered(folder_.file("made.pcapng"), tests::Pace::kOnce);
  const auto remotes = [&](const Actor& by, std::multimap<std::string, std::string> parameters) {
    const Answer given = answer({ordered, feeds_}, {.method = "PUT",
                                                    .path = "/v1/policy",
                                                    .parameters = std::move(parameters),
                                                    .last_event_id = {},
                                                    .body = "version: 1\n",
                                                    .by = by});
    EXPECT_EQ(problem_of(given), "no problem");
    std::vector<std::string> all;
    for (const KeptPeer& one : ordered.orders.back().sessions) all.push_back(prefix_text(one.remote));
    return all;
  };
  using Remotes = std::vector<std::string>;
  const Actor client{.kind = ActorKind::kGateway, .client = parse_prefix("192.0.2.7").value()};
  EXPECT_EQ(remotes({.kind = ActorKind::kOperator}, {}), Remotes{});
  EXPECT_EQ(remotes(client, {}), Remotes{"192.0.2.7"});
  // Who asks by the gateway is known, and can't say that he is somebody else.
  EXPECT_EQ(remotes(client, {{"operator", "192.0.2.8 50000 203.0.113.1 22"}}), Remotes{"192.0.2.7"});
  EXPECT_EQ(remotes({.kind = ActorKind::kGateway}, {{"operator", "192.0.2.8 50000 203.0.113.1 22"}}),
            Remotes{});
  EXPECT_EQ(remotes({.kind = ActorKind::kOperator}, {{"operator", "192.0.2.8 50000 203.0.113.1 22"}}),
            Remotes{"192.0.2.8"});
}

// As a sensor that is asked to list somebody.
class ListedBackend : public tests::FileBackend {
 public:
  using FileBackend::FileBackend;
  [[nodiscard]] Result<ListedSource> list_source(const ListChange& change) override {
    changes.push_back(change);
    return FileBackend::list_source(change);
  }
  std::vector<ListChange> changes;
};

TEST_F(Routes, TakeWhoBlocksFromTheGatewayAndNotFromItsClient) {
  ListedBackend listed(folder_.file("made.pcapng"), tests::Pace::kOnce);
  const auto operator_of = [&](const Actor& by, std::multimap<std::string, std::string> parameters) {
    parameters.emplace("prefix", "198.51.100.0/24");
    const Answer given = answer({listed, feeds_}, {.method = "POST",
                                                   .path = "/v1/blocks",
                                                   .parameters = std::move(parameters),
                                                   .last_event_id = {},
                                                   .by = by});
    EXPECT_EQ(problem_of(given), "no problem");
    const auto address = listed.changes.back().operator_address;
    return address ? prefix_text(*address) : "nobody";
  };
  const Actor client{.kind = ActorKind::kGateway, .client = parse_prefix("192.0.2.7").value()};
  EXPECT_EQ(operator_of(client, {}), "192.0.2.7");
  EXPECT_EQ(operator_of(client, {{"operator", "192.0.2.8"}}), "192.0.2.7");
  EXPECT_EQ(operator_of({.kind = ActorKind::kGateway}, {{"operator", "192.0.2.8"}}), "nobody");
  EXPECT_EQ(operator_of({.kind = ActorKind::kOperator}, {{"operator", "192.0.2.8"}}), "192.0.2.8");
}

TEST_F(Routes, WarnOfAPolicyThatCutsOffWhoeverAsks) {
  const Answer told = answer(
      {backend_, feeds_}, {.method = "POST",
                           .path = "/v1/policy/check",
                           .parameters = {},
                           .last_event_id = {},
                           .body = "version: 1\nblock: [192.0.2.0/24]\n",
                           .by = {.kind = ActorKind::kGateway, .client = parse_prefix("192.0.2.7").value()}});
  EXPECT_NE(body_of(told).find("drops what comes from 192.0.2.7: you are working from there"),
            std::string::npos)
      << body_of(told);
}

// As the kernel has, with room for a few watchers.
class NarrowBackend : public tests::FileBackend {
 public:
  using FileBackend::FileBackend;
  static constexpr int kMost = 3;

  [[nodiscard]] Result<std::unique_ptr<PacketStream>> packets(const PacketQuery& query) override {
    if (open_streams() >= kMost) return busy("watch", "all watchers' slots are taken");
    return FileBackend::packets(query);
  }
};

TEST_F(Routes, GiveUpFeedsOfClientsThatLeftForThoseWhoAreThere) {
  NarrowBackend narrow(folder_.file("made.pcapng"), tests::Pace::kOnce);
  const auto ask = [&](const char* path) {
    return answer({narrow, feeds_}, {.method = "GET", .path = path, .parameters = {}, .last_event_id = {}});
  };
  for (int i = 0; i < NarrowBackend::kMost; i++) {
    Answer left = ask("/v1/packets");
    (void)std::get<Stream>(left).reader->read();
  }
  ASSERT_EQ(narrow.open_streams(), NarrowBackend::kMost);
  std::vector<Answer> there;
  for (const char* path : {"/v1/packets", "/v1/capture", "/v1/packets"}) {
    there.push_back(ask(path));
    EXPECT_TRUE(std::holds_alternative<Stream>(there.back())) << problem_of(there.back());
  }
  EXPECT_EQ(problem_of(ask("/v1/packets")), "503 watch: all watchers' slots are taken");
}

}  // namespace
}  // namespace vedette
