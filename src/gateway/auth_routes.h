// The gateway's own routes, under /auth/: the password, sessions, keys, the audit log.
#pragma once

#include <string>
#include <string_view>

#include "gateway/api_keys.h"
#include "gateway/audit_log.h"
#include "gateway/caller.h"
#include "gateway/client_network.h"
#include "gateway/password.h"
#include "gateway/reply.h"
#include "gateway/sessions.h"
#include "gateway/setup_token.h"
#include "gateway/sign_in_throttle.h"

namespace vedette {

// A request whose caller may do what it asks for.
struct AuthRequest {
  RequestHead head;
  std::string body;
  Asked by;
  ClientNetwork network;  // of by.client
  Instant now;
};

// Any thread. Those that change something wait for the disk and for the password's hash.
class AuthRoutes {
 public:
  // Outlived by all of them.
  struct Parts {
    Password& password;
    SetupToken& setup;
    Sessions& sessions;
    ApiKeys& keys;
    SignInThrottle& throttle;
    AuditLog& audit;
  };

  explicit AuthRoutes(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] Reply answer(const AuthRequest& request);
  // To a request without a good session or key.
  [[nodiscard]] Reply refuse(const RequestHead& head) const;

 private:
  using Handler = Reply (AuthRoutes::*)(const AuthRequest&);
  struct Route {
    std::string_view method;
    std::string_view path;
    Handler handler;
  };
  static const Route kRoutes[];

  Reply set_up(const AuthRequest& request);
  Reply sign_in(const AuthRequest& request);
  Reply sign_out(const AuthRequest& request);
  Reply get_session(const AuthRequest& request);
  Reply change_password(const AuthRequest& request);
  Reply get_keys(const AuthRequest& request);
  Reply make_key(const AuthRequest& request);
  Reply delete_key(const AuthRequest& request);
  Reply get_audit(const AuthRequest& request);
  Reply get_document(const AuthRequest& request);

  std::optional<Reply> hold_back(const AuthRequest& request, std::string_view what);
  Reply begin_session(const AuthRequest& request, std::string_view what);

  Parts parts_;
};

// The OpenAPI 3.1 document of these routes.
[[nodiscard]] std::string_view auth_openapi_document();

}  // namespace vedette
