// Which path answers what: the API without HTTP's bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sensor/backend.h"
#include "serve/problem.h"
#include "serve/request.h"

namespace vedette {

// A whole answer at once.
struct Document {
  std::string_view content_type;
  std::string body;
};

// An answer that goes on: read() until it is over. The reader is used by one thread at a time and let go when
// the client has gone or the answer is over.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // The next bytes, waiting up to a second for them: empty where none came. Nothing: the answer is over.
  [[nodiscard]] virtual std::optional<std::string> read() = 0;
};

struct Stream {
  std::string_view content_type;
  std::unique_ptr<BodyReader> reader;
};

using Answer = std::variant<Document, Stream, Problem>;

class ParkedFeeds;

// What the routes work on; all of it outlives every answer.
struct RouteContext {
  Backend& backend;
  ParkedFeeds& feeds;
};

// The answer to any request; unknown paths, methods and parameters give problems. Any thread.
[[nodiscard]] Answer answer(const RouteContext& context, const Request& request);

// The OpenAPI 3.1 document of all routes.
[[nodiscard]] std::string_view openapi_document();

}  // namespace vedette
