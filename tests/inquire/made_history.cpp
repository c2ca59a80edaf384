// made_history FOLDER INTERFACE: forty days of traffic as usual until now on that interface, of which the
// last two hours had twenty times as much; and in the last hour a host, 10.0.0.99, that sent nothing before.
// What tests of a running sensor ask it about.
#include <chrono>
#include <cstdio>
#include <string>

#include "tests/inquire/planted.h"
#include "tests/store/made_rows.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  if (argc != 3) return 2;
  const vedette::Nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  vedette::StoreOptions options;
  options.folder = argv[1];
  options.library = VEDETTE_DUCKDB;
  const auto store = vedette::tests::opened(options);
  const vedette::Nanoseconds end = now - now % 5min;
  put(*store, vedette::tests::PlantedTraffic{.interface = argv[2],
                                             .begin = end - std::chrono::days(40),
                                             .end = end,
                                             .factor = 20,
                                             .lasting = 2h});
  for (int minute = 1; minute < 110; minute++)
    put(*store, vedette::tests::PlantedFlow{.time = now - std::chrono::minutes(minute), .bytes = 10'000});
  put(*store, vedette::tests::PlantedFlow{.from = 99, .time = now - 20min, .bytes = 7'000'000});
  if (const auto flushed = store->flush(); !flushed) {
    std::fprintf(stderr, "%s\n", flushed.error().text().c_str());
    return 1;
  }
  return 0;
}
