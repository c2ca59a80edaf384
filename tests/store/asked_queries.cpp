#include "tests/store/asked_queries.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <utility>

#include "store/field.h"
#include "store/store.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

// What a source is asked by where any would do, as JSON.
struct Asked {
  const char* few;                   // a dimension of few values
  const char* many;                  // and one of many
  std::array<const char*, 4> lists;  // of dimensions
  const char* measures;              // that add up, or are means
  std::array<const char*, 2> top;    // lists whose best are told
  const char* top_measures;
  std::size_t best;                  // so many
  std::array<const char*, 2> alone;  // dimensions, of flows one of which there are no sums
};

const Asked& asked_of(QuerySource source) {
  static const std::array<Asked, 3> kAsked{{
      {"protocol",
       "src_ip",
       {R"([])", R"(["interface"])", R"(["src_ip"])", R"(["dst_port","app"])"},
       R"(["bytes","mean:rtt_us"])",
       {R"(["src_ip"])", R"(["src_country","dst_port"])"},
       R"(["bytes","distinct:dst_ip","mean:rtt_us"])",
       3,
       {"src_ip", "src_port"}},
      {"severity",
       "src_ip",
       {R"([])", R"(["detector"])", R"(["src_ip"])", R"(["dst_port","kind"])"},
       R"(["bytes","findings","mean:score","max:score"])",
       {R"(["src_ip"])", R"(["detector","dst_port"])"},
       R"(["bytes","distinct:dst_ip","mean:score"])",
       3,
       {"severity", "src_ip"}},
      {"direction",
       "interface",
       {R"([])", R"(["interface"])", R"(["direction"])", R"(["interface","direction"])"},
       R"(["bytes","packets","lost_packets"])",
       {R"(["interface"])", R"(["interface","direction"])"},
       R"(["bytes","distinct:direction","dropped_packets"])",
       2,
       {"direction", "interface"}},
  }};
  return kAsked[static_cast<std::size_t>(source)];
}

std::string measures_of_all(QuerySource source) {
  std::string list;
  for (const Field& field : fields(source)) {
    const auto add = [&](std::string_view prefix) {
      list += fmt::format("{}\"{}{}\"", list.empty() ? "" : ",", prefix, field.name);
    };
    if (field.use & kSum) add("");
    if (field.use & kSampled) add("mean:"), add("min:"), add("max:"), add("count:");
  }
  return list;
}

// By kind: values, of which some occur.
std::string value_of(const Field& field) {
  if (field.kind == FieldKind::kAddress)
    return field.name == "dst_ip" ? R"("10.0.1.44")" : R"("10.0.0.0/27")";
  if (field.name == "protocol") return R"("udp")";
  if (field.name == "state") return R"("established")";
  if (field.name == "tunnel") return R"("geneve")";
  if (field.name == "verdict") return R"("drop")";
  if (field.kind == FieldKind::kFlag) return "true";
  if (field.name == "ip_version") return "6";
  if (field.name == "vlan") return "101";
  if (field.name.ends_with("asn")) return "64502";
  if (field.name == "pid") return "102";
  if (field.name == "src_port") return "40020";
  if (field.kind == FieldKind::kNumber) return field.name.ends_with("_us") ? "30000" : "80";
  if (field.name == "interface") return R"("wg-o'brien")";
  if (field.name == "app") return R"("tls")";
  if (field.name == "app_version") return R"("1.3")";
  if (field.name == "kind") return R"("port_scan")";
  if (field.name == "severity") return R"("medium")";
  if (field.name == "action") return R"("blocked")";
  if (field.name == "detector") return R"("it's")";
  if (field.name == "direction") return R"("out")";
  if (field.name == "src_prefix") return R"("10.0.7.0/24")";
  if (field.name == "why") return R"("told 2 times\n\twith \\ and 'quotes'")";
  if (field.name == "sensor") return fmt::format(R"("{}")", sensor_of({}));
  if (field.name == "fingerprint") return R"("ec7378c1a92f5a8dde7e8b7a1ddf33d1")";
  if (field.name == "process") return R"("a \"name\", it's")";
  if (field.name == "cgroup") return R"("/system.slice/it's.service")";
  if (field.name == "src_name") return R"("host.example")";
  if (field.name == "dst_name") return R"("a-name-that-is-longer-than-twelve-bytes.example")";
  return R"("NL")";
}

}  // namespace

std::vector<std::string> queries_by_each_dimension(QuerySource source) {
  std::vector<std::string> all;
  for (const Field& field : fields(source))
    if (field.use & kBy)
      for (const char* span : {R"("last":"1h")", R"("last":"19h")", R"("last":"3w")"})
        all.push_back(fmt::format(R"({{"from":"{}",{},"by":["{}"],"measures":[{}]}})",
                                  query_source_name(source), span, field.name, measures_of_all(source)));
  return all;
}

std::vector<std::string> queries_of_distinct_values(QuerySource source) {
  const Asked& asked = asked_of(source);
  std::vector<std::string> all;
  for (const Field& field : fields(source))
    if (field.use & kBy)
      for (const std::string& by :
           {std::string("[]"), fmt::format("[\"{}\"]", asked.few), fmt::format("[\"{}\"]", asked.many)})
        all.push_back(fmt::format(R"({{"from":"{}","last":"19h","by":{},"measures":["distinct:{}"]}})",
                                  query_source_name(source), by, field.name));
  return all;
}

std::vector<std::string> queries_by_each_filter(QuerySource source) {
  std::vector<std::string> all;
  for (const Field& field : fields(source)) {
    if (!(field.use & kWhere)) continue;
    const std::string value = value_of(field);
    std::vector<std::pair<std::string, std::string>> cases{
        {"=", value}, {"!=", value}, {"=", "null"}, {"!=", "null"}, {"in", "[null," + value + "]"}};
    if (field.kind == FieldKind::kNumber || field.name == "severity")
      for (const char* op : {"<", "<=", ">", ">="}) cases.emplace_back(op, value);
    for (const auto& [op, of] : cases)
      all.push_back(fmt::format(
          R"({{"from":"{}","last":"19h","by":["{}"],"measures":["bytes","packets"],"where":[{{"field":"{}","op":"{}","value":{}}}]}})",
          query_source_name(source), asked_of(source).few, field.name, op, of));
  }
  if (source == QuerySource::kFlows)
    all.emplace_back(R"({"last":"19h","by":["dst_port"],"measures":["packets","flows"],"where":[
        {"field":"app","op":"in","value":["tls","http"]},{"field":"ip","op":"!=","value":"2001:db8::/32"},
        {"field":"dst_port","op":">=","value":80}]})");
  if (source == QuerySource::kFindings)
    all.emplace_back(R"({"from":"findings","last":"19h","by":["severity"],"bucket":"10m","where":[
        {"field":"severity","op":">=","value":"medium"},{"field":"kind","op":"!=","value":"beacon"},
        {"field":"src_ip","op":"in","value":["10.0.0.0/27","2001:db8::/32"]}]})");
  return all;
}

std::vector<std::string> queries_of_buckets(QuerySource source) {
  const Asked& asked = asked_of(source);
  std::vector<std::string> all;
  for (const char* bucket : {"7s", "1m", "90s", "5m", "1h", "6h", "1d"})
    for (const char* by : asked.lists)
      all.push_back(fmt::format(R"({{"from":"{}","last":"19h","bucket":"{}","by":{},"measures":{}}})",
                                query_source_name(source), bucket, by, asked.measures));
  return all;
}

std::vector<std::string> queries_of_the_top(QuerySource source) {
  const Asked& asked = asked_of(source);
  std::vector<std::string> all;
  for (const char* others : {"false", "true"})
    for (const char* bucket : {"", R"("bucket":"1h",)", R"("bucket":"10m",)"})
      for (const char* by : asked.top)
        all.push_back(
            fmt::format(R"({{"from":"{}","last":"19h",{}"by":{},"measures":{},"top":{},"others":{}}})",
                        query_source_name(source), bucket, by, asked.top_measures, asked.best, others));
  return all;
}

std::vector<std::string> queries_of_odd_spans(QuerySource source) {
  const Asked& asked = asked_of(source);
  std::vector<std::string> all;
  const std::int64_t end = noon().count();
  for (const auto& [first, last] :
       {std::pair{end - 7'200'123'456'789, end - 1}, std::pair{end - 61'000'000'000, end - 59'999'999'999},
        std::pair{end - 40'000'000'000, end - 39'000'000'000},
        std::pair{end - 50'000'000'000'001, end - 30'000'000'000'001}})
    for (const char* by : asked.alone)
      all.push_back(
          fmt::format(R"({{"from":"{}","from_ns":{},"to_ns":{},"by":["{}"],"measures":["bytes","packets"]}})",
                      query_source_name(source), first, last, by));
  if (source != QuerySource::kInterfaces)
    all.push_back(fmt::format(
        R"({{"from":"{}","last":"1h","measures":["bytes"],"where":[{{"field":"dst_port","op":"=","value":1}}]}})",
        query_source_name(source)));
  all.push_back(fmt::format(R"({{"from":"{}","from_ns":1000,"to_ns":2000,"by":["{}"]}})",
                            query_source_name(source), asked.many));
  return all;
}

std::vector<std::string> queries_of(QuerySource source) {
  std::vector<std::string> all;
  for (const auto of : {queries_by_each_dimension, queries_of_distinct_values, queries_by_each_filter,
                        queries_of_buckets, queries_of_the_top, queries_of_odd_spans})
    for (std::string& query : of(source)) all.push_back(std::move(query));
  return all;
}

std::vector<std::string> searched_filters() {
  return {"",
          "tcp",
          "not tcp",
          "icmp",
          "ip proto 132",
          "ip",
          "ip6",
          "host 10.0.0.7",
          "src host 10.0.0.7 or dst host 2001:db8::12e",
          "src net 10.0.0.16/28 and not dst net 10.0.1.44/30",
          "dst net 2001:db8:0:1::/64",
          "port 443",
          "dst port 53 and udp",
          "src portrange 40010-40020",
          "(src host 10.0.0.1 or src host 10.0.0.2) and (tcp port 22 or udp port 443)",
          "vlan",
          "vlan 100 and tcp",
          "not vlan 101",
          "vlan and dst port 80",
          "ether proto 0x86dd",
          "ip[8] = 64",
          "ip[9] = 6",
          "ip[14:2] & 0x1f = 5",
          "ip[12:4] + 1 = 0x0a000006",
          "ip[12:4] - ip[16:4] > 0xffff0000",
          "ip[15] << 4 = 0x50",
          "ip[15] | 1 = 7",
          "ip[15] >> 1 = 3",
          "tcp[0:2] > 40010 and tcp[2:2] < 100",
          "tcp[13] & 2 != 0",
          "ip6[6] = 17",
          "ip6[24:4] = 0 and port 22",
          "greater 200",
          "less 200 and port 53"};
}

}  // namespace vedette::tests
