#include "gateway/process_user.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace vedette {

namespace {

struct FreeCapabilities {
  void operator()(cap_t capabilities) const { cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

}  // namespace

Result<ProcessUser> find_user(const std::string& text) {
  uid_t number = 0;
  const char* const end = text.data() + text.size();
  const bool is_number = !text.empty() && std::from_chars(text.data(), end, number).ptr == end;
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (is_number)
    getpwuid_r(number, &entry, buffer.data(), buffer.size(), &found);
  else
    getpwnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found);
  ProcessUser user{{}, number, number};
  if (found) user = {found->pw_name, found->pw_uid, found->pw_gid};
  if (!found && !is_number)
    return unusable("--user", fmt::format("there is no user {}", text), "useradd --system makes one");
  if (user.uid == 0) return unusable("--user", "expected an ordinary user, found root");
  return user;
}

Result<void> become(const ProcessUser& user) {
  // While we have what that takes: no program that is started from here can gain any capability.
  for (cap_value_t capability = 0; capability < cap_max_bits(); capability++) cap_drop_bound(capability);
  const int grouped = user.name.empty() ? setgroups(0, nullptr) : initgroups(user.name.c_str(), user.gid);
  if (grouped != 0 || setresgid(user.gid, user.gid, user.gid) != 0 ||
      setresuid(user.uid, user.uid, user.uid) != 0)
    return failed("privileges", fmt::format("can't become user {}: {}", user.uid, std::strerror(errno)));
  if (setuid(0) == 0 || setgid(0) == 0) return failed("privileges", "root's are still there");
  return {};
}

Result<void> give_up_capabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const Capabilities none(cap_init());
  if (cap_set_proc(none.get()) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return failed("privileges", fmt::format("can't be given up: {}", std::strerror(errno)));
  return {};
}

}  // namespace vedette
