// `vedette doctor`: what this kernel and machine allow, on standard output. No packet's way: no sensor is
// asked, none is started.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace vedette {

struct DoctorRequest {
  std::string format = "table";  // table, json, csv
  bool no_color = false;
};

// Declares the command; its exit status goes to `status` when it was called. All three outlive `app`.
void add_doctor_command(CLI::App& app, DoctorRequest& request, int& status);

// Prints what it found; 0 where the sensor can run here, else 1.
[[nodiscard]] int run_doctor(const DoctorRequest& request);

}  // namespace vedette
