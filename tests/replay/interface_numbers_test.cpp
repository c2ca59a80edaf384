#include "replay/interface_numbers.h"

#include <gtest/gtest.h>

namespace vedette::tests {
namespace {

std::uint32_t number_in(InterfaceNumbers& numbers, std::string_view name, std::uint32_t in_file) {
  vdt_packet facts{};
  facts.core.key.ifindex = in_file;
  Packet packet;
  packet.interface_name = name;
  packet.facts = &facts;
  return numbers.of(packet);
}

TEST(InterfaceNumbers, AreThoseOfTheNameInEachFile) {
  InterfaceNumbers numbers;
  const std::uint32_t eth0 = numbers.of("eth0");
  EXPECT_NE(eth0, 0U);
  numbers.begin_file();
  EXPECT_EQ(number_in(numbers, "eth0", 1), eth0);
  const std::uint32_t eth1 = number_in(numbers, "eth1", 2);
  EXPECT_NE(eth1, eth0);
  numbers.begin_file();
  EXPECT_EQ(number_in(numbers, "eth1", 1), eth1);
  EXPECT_EQ(number_in(numbers, "eth0", 2), eth0);
}

TEST(InterfaceNumbers, WithoutANameAreTheFilesOwn) {
  InterfaceNumbers numbers;
  numbers.begin_file();
  const std::uint32_t first = number_in(numbers, "", 1), second = number_in(numbers, "", 2);
  EXPECT_NE(first, second);
  EXPECT_EQ(number_in(numbers, "", 1), first);
  numbers.begin_file();
  const std::uint32_t other = number_in(numbers, "", 1);
  EXPECT_NE(other, first);
  EXPECT_NE(other, second);
}

}  // namespace
}  // namespace vedette::tests
