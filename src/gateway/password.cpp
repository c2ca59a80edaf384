#include "gateway/password.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>

namespace vedette {

namespace {

constexpr const char* kFile = "password";
constexpr auto kPasses = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr auto kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

}  // namespace

Result<std::unique_ptr<Password>> Password::load(const StateFolder& folder) {
  auto text = folder.read(kFile);
  if (!text) return std::unexpected(text.error());
  std::unique_ptr<Password> password(new Password(folder));
  if (!*text) return password;
  password->hash_ = **text;
  while (password->hash_.ends_with('\n')) password->hash_.pop_back();
  if (!password->hash_.starts_with("$argon2id$"))
    return unusable(folder.file(kFile).string(), "expected an argon2id hash",
                    "remove it to set the password anew");
  return password;
}

bool Password::is_set() const {
  const std::lock_guard lock(mutex_);
  return !hash_.empty();
}

Result<void> Password::set(std::string_view password) {
  if (password.size() < kShortest || password.size() > kLongest)
    return unusable("password",
                    fmt::format("expected {} to {} bytes, found {}", kShortest, kLongest, password.size()));
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), kPasses, kMemory) != 0)
    return busy("password", fmt::format("there are no {} MiB of memory to hash it", kMemory >> 20));
  if (auto written = folder_.write(kFile, std::string(hash.data()) + "\n"); !written) return written;
  const std::lock_guard lock(mutex_);
  hash_ = hash.data();
  return {};
}

Result<bool> Password::is(std::string_view password) const {
  std::string hash;
  {
    const std::lock_guard lock(mutex_);
    hash = hash_;
  }
  if (hash.empty() || password.size() > kLongest) return false;
  errno = 0;
  if (crypto_pwhash_str_verify(hash.c_str(), password.empty() ? "" : password.data(), password.size()) == 0)
    return true;
  if (errno == ENOMEM)
    return busy("password", fmt::format("there are no {} MiB of memory to check it", kMemory >> 20));
  return false;
}

}  // namespace vedette
