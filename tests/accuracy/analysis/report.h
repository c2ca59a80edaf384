// What the accuracy program measured: tables for the document, and what doesn't hold.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

namespace vedette {

class Report {
 public:
  // `part`: of the slow sections' series, one of so many is drawn; 1 or more.
  explicit Report(std::size_t part) : part_(part) {}

  // How many series a section that would draw so many draws.
  [[nodiscard]] std::size_t seeds(std::size_t all) const { return all / part_; }

  void line(const std::string& text) { text_ += text + "\n"; }

  // `measured` as a row's last cells say it; it fails where it is worse than asked for.
  void at_most(const std::string& what, double measured, double most) {
    if (!(measured <= most))
      failures_.push_back(fmt::format("{}: {:.3f}, at most {:.3f} is asked for", what, measured, most));
  }
  void at_least(const std::string& what, double measured, double least) {
    if (!(measured >= least))
      failures_.push_back(fmt::format("{}: {:.3f}, at least {:.3f} is asked for", what, measured, least));
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  std::size_t part_;
  std::string text_;
  std::vector<std::string> failures_;
};

// Each measures one kind of analysis and appends its section.
void measure_anomalies(Report& report);
void measure_planted_anomalies(Report& report);
void measure_trends(Report& report);
void measure_steps(Report& report);
void measure_periods(Report& report);
void measure_comparisons(Report& report);

}  // namespace vedette
