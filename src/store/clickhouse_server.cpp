#include "store/clickhouse_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kLongestQuery = 60s;
constexpr auto kLongestRequest = 75s;             // the server ends a query by itself before that
constexpr std::size_t kMostAnswer = 512u << 20u;  // a million rows of 500 bytes
constexpr std::size_t kMostComplaint = 400;       // of a server's error text

// The whole answer first, so that its status is true; long lists of values in a query.
constexpr std::string_view kSettings =
    "wait_end_of_query=1&max_query_size=67108864&max_ast_elements=4000000&max_expanded_ast_elements=4000000";

std::string escaped(std::string_view text) {
  std::string url;
  for (const char letter : text)
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || std::string_view("-_.~").contains(letter))
      url += letter;
    else
      url += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  return url;
}

}  // namespace

ClickhouseServer::ClickhouseServer(ClickhouseAddress address, std::unique_ptr<HttpClient> client)
    : address_(std::move(address)), client_(std::move(client)) {}

Result<std::unique_ptr<ClickhouseServer>> ClickhouseServer::open(ClickhouseAddress address) {
  auto client = HttpClient::open();
  if (!client) return std::unexpected(client.error());
  return std::unique_ptr<ClickhouseServer>(new ClickhouseServer(std::move(address), std::move(*client)));
}

Result<std::string> ClickhouseServer::send(HttpRequest request) {
  if (!address_.user.empty()) request.headers.push_back("X-ClickHouse-User: " + address_.user);
  if (!address_.password.empty()) request.headers.push_back("X-ClickHouse-Key: " + address_.password);
  request.most = kMostAnswer;
  request.timeout = kLongestRequest;
  request.patient = true;
  // Neither rows nor sums may be put twice; a connection costs less than either.
  request.once = true;
  auto answer = client_->ask(request);
  if (!answer) return busy(address_.shown(), answer.error().what);
  if (answer->status == 200) return std::move(answer->body);
  std::string complaint = answer->body.substr(0, kMostComplaint);
  std::ranges::replace(complaint, '\n', ' ');
  while (complaint.ends_with(' ')) complaint.pop_back();
  return failed(address_.shown(), fmt::format("answers with status {}: {}", answer->status, complaint));
}

Result<std::string> ClickhouseServer::ask(const std::string& statement, const std::string& settings) {
  HttpRequest request;
  request.url =
      fmt::format("{}/?{}&max_execution_time={}{}", address_.url, kSettings, kLongestQuery.count(), settings);
  request.bytes = statement;
  return send(std::move(request));
}

Result<std::uint64_t> ClickhouseServer::number(const std::string& statement) {
  const auto text = ask(statement + " FORMAT TabSeparated");
  if (!text) return std::unexpected(text.error());
  std::uint64_t number = 0;
  if (std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc())
    return failed(address_.shown(), fmt::format("expected a number, found \"{}\"", text->substr(0, 40)));
  return number;
}

Result<void> ClickhouseServer::insert(const std::string& statement, const std::string& rows,
                                      const std::string& query_id) {
  const auto known = version();
  if (!known) return std::unexpected(known.error());
  HttpRequest request;
  request.url = fmt::format("{}/?query_id={}&wait_end_of_query=1", address_.url, query_id);
  // A proxy that sends a request twice then sends one block; and none waits on the server for others.
  if (known->since(22, 2)) request.url += "&async_insert=0&insert_deduplication_token=" + query_id;
  request.url += "&query=" + escaped(statement);
  request.bytes = rows;
  auto sent = send(std::move(request));
  if (!sent) return std::unexpected(sent.error());
  return {};
}

Result<ClickhouseVersion> ClickhouseServer::version() {
  if (version_.major != 0) return version_;
  const auto text = ask("SELECT version() FORMAT TabSeparated");
  if (!text) return std::unexpected(text.error());
  ClickhouseVersion found;
  const char* const end = text->data() + text->size();
  const auto major = std::from_chars(text->data(), end, found.major);
  if (major.ec != std::errc() || major.ptr == end || found.major == 0 ||
      std::from_chars(major.ptr + 1, end, found.minor).ec != std::errc())
    return failed(address_.shown(), fmt::format("expected a version, found \"{}\"", text->substr(0, 40)));
  version_ = found;
  return version_;
}

std::string clickhouse_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text)
    if (letter == '\'' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20)
      quoted += fmt::format("\\x{:02X}", static_cast<unsigned char>(letter));
    else
      quoted += letter;
  return quoted + "'";
}

}  // namespace vedette
