#include "gateway/auth_body.h"

#include "gateway/auth_routes.h"

namespace vedette {

namespace {

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  return content_type.starts_with(kJson) &&
         (content_type.size() == kJson.size() || content_type[kJson.size()] == ';');
}

}  // namespace

Result<AuthBody> AuthBody::read(const AuthRequest& request) {
  if (!request.body.empty() && !is_json(request.head.content_type))
    return unusable("content-type", "expected application/json", "send the body as that");
  AuthBody body;
  const std::string_view text =
      request.body.empty() ? std::string_view("{}") : std::string_view(request.body);
  const auto error = body.parser_->parse(text.data(), text.size()).get(body.object_);
  if (error != simdjson::SUCCESS)
    return unusable("body", std::string("expected an object of JSON: ") + simdjson::error_message(error));
  return body;
}

std::string_view AuthBody::text(std::string_view name) const {
  std::string_view text;
  if (object_[name].get(text) != simdjson::SUCCESS) return {};
  return text;
}

Result<std::optional<Nanoseconds>> AuthBody::time(std::string_view name) const {
  const auto found = object_[name];
  if (found.error() == simdjson::NO_SUCH_FIELD) return std::nullopt;
  std::int64_t nanoseconds = 0;
  if (found.get(nanoseconds) != simdjson::SUCCESS || nanoseconds <= 0)
    return unusable(std::string(name), "expected nanoseconds since the epoch");
  return Nanoseconds(nanoseconds);
}

}  // namespace vedette
