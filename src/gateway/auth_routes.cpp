#include "gateway/auth_routes.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "gateway/auth_body.h"
#include "gateway/query.h"
#include "gateway/scope_json.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

std::string cookie_field(std::string_view value, std::chrono::seconds age) {
  return fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Strict", kSessionCookie, value,
                     age.count());
}

std::string session_json(std::string_view csrf, Nanoseconds expires) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  if (!csrf.empty()) json.field("csrf", csrf);
  if (expires != Nanoseconds::zero()) json.field("expires_ns", expires.count());
  json.end_object();
  return fmt::to_string(out);
}

void write_key(JsonWriter& json, const ApiKey& key, Nanoseconds now) {
  json.field("id", std::string_view(key.id));
  json.field("name", std::string_view(key.name));
  write_scopes(json, key.scopes);
  json.field("created_ns", key.created.count());
  if (key.expires) json.field("expires_ns", key.expires->count());
  if (key.expires && *key.expires <= now) json.field("expired", true);
}

std::string key_json(const ApiKey& key, std::string_view text, Nanoseconds now) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  write_key(json, key, now);
  if (!text.empty()) json.field("key", text);
  json.end_object();
  return fmt::to_string(out);
}

}  // namespace

const AuthRoutes::Route AuthRoutes::kRoutes[] = {
    {"POST", "/auth/setup", &AuthRoutes::set_up},
    {"POST", "/auth/sign-in", &AuthRoutes::sign_in},
    {"POST", "/auth/sign-out", &AuthRoutes::sign_out},
    {"GET", "/auth/session", &AuthRoutes::get_session},
    {"POST", "/auth/password", &AuthRoutes::change_password},
    {"GET", "/auth/keys", &AuthRoutes::get_keys},
    {"POST", "/auth/keys", &AuthRoutes::make_key},
    {"DELETE", "/auth/keys", &AuthRoutes::delete_key},
    {"GET", "/auth/audit", &AuthRoutes::get_audit},
    {"GET", "/auth/openapi.json", &AuthRoutes::get_document},
};

Reply AuthRoutes::answer(const AuthRequest& request) {
  const std::string_view method =
      request.head.method == "HEAD" ? "GET" : std::string_view(request.head.method);
  std::string taken;
  for (const Route& route : kRoutes) {
    if (route.path != request.head.path) continue;
    if (route.method == method) return (this->*route.handler)(request);
    taken +=
        fmt::format("{}{}", taken.empty() ? "" : ", ", route.method == "GET" ? "GET, HEAD" : route.method);
  }
  if (taken.empty())
    return problem_reply(
        404, "no such resource",
        fmt::format("{} is not a path of the gateway's; /auth/openapi.json lists them", request.head.path),
        request.head.path);
  Reply refused = problem_reply(
      405, "method not allowed",
      fmt::format("{} takes {}, not {}", request.head.path, taken, request.head.method), request.head.path);
  refused.fields.emplace_back("Allow", taken);
  return refused;
}

Reply AuthRoutes::refuse(const RequestHead& head) const {
  const bool has_key = !head.authorization.empty();
  Reply refused = problem_reply(401, "not signed in",
                                has_key ? "the key is none, or over"
                                        : "expected a session's cookie or a key (Authorization: Bearer KEY)",
                                head.path);
  // Told here, as a page asks for its session first.
  if (head.path == "/auth/session" && !parts_.password.is_set()) {
    refused.body.pop_back();
    refused.body += ",\"setup_needed\":true}";
  }
  refused.fields.emplace_back("WWW-Authenticate", has_key
                                                      ? "Bearer realm=\"vedette\", error=\"invalid_token\""
                                                      : "Bearer realm=\"vedette\"");
  return refused;
}

std::optional<Reply> AuthRoutes::hold_back(const AuthRequest& request, std::string_view what) {
  const auto wait = parts_.throttle.take(request.network, request.now.steady);
  if (!wait) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
  Reply refused = problem_reply(
      429, "too many tries", fmt::format("{} may be tried again in {} s", what, seconds), request.head.path);
  refused.fields.emplace_back("Retry-After", std::to_string(seconds));
  return refused;
}

Reply AuthRoutes::begin_session(const AuthRequest& request, std::string_view what) {
  parts_.throttle.succeeded(request.network);
  const Sessions::Begun begun = parts_.sessions.begin(request.now);
  Asked by = request.by;
  by.caller = Caller{CallerKind::kSession, begun.session.id, ScopeSet::all(), {}, {}};
  parts_.audit.record(what, by);
  Reply reply{.body = session_json(begun.session.csrf, begun.session.expires)};
  reply.fields.emplace_back("Set-Cookie", cookie_field(begun.token, Sessions::kLongest));
  return reply;
}

Reply AuthRoutes::set_up(const AuthRequest& request) {
  if (auto held = hold_back(request, "the token")) return std::move(*held);
  const auto body = AuthBody::read(request);
  if (!body) return error_reply(body.error(), request.head.path);
  if (!parts_.setup.is(body->text("token"))) {
    parts_.audit.record("setup_refused", request.by);
    return problem_reply(401, "no such token",
                         parts_.password.is_set()
                             ? "the password is set already"
                             : "expected the token that the gateway printed when it began",
                         request.head.path);
  }
  if (auto set = parts_.password.set(body->text("password")); !set)
    return error_reply(set.error(), request.head.path);
  if (auto used = parts_.setup.use_up(); !used) return error_reply(used.error(), request.head.path);
  return begin_session(request, "setup");
}

Reply AuthRoutes::sign_in(const AuthRequest& request) {
  if (auto held = hold_back(request, "the password")) return std::move(*held);
  const auto body = AuthBody::read(request);
  if (!body) return error_reply(body.error(), request.head.path);
  const auto right = parts_.password.is(body->text("password"));
  if (!right) return error_reply(right.error(), request.head.path);
  if (!*right) {
    parts_.audit.record("sign_in_refused", request.by);
    return problem_reply(
        401, "wrong password",
        parts_.password.is_set() ? "that is not the password" : "no password is set yet: see /auth/setup",
        request.head.path);
  }
  return begin_session(request, "sign_in");
}

Reply AuthRoutes::sign_out(const AuthRequest& request) {
  parts_.sessions.end(request.by.caller->id);
  parts_.audit.record("sign_out", request.by);
  Reply reply{.body = "{}"};
  reply.fields.emplace_back("Set-Cookie", cookie_field("", 0s));
  return reply;
}

Reply AuthRoutes::get_session(const AuthRequest& request) {
  return {.body = session_json(request.by.caller->csrf, request.by.caller->expires)};
}

Reply AuthRoutes::change_password(const AuthRequest& request) {
  if (auto held = hold_back(request, "the password")) return std::move(*held);
  const auto body = AuthBody::read(request);
  if (!body) return error_reply(body.error(), request.head.path);
  const auto right = parts_.password.is(body->text("current"));
  if (!right) return error_reply(right.error(), request.head.path);
  if (!*right) {
    parts_.audit.record("password_refused", request.by);
    return problem_reply(403, "wrong password", "\"current\" is not the password", request.head.path);
  }
  if (auto set = parts_.password.set(body->text("password")); !set)
    return error_reply(set.error(), request.head.path);
  parts_.throttle.succeeded(request.network);
  parts_.sessions.end_others(request.by.caller->id);
  parts_.audit.record("password_changed", request.by);
  return {.body = "{}"};
}

Reply AuthRoutes::get_keys(const AuthRequest& request) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("keys");
  json.begin_array();
  for (const ApiKey& key : parts_.keys.list()) {
    json.begin_object();
    write_key(json, key, request.now.wall);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return {.body = fmt::to_string(out)};
}

Reply AuthRoutes::make_key(const AuthRequest& request) {
  const auto body = AuthBody::read(request);
  if (!body) return error_reply(body.error(), request.head.path);
  const auto scopes = read_scopes(body->member("scopes"));
  if (!scopes) return error_reply(scopes.error(), request.head.path);
  const auto expires = body->time("expires_ns");
  if (!expires) return error_reply(expires.error(), request.head.path);
  const auto made = parts_.keys.add(std::string(body->text("name")), *scopes, *expires, request.now.wall);
  if (!made) return error_reply(made.error(), request.head.path);
  parts_.audit.record("key_made", request.by, [&](JsonWriter& json) {
    json.field("key_id", std::string_view(made->key.id));
    json.field("name", std::string_view(made->key.name));
    write_scopes(json, made->key.scopes);
    if (made->key.expires) json.field("expires_ns", made->key.expires->count());
  });
  return {.status = 201, .body = key_json(made->key, made->text, request.now.wall)};
}

Reply AuthRoutes::delete_key(const AuthRequest& request) {
  const auto id = query_text(request.head.query, "id");
  if (!id || id->empty())
    return error_reply(unusable("id", "is missing", "a key's, as in /auth/keys?id=ID").error(),
                       request.head.path);
  const auto gone = parts_.keys.remove(*id);
  if (!gone) return error_reply(gone.error(), request.head.path);
  if (!*gone)
    return problem_reply(404, "no such key", fmt::format("there is no key {}", *id), request.head.path);
  parts_.audit.record("key_deleted", request.by, [&](JsonWriter& json) {
    json.field("key_id", std::string_view((*gone)->id));
    json.field("name", std::string_view((*gone)->name));
  });
  return {.body = key_json(**gone, {}, request.now.wall)};
}

Reply AuthRoutes::get_audit(const AuthRequest& request) {
  const auto limit = query_number(request.head.query, "limit", 1000, 1, 10'000);
  if (!limit) return error_reply(limit.error(), request.head.path);
  const auto after = query_number(request.head.query, "cursor", 0);
  if (!after) return error_reply(after.error(), request.head.path);
  return {.body = event_page_json(parts_.audit.page(*limit, *after))};
}

Reply AuthRoutes::get_document(const AuthRequest&) {
  return {.body = std::string(auth_openapi_document())};
}

}  // namespace vedette
