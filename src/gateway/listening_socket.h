// A TCP address on which the gateway listens.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

struct ListeningSocket {
  FileDescriptor socket;
  boost::asio::ip::tcp::endpoint endpoint;  // with the port that it got
};

// Listens on "127.0.0.1:8443" or "[::1]:8443"; port 0 takes a free one. Unusable where the text is no such
// address.
[[nodiscard]] Result<ListeningSocket> listen_on(const std::string& address);

// "https://127.0.0.1:8443/".
[[nodiscard]] std::string url_of(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace vedette
