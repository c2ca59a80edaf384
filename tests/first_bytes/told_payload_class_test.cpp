// The class of a direction's first payload as the tellers find it in the kernel, told with it and kept in its
// record.
#include <gtest/gtest.h>

#include "abi/payload_class.h"
#include "tests/first_bytes/told_packets.h"
#include "tests/unit/decode/hello_builder.h"

namespace vedette::tests {
namespace {

using ToldPayloadClass = FirstBytesTest;

TEST_F(ToldPayloadClass, IsInTheEventAndInTheRecord) {
  at_each_hook([&] {
    open();
    const Bytes new_hello =
        record(message(1, client_hello({.extensions = server_name("www.example.com") +
                                                      supported_versions({0x0a0a, 0x0304, 0x0303})})));
    const Bytes old_hello = record(message(1, client_hello({.version = 0x0301, .any_extensions = false})));
    const std::vector<std::pair<Bytes, std::uint8_t>> payloads{
        {new_hello, VDT_PAYLOAD_TLS_1_3},
        {old_hello, VDT_PAYLOAD_TLS_1_0},
        {text("SSH-2.0-OpenSSH_9.2\r\n"), VDT_PAYLOAD_SSH_2},
        {text("POST /form HTTP/1.1\r\n"), VDT_PAYLOAD_HTTP_POST},
        {text("nothing that anybody knows"), VDT_PAYLOAD_UNKNOWN},
    };
    for (std::size_t i = 0; i < payloads.size(); i++) {
      const auto port = static_cast<std::uint16_t>(1000 + i);
      run(frame_of({.sequence = 1, .payload = payloads[i].first, .client_port = port}));
      run(frame_of({.sequence = 1 + static_cast<std::uint32_t>(payloads[i].first.size()),
                    .payload = text("GET what comes later"),
                    .client_port = port}));
    }
    const auto packets = told();
    ASSERT_EQ(packets.size(), 2 * payloads.size());
    for (std::size_t i = 0; i < payloads.size(); i++)
      EXPECT_EQ(packets[2 * i].event.payload_class, payloads[i].second) << i;
    std::size_t records = 0;
    kernel_->tell_flows([&](const FlowGrowth& growth) {
      records++;
      EXPECT_EQ(growth.record->tcp.payload_class, payloads.at(growth.record->key.src_port - 1000U).second);
    });
    EXPECT_EQ(records, payloads.size());
  });
}

TEST_F(ToldPayloadClass, IsANewConnectionsOwn) {
  at_each_hook([&] {
    open();
    run(frame_of({.sequence = 10, .flags = VDT_TCP_SYN}));
    run(frame_of({.sequence = 11, .payload = text("GET / HTTP/1.1\r\n")}));
    run(frame_of({.sequence = 27, .flags = VDT_TCP_FIN | VDT_TCP_ACK}));
    run(frame_of({.sequence = 5000, .flags = VDT_TCP_SYN}));
    kernel_->tell_flows([](const FlowGrowth& growth) { EXPECT_EQ(growth.record->tcp.payload_class, 0U); });
  });
}

}  // namespace
}  // namespace vedette::tests
