// One program on the hooks of a veth in a namespace of its own, beside what others have there: taken over
// from a dead daemon, taken off again, and nothing of others' touched. `tc` and `ip` say what is there.
#include "kernel/attachment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <thread>

#include "foreign.bpf.h"
#include "kernel/bpf_object.h"
#include "tests/health/joined_namespaces.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

// Matches nothing.
constexpr const char* kAddFilter = "tc filter add dev veth0 ingress bpf bytecode \"1,6 0 0 0,\"";

class AttachmentLive : public ::testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    VEDETTE_REQUIRE(kNetworkNamespaces);
    for (const char* program : {"ip", "tc", "ping"}) VEDETTE_REQUIRE_PROGRAM(program);
    namespaces_.emplace();
    Result<BpfObject> object = BpfObject::open("foreign", objects::foreign());
    ASSERT_TRUE(object) << object.error().text();
    object_.emplace(std::move(*object));
    const Result<void> loaded = object_->load();
    ASSERT_TRUE(loaded) << loaded.error().text();
    folder_ = fmt::format("/sys/fs/bpf/vedette-attachment-test-{}", getpid());
    Result<PinDirectory> pins = PinDirectory::open(folder_);
    ASSERT_TRUE(pins) << pins.error().text();
    pins_.emplace(std::move(*pins));
    ifindex_ = std::stoi(run("cat /sys/class/net/veth0/ifindex"));
  }
  void TearDown() override {
    std::error_code ignored;
    if (pins_) std::filesystem::remove_all(folder_, ignored);
  }

  std::string run(const std::string& line) const { return JoinedNamespaces::run(namespaces_->right(), line); }
  // In a thread that is inside the namespace.
  template <typename Body>
  void inside(Body&& body) const {
    std::thread([&] {
      const FileDescriptor file(open(("/run/netns/" + namespaces_->right()).c_str(), O_RDONLY | O_CLOEXEC));
      ASSERT_EQ(setns(file.get(), CLONE_NEWNET), 0);
      body();
    }).join();
  }
  [[nodiscard]] Result<Attachment> attach(AttachPoint point) const {
    return Attachment::attach(point, ifindex_, *object_->program_fd(program_of(point)), *pins_);
  }
  [[nodiscard]] std::optional<Attachment> resume(AttachPoint point) const {
    return Attachment::resume(point, ifindex_, *object_->program_fd(program_of(point)), *pins_);
  }
  static const char* program_of(AttachPoint point) {
    const bool xdp = point == AttachPoint::kXdpNative || point == AttachPoint::kXdpGeneric;
    return xdp ? "foreign_xdp" : "foreign_tc";
  }
  // How many of our filters tc shows on both sides.
  [[nodiscard]] std::size_t filters() const {
    const std::string shown = run("tc filter show dev veth0 ingress; tc filter show dev veth0 egress");
    std::size_t count = 0;
    for (std::size_t at = 0; (at = shown.find("handle 0x7ede ", at)) != std::string::npos; at++) count++;
    return count;
  }
  [[nodiscard]] bool has_clsact() const {
    return run("tc qdisc show dev veth0").find("clsact") != std::string::npos;
  }
  [[nodiscard]] std::size_t pinned() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::optional<JoinedNamespaces> namespaces_;
  std::optional<BpfObject> object_;
  std::optional<PinDirectory> pins_;
  std::filesystem::path folder_;
  int ifindex_ = 0;
};

TEST_F(AttachmentLive, MakesAndRemovesAClsactQdisc) {
  inside([&] {
    auto in = attach(AttachPoint::kClsactIngress);
    auto out = attach(AttachPoint::kClsactEgress);
    ASSERT_TRUE(in) << in.error().text();
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(filters(), 2U);
    in->detach(*pins_);
    EXPECT_EQ(filters(), 1U);
    EXPECT_TRUE(has_clsact());
    out->detach(*pins_);
    EXPECT_FALSE(has_clsact());
    EXPECT_EQ(pinned(), 0U);
  });
}

TEST_F(AttachmentLive, LeavesAnothersQdiscAndFilters) {
  run(std::string("tc qdisc add dev veth0 clsact && ") + kAddFilter);
  const std::string before = run("tc qdisc show dev veth0; tc filter show dev veth0 ingress");
  inside([&] {
    auto ours = attach(AttachPoint::kClsactIngress);
    ASSERT_TRUE(ours) << ours.error().text();
    EXPECT_EQ(filters(), 1U);
    ours->detach(*pins_);
  });
  EXPECT_EQ(run("tc qdisc show dev veth0; tc filter show dev veth0 ingress"), before);
  EXPECT_EQ(pinned(), 0U);
}

TEST_F(AttachmentLive, LeavesItsQdiscToWhoCameLater) {
  inside([&] {
    auto ours = attach(AttachPoint::kClsactEgress);
    ASSERT_TRUE(ours) << ours.error().text();
    run(kAddFilter);
    ours->detach(*pins_);
  });
  EXPECT_TRUE(has_clsact());
  EXPECT_EQ(filters(), 0U);
  EXPECT_NE(run("tc filter show dev veth0 ingress").find("bytecode"), std::string::npos);
}

TEST_F(AttachmentLive, TakesOverWhatADeadDaemonLeft) {
  for (const AttachPoint point : kAttachPoints) {
    inside([&] {
      EXPECT_FALSE(resume(point)) << attach_point_name(point);
      {
        const auto dead = attach(point);
        if (!dead) GTEST_SKIP() << "not applicable: " << dead.error().text();
      }  // its descriptors close; the pins stay
      EXPECT_GE(pinned(), 1U);
      auto taken = resume(point);
      ASSERT_TRUE(taken) << attach_point_name(point);
      EXPECT_LE(filters(), 1U);
      taken->detach(*pins_);
      EXPECT_EQ(pinned(), 0U) << attach_point_name(point);
      EXPECT_FALSE(has_clsact());
      EXPECT_EQ(run("ip link show veth0").find("xdp"), std::string::npos);
    });
  }
}

TEST_F(AttachmentLive, DropsWhatIsOnInterfacesThatAreNotKept) {
  inside([&] {
    for (const AttachPoint point :
         {AttachPoint::kXdpGeneric, AttachPoint::kClsactIngress, AttachPoint::kClsactEgress}) {
      const auto dead = attach(point);
      ASSERT_TRUE(dead) << dead.error().text();
    }
    Attachment::drop_others(*pins_, [&](int ifindex) { return ifindex == ifindex_; });
    EXPECT_EQ(filters(), 2U);
    EXPECT_NE(run("ip link show veth0").find("xdp"), std::string::npos);
    Attachment::drop_others(*pins_, [](int) { return false; });
    EXPECT_FALSE(has_clsact());
    EXPECT_EQ(run("ip link show veth0").find("xdp"), std::string::npos);
    EXPECT_EQ(pinned(), 0U);
  });
}

TEST_F(AttachmentLive, SaysWhoseXdpProgramIsInTheWay) {
  inside([&] {
    auto others = attach(AttachPoint::kXdpGeneric);
    ASSERT_TRUE(others) << others.error().text();
    for (const AttachPoint point : {AttachPoint::kXdpNative, AttachPoint::kXdpGeneric}) {
      const auto refused = attach(point);
      ASSERT_FALSE(refused);
      EXPECT_NE(refused.error().text().find("\"foreign_xdp\", which is left alone"), std::string::npos)
          << refused.error().text();
    }
    others->detach(*pins_);
  });
}

}  // namespace
}  // namespace vedette::tests
