#include "decode/ssdp.h"

#include <gtest/gtest.h>

#include <map>

#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Decoded decode(std::string_view datagram) {
  return decode_datagrams(decode_ssdp, {{0, text(datagram)}}, {50000, 1900});
}

// UPnP Device Architecture 2.0 §1.3.2, §1.3.3, §1.2.2.
TEST(Ssdp, TellsASearch) {
  const Decoded outcome = decode(
      "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: "
      "ssdp:all\r\n"
      "USER-AGENT: os/1 UPnP/2.0 product/1\r\n\r\n");
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "ssdp");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"method", "M-SEARCH"},
                                               {"host", "239.255.255.250:1900"},
                                               {"search_target", "ssdp:all"},
                                               {"user_agent", "os/1 UPnP/2.0 product/1"}}));
}

TEST(Ssdp, TellsAnAnswerAndAnAnnouncement) {
  EXPECT_EQ(
      facts(decode("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://a/d.xml\r\nSERVER: x\r\n\r\n")
                .handshake()),
      (Facts{{"status", "200"},
             {"search_target", "upnp:rootdevice"},
             {"location", "http://a/d.xml"},
             {"server", "x"}}));
  EXPECT_EQ(facts(decode("NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n\r\n").handshake()),
            (Facts{{"method", "NOTIFY"}, {"search_target", "upnp:rootdevice"}}));
}

TEST(Ssdp, LeavesWhatIsNot) {
  for (const std::string_view other :
       {"BT-SEARCH * HTTP/1.1\r\nPort: 6771\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "NOTIFY sip:a SIP/2.0\r\n\r\n", "M-SEARCH", "\x12\x34\x01"})
    EXPECT_EQ(decode(other).verdict(), Verdict::kNotMine) << other;
}

}  // namespace
}  // namespace vedette
