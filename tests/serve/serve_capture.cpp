// serve_capture SOCKET: the API over a made capture, until standard input ends. What openapi_test.py asks.
#include <fmt/format.h>
#include <unistd.h>

#include "serve/api_server.h"
#include "tests/serve/file_backend.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const vedette::tests::TemporaryFolder folder;
  vedette::tests::write_made_capture(folder.file("made.pcapng"));
  vedette::tests::FileBackend backend(folder.file("made.pcapng"), vedette::tests::Pace::kOnce);
  fmt::print("{}\n", backend.keep_history() ? "history" : "no history");
  auto listener = vedette::UnixListener::open(argv[1]);
  if (!listener) {
    fmt::print(stderr, "{}\n", listener.error().text());
    return 1;
  }
  const auto server = vedette::ApiServer::start(std::move(*listener), backend);
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().text());
    return 1;
  }
  fmt::print("serving\n");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
