// From where people are logged in to this host, by the records that it keeps of them: utmp(5), and the
// session files of systemd-logind, which are there where utmp no longer is (Debian 13). They say it on
// whichever port the SSH server listens.
#pragma once

#include <filesystem>
#include <vector>

#include "base/prefix.h"

namespace vedette {

struct LoginRecords {
  std::filesystem::path utmp = "/run/utmp";
  std::filesystem::path sessions = "/run/systemd/sessions";  // a folder, a file a session
  std::filesystem::path booted = "/run/systemd/system";      // there where systemd runs: sd_booted(3)
};

// Whether this host records who is logged in: then whoever isn't recorded has logged in nowhere.
[[nodiscard]] bool records_logins(const LoginRecords& records = {});

// Each address once, in order. What isn't there or can't be read is left out, as is whoever is recorded by a
// name alone, which would have to be asked for. Any thread.
[[nodiscard]] std::vector<Prefix> logged_in_from(const LoginRecords& records = {});

}  // namespace vedette
