#include "serve/unix_listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/serve/file_backend.h"

namespace vedette {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
}

TEST(UnixListener, IsForOwnerAndGroupAlone) {
  const tests::TemporaryFolder folder;
  const auto listener = UnixListener::open(folder.file("api.sock"));
  ASSERT_TRUE(listener);
  EXPECT_EQ(mode_of(folder.file("api.sock")), 0660U);
}

TEST(UnixListener, TakesItsSocketAway) {
  const tests::TemporaryFolder folder;
  { const auto listener = UnixListener::open(folder.file("api.sock")); }
  EXPECT_FALSE(std::filesystem::exists(folder.file("api.sock")));
}

TEST(UnixListener, TakesAwayTheFoldersThatItMade) {
  const tests::TemporaryFolder folder;
  const std::filesystem::path made = folder.file("run");
  { const auto listener = UnixListener::open(made / "vedette" / "api.sock"); }
  EXPECT_FALSE(std::filesystem::exists(made));
  EXPECT_TRUE(std::filesystem::exists(made.parent_path()));
}

TEST(UnixListener, LeavesFoldersInWhichOthersHaveFiles) {
  const tests::TemporaryFolder folder;
  const std::filesystem::path made = folder.file("run");
  {
    const auto listener = UnixListener::open(made / "api.sock");
    std::ofstream(made / "another's") << "file";
  }
  EXPECT_TRUE(std::filesystem::exists(made / "another's"));
}

TEST(UnixListener, RefusesWhereAnotherListens) {
  const tests::TemporaryFolder folder;
  const auto first = UnixListener::open(folder.file("api.sock"));
  const auto second = UnixListener::open(folder.file("api.sock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text(),
            folder.file("api.sock") +
                ": a sensor is already running here (stop it first, or name another --socket)");
  EXPECT_TRUE(std::filesystem::exists(folder.file("api.sock")));
}

TEST(UnixListener, ReplacesTheSocketOfTheDead) {
  const tests::TemporaryFolder folder;
  {
    const FileDescriptor dead(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder.file("api.sock");
    std::ranges::copy(path, address.sun_path);
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  EXPECT_TRUE(UnixListener::open(folder.file("api.sock")));
}

TEST(UnixListener, LeavesAFileThatIsNoSocket) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder.file("notes")) << "dear diary";
  const auto listener = UnixListener::open(folder.file("notes"));
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().kind, ErrorKind::kUnusable);
  EXPECT_EQ(std::filesystem::file_size(folder.file("notes")), 10U);
}

TEST(UnixListener, RefusesAPathThatNoSocketCanHave) {
  const auto listener = UnixListener::open("/tmp/" + std::string(120, 'x'));
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().what, "a socket's path has at most 107 bytes");
}

}  // namespace
}  // namespace vedette
