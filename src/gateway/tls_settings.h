// How the gateway speaks TLS: 1.2 and 1.3, forward secrecy and authenticated ciphers alone, HTTP/1.1 by ALPN.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/error.h"
#include "gateway/certificate.h"

namespace vedette {

using TlsSettings = std::shared_ptr<boost::asio::ssl::context>;

// For any number of connections, of any thread.
[[nodiscard]] Result<TlsSettings> tls_settings(const Certificate& certificate);

}  // namespace vedette
