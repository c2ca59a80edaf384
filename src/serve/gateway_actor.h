// For whom the gateway asks: it says so in a header field, which is believed of the gateway's user alone.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "act/audit_trail.h"
#include "base/error.h"

namespace vedette {

inline constexpr const char* kActorField = "Vedette-Actor";

// Who asks by the connected socket `fd`. Where that is the gateway: whoever `field` says, "session/ID
// ADDRESS" or "key/ID ADDRESS"; what can't be read of it is left out.
[[nodiscard]] Actor actor_of(int fd, std::optional<uid_t> gateway, std::string_view field);

// What `field` says beside `peer`, the gateway as the kernel knows it.
[[nodiscard]] Actor gateway_actor(Actor peer, std::string_view field);

// The gateway's user by name or number. Unusable where there is none of that name, or it is root.
[[nodiscard]] Result<uid_t> gateway_user(const std::string& text);

}  // namespace vedette
