#include "gateway/setup_token.h"

#include "gateway/secret.h"

namespace vedette {

namespace {

constexpr std::size_t kBytes = 18;  // 24 letters

}  // namespace

Result<std::unique_ptr<SetupToken>> SetupToken::make(const StateFolder& folder, bool needed) {
  std::unique_ptr<SetupToken> token(new SetupToken(folder, needed ? random_token(kBytes) : std::string()));
  const auto done = needed ? folder.write(kFile, token->text_ + "\n") : folder.remove(kFile);
  if (!done) return std::unexpected(done.error());
  return token;
}

std::string SetupToken::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

bool SetupToken::is(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return !text_.empty() && same_secret(text_, text);
}

Result<void> SetupToken::use_up() {
  const std::lock_guard lock(mutex_);
  text_.clear();
  return folder_.remove(kFile);
}

}  // namespace vedette
