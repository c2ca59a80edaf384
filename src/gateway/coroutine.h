// Asio's coroutines as the gateway uses them: what goes wrong is a value, not an exception.
#pragma once

// clang-format off
#include <utility>  // Boost 1.74 lacks it in awaitable.hpp
// clang-format on

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace vedette {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

// co_await stream.async_…(…, into(error))
inline auto into(boost::system::error_code& error) {
  return boost::asio::redirect_error(boost::asio::use_awaitable, error);
}

// A client's connection. Of its io_context's thread alone.
using ClientStream = boost::asio::ssl::stream<boost::beast::tcp_stream>;

}  // namespace vedette
