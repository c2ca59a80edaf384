// Whether a request that changes something was meant by the page that we served: another site's page can make
// a browser send one with the session's cookie, but neither knows the session's token nor can set a header
// field. SameSite=Strict and the fields by which browsers say where a request comes from stand before that.
#pragma once

#include <optional>
#include <string>

#include "gateway/caller.h"
#include "gateway/request_head.h"

namespace vedette {

// What is wrong with the request; nothing where it may change something. Programs with a key need nothing:
// no browser sends that by itself. `caller`: nobody yet at a sign-in.
[[nodiscard]] std::optional<std::string> csrf_flaw(const RequestHead& head,
                                                   const std::optional<Caller>& caller);

}  // namespace vedette
