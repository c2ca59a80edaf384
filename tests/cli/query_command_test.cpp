#include "cli/query_command.h"

#include <gtest/gtest.h>

#include "store/query_json.h"

namespace vedette {

namespace {

std::string query_of(const HistoryRequest& request) {
  const auto query = history_query(request);
  return query ? *query : query.error().text();
}

}  // namespace

TEST(QueryCommand, WritesWhatTheApiTakes) {
  HistoryRequest request;
  request.by = {"src_ip", "app"};
  request.measures = {"bytes", "distinct:dst_port"};
  request.where = {"dst_port=443",  "app=tls,quic", "src_ip!=10.0.0.0/8",
                   "outdated=true", "process=",     "rtt_us>=1000"};
  request.last = "2d";
  request.bucket = "1h";
  request.top = 10;
  request.others = true;
  const std::string json = query_of(request);
  EXPECT_EQ(json,
            R"({"from":"flows","measures":["bytes","distinct:dst_port"],"by":["src_ip","app"],"where":[)"
            R"({"field":"dst_port","op":"=","value":443},{"field":"app","op":"in","value":["tls","quic"]},)"
            R"({"field":"src_ip","op":"!=","value":"10.0.0.0/8"},{"field":"outdated","op":"=","value":true},)"
            R"({"field":"process","op":"=","value":null},{"field":"rtt_us","op":">=","value":1000}],)"
            R"("last":"2d","bucket":"1h","top":10,"others":true})");
  EXPECT_TRUE(parse_query(json, std::chrono::hours(500'000)));
}

TEST(QueryCommand, TextThatLooksLikeANumberStaysText) {
  HistoryRequest request;
  request.where = {"app_version=13", "dst_port=https"};
  EXPECT_EQ(query_of(request), R"({"from":"flows","where":[{"field":"app_version","op":"=","value":"13"},)"
                               R"({"field":"dst_port","op":"=","value":"https"}]})");
}

TEST(QueryCommand, SaysWhatIsNoConditionOrTime) {
  HistoryRequest request;
  request.where = {"dst_port"};
  EXPECT_EQ(query_of(request).substr(0, 7), "--where");
  request.where = {"dst_port<1,2"};
  EXPECT_EQ(query_of(request), "--where: < takes one value, found 1,2");
  request.where.clear();
  request.from = "yesterday";
  EXPECT_EQ(query_of(request).substr(0, 6), "--from");
  request.from = "2026-11-27 14:00";
  EXPECT_TRUE(history_query(request));
  request.from = "1764000000000000000";
  EXPECT_EQ(query_of(request), R"({"from":"flows","from_ns":1764000000000000000})");
}

}  // namespace vedette
