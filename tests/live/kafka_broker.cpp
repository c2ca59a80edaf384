// A Kafka cluster of one broker on the loopback interface, librdkafka's own, which speaks the protocol over
// real connections: prints its address, and ends with its standard input.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
// Behind the other one.
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <string>

int main() {
  std::array<char, 512> why{};
  rd_kafka_t* const owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why.data(), why.size());
  rd_kafka_mock_cluster_t* const cluster = owner != nullptr ? rd_kafka_mock_cluster_new(owner, 1) : nullptr;
  if (cluster == nullptr) {
    fmt::print(stderr, "no cluster: {}\n", why.data());
    return 1;
  }
  fmt::print("{}\n", rd_kafka_mock_cluster_bootstraps(cluster));
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) continue;
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(owner);
}
