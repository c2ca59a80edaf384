#include "store/query_json.h"

#include <gtest/gtest.h>

namespace vedette {

namespace {

constexpr Nanoseconds kNow = std::chrono::hours(500'000);

Error error_of(const std::string& json) {
  const auto query = parse_query(json, kNow);
  EXPECT_FALSE(query) << json;
  return query ? Error() : query.error();
}

}  // namespace

TEST(QueryJson, WhatIsLeftOutHasItsUsualValue) {
  const auto query = parse_query("{}", kNow);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->from, QuerySource::kFlows);
  EXPECT_EQ(query->measures[0].name(), "bytes");
  EXPECT_EQ(query->end, kNow);
  EXPECT_EQ(query->begin, kNow - std::chrono::hours(1));
  EXPECT_EQ(query->bucket, Nanoseconds{});
}

TEST(QueryJson, AllOfItIsRead) {
  const auto query = parse_query(R"({"from":"flows","measures":["distinct:dst_port","max:rtt_us"],
    "by":["src_ip","app"],"where":[{"field":"dst_port","op":"in","value":[80,443]},
    {"field":"src_ip","value":"10.0.0.0/8"}],"last":"2d","to_ns":900000000000000000,"bucket":"5m","top":7,"others":true})",
                                 kNow);
  ASSERT_TRUE(query) << query.error().text();
  EXPECT_EQ(query->measures[0].name(), "distinct:dst_port");
  EXPECT_EQ(query->measures[1].name(), "max:rtt_us");
  EXPECT_EQ(query->by[1]->name, "app");
  EXPECT_EQ(query->where[0].values.size(), 2U);
  EXPECT_EQ(query->where[1].op, FilterOp::kEqual);
  EXPECT_EQ(query->end - query->begin, std::chrono::hours(48));
  EXPECT_EQ(query->bucket, std::chrono::minutes(5));
  EXPECT_EQ(query->top, 7U);
  EXPECT_TRUE(query->others);
}

TEST(QueryJson, AFlawIsToldWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"[1]", ""},
      {"{\"by\":", ""},
      {R"({"from":"packets"})", "/from"},
      {R"({"measures":[]})", "/measures"},
      {R"({"measures":["bytes","src_ip"]})", "/measures/1"},
      {R"({"measures":["mean:bytes"]})", "/measures/0"},
      {R"({"measures":["distinct:bytes"]})", "/measures/0"},
      {R"({"by":["ip"]})", "/by/0"},
      {R"({"by":["src_ip","src_ip"]})", "/by/1"},
      {R"({"by":"src_ip"})", "/by"},
      {R"({"where":[{"field":"src_ip","op":"<","value":"10.0.0.1"}]})", "/where/0/op"},
      {R"({"where":[{"field":"src_ip","op":"~","value":"10.0.0.1"}]})", "/where/0/op"},
      {R"({"where":[{"field":"src_ip","value":"10.0.0.300"}]})", "/where/0/value"},
      {R"({"where":[{"field":"protocol","value":"tcpp"}]})", "/where/0/value"},
      {R"({"where":[{"field":"dst_port","value":"80"}]})", "/where/0/value"},
      {R"({"where":[{"field":"dst_port","value":-1}]})", "/where/0/value"},
      {R"({"where":[{"field":"dst_port","op":"in","value":[80,"x"]}]})", "/where/0/value/1"},
      {R"({"where":[{"field":"dst_port","op":"in","value":[]}]})", "/where/0/value"},
      {R"({"where":[{"field":"bytes","value":1}]})", "/where/0/field"},
      {R"({"where":[{"value":1}]})", "/where/0"},
      {R"({"where":[{"field":"app","value":"tls","not":1}]})", "/where/0/not"},
      {R"({"last":"1y"})", "/last"},
      {R"({"last":"1h","from_ns":1})", "/last"},
      {R"({"from_ns":5,"to_ns":5})", "/from_ns"},
      {R"({"bucket":"0s"})", "/bucket"},
      {R"({"last":"30d","bucket":"1s"})", "/bucket"},
      {R"({"top":0})", "/top"},
      {R"({"top":3,"others":true})", "/others"},
      {R"({"limit":3})", "/limit"},
  };
  for (const auto& [json, place] : cases) {
    const Error error = error_of(json);
    EXPECT_EQ(error.where, place) << json << ": " << error.text();
    EXPECT_EQ(error.kind, ErrorKind::kUnusable) << json;
  }
}

}  // namespace vedette
