// The kernel's classification against the decoders, over the captures: of each TCP flow that a decoder knows,
// the class of a direction's first payload must say what the handshake says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_map>

#include "abi/payload_class.h"
#include "flow/flow_table.h"
#include "handshake/handshake_tracker.h"
#include "source/packet_reader.h"
#include "tests/agreement/ethernet_captures.h"
#include "tests/first_bytes/classified.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

struct ClassText {
  std::string_view app;
  std::string_view what;
};

#define AS_TEXT(enumerator, application, text) {application, text},
constexpr ClassText kClasses[] = {VDT_PAYLOAD_CLASS_LIST(AS_TEXT)};
#undef AS_TEXT

const HandshakeFact* fact_of(const Handshake& handshake, std::string_view name) {
  const auto found = std::ranges::find(handshake.facts, name, &HandshakeFact::name);
  return found == handshake.facts.end() ? nullptr : &*found;
}

// The highest of what a handshake offers, by the classes' names; drafts are TLS 1.3.
std::string highest_offered(const Handshake& handshake) {
  constexpr std::array<std::string_view, 6> kAscending{"SSL 2.0", "SSL 3.0", "1.0", "1.1", "1.2", "1.3"};
  const HandshakeFact* offered = fact_of(handshake, "offered_versions");
  std::size_t highest = 0;
  if (offered == nullptr) return {};
  for (const std::string& one : offered->list) {
    const std::string_view version = one.starts_with("1.3-") ? "1.3" : std::string_view(one);
    const auto at = std::ranges::find(kAscending, version);
    if (at != kAscending.end())
      highest = std::max<std::size_t>(highest, static_cast<std::size_t>(at - kAscending.begin()));
  }
  return std::string(kAscending[highest]);
}

// What the handshake says that the class says too; empty where it says nothing of the kind.
std::string said_by(const Handshake& handshake) {
  if (handshake.app == "tls") return highest_offered(handshake);
  if (handshake.app == "http" && handshake.app_version == "HTTP/2")
    return "PRI";  // what its preface begins with
  // A banner of 1.99 may become either, so it says nothing of what is spoken.
  if (handshake.app == "ssh") return handshake.app_version == "2.0" ? "2.0" : "1.x";
  if (handshake.app == "smb" && !handshake.app_version.empty())
    return handshake.app_version == "1.0" ? "1.0" : "2.x";
  const HandshakeFact* method = fact_of(handshake, "method");
  return handshake.app == "http" && method != nullptr ? method->text : std::string();
}

class PayloadClassAgrees : public ::testing::Test {
 protected:
  void compare(const std::filesystem::path& file) {
    first_.clear();
    HandshakeTracker tracker({}, [&](const HandshakeView& view) { judge(file, view); });
    FlowTable table({}, [&](const FlowView& flow) {
      tracker.end(flow.flow);
      first_.erase(&flow.flow);
    });
    const auto read = read_packets(file.string(), {}, [&](const FilePacket& one) {
      const auto place = table.add_packet(one.packet);
      if (place.created) first_.erase(place.flow);
      note_first(one.packet, place);
      tracker.add(one.packet, place);
      return true;
    });
    table.finish();
    static_cast<void>(read);  // a damaged file is compared as far as it goes
  }

  // Class of the first payload of the flow, whoever sent it: the client's, in these protocols.
  void note_first(const Packet& packet, const FlowTable::Place& place) {
    const vdt_packet_core& core = packet.facts->core;
    if (place.flow == nullptr || !(core.facts & VDT_FACT_TCP) || core.payload_length == 0) return;
    if (core.payload_offset == 0 || core.payload_offset >= packet.bytes.size()) return;
    const auto payload = packet.bytes.subspan(
        core.payload_offset,
        std::min<std::size_t>(core.payload_length, packet.bytes.size() - core.payload_offset));
    first_.try_emplace(place.flow, classified(payload));
  }

  void judge(const std::filesystem::path& file, const HandshakeView& view) {
    const auto first = first_.find(&view.flow);
    if (first == first_.end()) return;
    const ClassText& found = kClasses[first->second];
    first_.erase(first);  // what the flow says later isn't in its first payload
    const std::string expected = said_by(view.handshake);
    if (found.app.empty() || found.what.empty() || found.what == "1.99" || found.what == "1.0 or 2" ||
        expected.empty()) {
      silent_[view.handshake.app]++;
      return;
    }
    compared_[view.handshake.app]++;
    if (found.app == view.handshake.app && found.what == expected) return;
    if (++different_ <= 20)
      ADD_FAILURE() << file << ": the class says " << found.app << " " << found.what << ", the decoder "
                    << view.handshake.app << " " << expected;
  }

  std::unordered_map<const Flow*, std::uint32_t> first_;
  std::map<std::string_view, std::size_t> compared_, silent_;
  std::size_t different_ = 0;
};

TEST_F(PayloadClassAgrees, WithTheDecodersOverAllCaptures) {
  const auto folder = captures();
  if (!folder) GTEST_SKIP() << kNoCaptures;
  for (const auto& file : capture_files(*folder)) compare(file);
  for (const auto& [app, flows] : compared_)
    fmt::print("{}: {} handshakes compared, {} without a class\n", app, flows, silent_[app]);
  EXPECT_GT(compared_["tls"], 1000U) << "too few to speak of all captures";
  EXPECT_GT(compared_["http"], 1000U);
  EXPECT_GT(compared_["ssh"], 50U);
  // First segments that hold no whole hello, or not the hello's beginning.
  EXPECT_LT(silent_["tls"], compared_["tls"] / 4);
  EXPECT_EQ(different_, 0U);
}

}  // namespace
}  // namespace vedette::tests
