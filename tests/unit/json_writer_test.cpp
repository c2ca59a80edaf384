#include "base/json_writer.h"

#include <gtest/gtest.h>

#include "base/address.h"

namespace vedette {
namespace {

template <typename Write>
std::string written(Write&& write) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  write(json);
  return fmt::to_string(out);
}

TEST(JsonWriter, SeparatesFieldsAndNestedValues) {
  EXPECT_EQ(written([](JsonWriter& json) {
              json.begin_object();
              json.field("packets", 3U);
              json.field("up", true);
              json.key("vlan");
              json.begin_array();
              json.value(10);
              json.value(20);
              json.end_array();
              json.key("process");
              json.begin_object();
              json.field("name", "nc");
              json.end_object();
              json.end_object();
            }),
            R"({"packets":3,"up":true,"vlan":[10,20],"process":{"name":"nc"}})");
}

TEST(JsonWriter, EscapesControlsAndReplacesWhatIsNotUtf8) {
  EXPECT_EQ(
      written([](JsonWriter& json) { json.value(std::string_view("a\"b\\\n\xff\xc3\xa9\xed\xa0\x80")); }),
      "\"a\\\"b\\\\\\u000a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Address, WritesIpv6AsRfc5952Says) {
  vdt_address address{};
  address.bytes[0] = 0x20;
  address.bytes[1] = 0x01;
  address.bytes[2] = 0x0d;
  address.bytes[3] = 0xb8;
  address.bytes[15] = 1;
  EXPECT_EQ(address_text(address, 6), "2001:db8::1");
}

TEST(Address, WritesIpv4Dotted) {
  vdt_address address{};
  address.bytes[0] = 192;
  address.bytes[1] = 0;
  address.bytes[2] = 2;
  address.bytes[3] = 99;
  EXPECT_EQ(address_text(address, 4), "192.0.2.99");
}

}  // namespace
}  // namespace vedette
