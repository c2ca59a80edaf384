#include "gateway/api_keys.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/json_writer.h"
#include "gateway/scope_json.h"

namespace vedette {

namespace {

constexpr const char* kFile = "keys.json";
constexpr std::string_view kBegin = "vdt_";
constexpr std::size_t kIdLength = 16;
constexpr std::size_t kSecretBytes = 32;

bool is_over(const ApiKey& key, Nanoseconds now) {
  return key.expires && *key.expires <= now;
}

}  // namespace

Result<std::unique_ptr<ApiKeys>> ApiKeys::load(const StateFolder& folder) {
  auto text = folder.read(kFile);
  if (!text) return std::unexpected(text.error());
  std::unique_ptr<ApiKeys> keys(new ApiKeys(folder));
  if (!*text) return keys;
  if (auto read = keys->read(**text); !read) return std::unexpected(read.error());
  return keys;
}

Result<void> ApiKeys::read(const std::string& text) {
  const std::string where = folder_.file(kFile).string();
  simdjson::dom::parser parser;
  simdjson::dom::array all;
  if (parser.parse(text)["keys"].get(all) != simdjson::SUCCESS)
    return unusable(where, "expected an object with the array \"keys\"");
  for (const simdjson::dom::element one : all) {
    Kept kept{};
    std::string_view id;
    std::string_view name;
    std::string_view digest;
    std::int64_t created = 0;
    std::int64_t expires = 0;
    auto scopes = read_scopes(one["scopes"]);
    if (one["id"].get(id) != simdjson::SUCCESS || one["name"].get(name) != simdjson::SUCCESS ||
        one["digest"].get(digest) != simdjson::SUCCESS ||
        one["created_ns"].get(created) != simdjson::SUCCESS || !scopes || !parse_digest(digest))
      return unusable(where, fmt::format("key {} is not as it was written", kept_.size() + 1));
    kept.key = {std::string(id), std::string(name), *scopes, Nanoseconds(created), std::nullopt};
    if (one["expires_ns"].get(expires) == simdjson::SUCCESS) kept.key.expires = Nanoseconds(expires);
    kept.digest = *parse_digest(digest);
    kept_.push_back(std::move(kept));
  }
  return {};
}

Result<void> ApiKeys::write(const std::vector<Kept>& kept) const {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("keys");
  json.begin_array();
  for (const Kept& one : kept) {
    json.begin_object();
    json.field("id", std::string_view(one.key.id));
    json.field("name", std::string_view(one.key.name));
    write_scopes(json, one.key.scopes);
    json.field("created_ns", one.key.created.count());
    if (one.key.expires) json.field("expires_ns", one.key.expires->count());
    json.field("digest", std::string_view(digest_text(one.digest)));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return folder_.write(kFile, fmt::to_string(out) + "\n");
}

Result<ApiKeys::Made> ApiKeys::add(std::string name, ScopeSet scopes, std::optional<Nanoseconds> expires,
                                   Nanoseconds now) {
  if (name.empty() || name.size() > kLongestName)
    return unusable("name", fmt::format("expected 1 to {} bytes, found {}", kLongestName, name.size()));
  if (scopes.empty()) return unusable("scopes", "expected one of read, block, policy, admin at least");
  if (expires && *expires <= now) return unusable("expires_ns", "is in the past");
  const std::lock_guard one_at_a_time(changing_);
  std::vector<Kept> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = kept_;
  }
  if (kept.size() >= kMost) return busy("keys", fmt::format("there are {} already", kMost), "delete one");
  Made made{{random_id(), std::move(name), scopes, now, expires}, {}};
  const std::string secret = random_token(kSecretBytes);
  made.text = fmt::format("{}{}_{}", kBegin, made.key.id, secret);
  kept.push_back({made.key, digest_of(secret)});
  if (auto written = write(kept); !written) return std::unexpected(written.error());
  const std::lock_guard lock(mutex_);
  kept_ = std::move(kept);
  return made;
}

Result<std::optional<ApiKey>> ApiKeys::remove(std::string_view id) {
  const std::lock_guard one_at_a_time(changing_);
  std::vector<Kept> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = kept_;
  }
  const auto found = std::ranges::find_if(kept, [&](const Kept& one) { return one.key.id == id; });
  if (found == kept.end()) return std::nullopt;
  const ApiKey gone = found->key;
  kept.erase(found);
  if (auto written = write(kept); !written) return std::unexpected(written.error());
  const std::lock_guard lock(mutex_);
  kept_ = std::move(kept);
  return gone;
}

std::optional<ApiKey> ApiKeys::find(std::string_view text, Nanoseconds now) const {
  if (!text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  if (text.size() <= kIdLength || text[kIdLength] != '_') return std::nullopt;
  const std::string_view id = text.substr(0, kIdLength);
  const Digest digest = digest_of(text.substr(kIdLength + 1));
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(kept_, [&](const Kept& one) { return one.key.id == id; });
  if (found == kept_.end() || !same_digest(found->digest, digest) || is_over(found->key, now))
    return std::nullopt;
  return found->key;
}

bool ApiKeys::goes_on(std::string_view id, Nanoseconds now) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(kept_,
                             [&](const Kept& one) { return one.key.id == id && !is_over(one.key, now); });
}

std::vector<ApiKey> ApiKeys::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<ApiKey> all;
  for (const Kept& one : kept_) all.push_back(one.key);
  return all;
}

}  // namespace vedette
