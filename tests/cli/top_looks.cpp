#include "tests/cli/top_looks.h"

#include <fmt/format.h>

namespace vedette::top {

Answers answers_after(std::uint64_t seconds, std::uint64_t bytes) {
  const std::uint64_t now = (1'700'000'000 + seconds) * 1'000'000'000;
  Answers answers;
  answers.stats = fmt::format(
      R"({{"time_ns":{0},"uptime_ns":{1},"in":{{"packets":{2},"bytes":{3},"lost_packets":0}},)"
      R"("out":{{"packets":5,"bytes":500}},"malformed":{{"ip_truncated":3}},)"
      R"("losses":[{{"reason":"ring_full","packets":2,"meaning":"the ring was full"}}],)"
      R"("flows":{{"live":2,"kernel_bytes":1000000,"user_bytes":2000000}},)"
      R"("protocols":[{{"protocol":"tcp","ip_version":4,"direction":"in","packets":{2},"bytes":{3}}}],)"
      R"("applications":[{{"app":"tls","app_version":"1.0","outdated":true,"outdated_reason":"too old","flows":1,)"
      R"("packets":{2},"bytes":{3}}},{{"flows":1,"packets":10,"bytes":999999}}],)"
      R"("kernel_drops":[{{"reason":"NO_SOCKET","packets":7}}],)"
      R"("tcp":{{"retransmits":{4},"resets_sent":1,"resets_received":2}}}})",
      now, (100 + seconds) * 1'000'000'000, bytes / 1000, bytes, seconds * 3);
  answers.interfaces =
      fmt::format(R"({{"interfaces":[{{"name":"eth0","ifindex":2,"ingress":"xdp-native","egress":"tcx",)"
                  R"("in":{{"packets":{},"bytes":{}}},"out":{{"packets":5,"bytes":500}}}}]}})",
                  bytes / 1000, bytes);
  answers.flows = fmt::format(
      R"({{"flows":[{{"first_ns":1700000000000000000,"last_ns":{},"src_ip":"192.0.2.1","src_port":50000,)"
      R"("dst_ip":"192.0.2.2","dst_port":443,"protocol":"tcp","ip_version":4,"interface":"eth0","packets":{},)"
      R"("bytes":{},"reply_packets":0,"reply_bytes":0,"state":"established","handshake_rtt_us":1500,)"
      R"("retransmits":4,"reply_retransmits":1,"app":"tls","app_version":"1.0","outdated":true,"process":{{"pid":42,"name":"nginx"}}}},)"
      R"({{"first_ns":1600000000000000000,"last_ns":1699999990000000000,"src_ip":"2001:db8::1","src_port":53,)"
      R"("dst_ip":"2001:db8::2","dst_port":53,"protocol":"udp","ip_version":6,"packets":10,"bytes":999999,)"
      R"("reply_packets":0,"reply_bytes":0,"state":"one_way"}}],"total":2}})",
      now, bytes / 1000, bytes);
  return answers;
}

Snapshot look_after(std::uint64_t seconds, std::uint64_t bytes) {
  auto look = read_snapshot(answers_after(seconds, bytes));
  return look ? *look : Snapshot{};
}

}  // namespace vedette::top
