// Server-sent events (WHATWG HTML, section 9.2) out of the bytes of an answer, in whatever pieces these
// arrive. Between the API client and the commands that follow a stream.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace vedette {

struct ServerEvent {
  std::string name;  // "message" where the server gives none
  std::string data;  // lines joined by '\n'
  std::string id;    // the last that the stream gave; empty: none yet
};

// One thread at a time.
class EventStream {
 public:
  // False: no more events are wanted.
  using Take = std::function<bool(const ServerEvent&)>;

  // Calls `take` for each event that `bytes` completes; false once it has said so.
  bool feed(std::string_view bytes, const Take& take);

 private:
  bool end_line(const Take& take);
  void read_field();

  std::string line_;
  bool after_return_ = false;  // the line feed of a CR LF is still to come
  ServerEvent event_;
  bool has_data_ = false;
};

}  // namespace vedette
