// The body of a request to the gateway's own routes: an object of JSON.
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/units.h"
#include "gateway/request_head.h"

namespace vedette {

struct AuthRequest;

// One thread at a time.
class AuthBody {
 public:
  // Unusable where it isn't an object of JSON and sent as application/json, which no form of another site's
  // is. No body at all is an empty object.
  [[nodiscard]] static Result<AuthBody> read(const AuthRequest& request);

  // A member that is a string; empty where it isn't there or something else.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  // A member that is a time in nanoseconds; nothing where it isn't there; unusable where it is something
  // else.
  [[nodiscard]] Result<std::optional<Nanoseconds>> time(std::string_view name) const;
  [[nodiscard]] simdjson::simdjson_result<simdjson::dom::element> member(std::string_view name) const {
    return object_[name];
  }

 private:
  // Holds what object_ shows, where it stays.
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::dom::object object_;
};

}  // namespace vedette
