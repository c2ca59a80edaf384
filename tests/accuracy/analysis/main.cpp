// analysis_accuracy [--only SECTION] [--report FILE | --briefly]: what src/analyse says of simulated traffic
// in which everything is known; briefly: of a quarter of it where it is much. Prints what doesn't hold and
// ends with 1; where all holds, writes the document.
#include <fstream>
#include <iostream>
#include <string_view>
#include <utility>

#include "report.h"

int main(int argc, char** argv) {
  constexpr std::pair<std::string_view, void (*)(vedette::Report&)> kSections[] = {
      {"anomalies", vedette::measure_anomalies}, {"planted", vedette::measure_planted_anomalies},
      {"trends", vedette::measure_trends},       {"steps", vedette::measure_steps},
      {"periods", vedette::measure_periods},     {"comparisons", vedette::measure_comparisons},
  };
  std::string path, only;
  std::size_t part = 1;
  for (int i = 1; i < argc; i++) {
    const std::string_view option = argv[i];
    if (option == "--briefly") {
      part = 4;
      continue;
    }
    if ((option != "--report" && option != "--only") || i + 1 == argc) {
      std::cerr << "usage: analysis_accuracy [--only SECTION] [--report FILE | --briefly]\n";
      return 2;
    }
    (option == "--report" ? path : only) = argv[++i];
  }
  vedette::Report report(part);
  report.line("# Analysis beside what is known\n");
  report.line("Written by `tests/accuracy/analysis`: what `src/analyse` says of simulated traffic in which");
  report.line(
      "every fact was planted, over many seeds. The test fails where a figure is worse than its table's last "
      "column asks for.");
  report.line("Why each method was chosen: [decisions/analysis.md](decisions/analysis.md).");
  for (const auto& section : kSections)
    if (only.empty() || only == section.first) section.second(report);
  for (const std::string& failure : report.failures()) std::cerr << failure << "\n";
  if (path.empty() || !report.failures().empty()) {
    std::cout << report.text();
    return report.failures().empty() ? 0 : 1;
  }
  std::ofstream file(path);
  file << report.text();
  if (!file.flush()) {
    std::cerr << path << ": can't be written\n";
    return 1;
  }
  return 0;
}
