#include "cli/interruption.h"

#include <signal.h>

#include <initializer_list>

namespace vedette {

namespace {

// A signal handler can reach nothing else.
volatile sig_atomic_t signal_came = 0;

void note_signal(int) {
  signal_came = 1;
}

}  // namespace

void catch_interruption() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return signal_came != 0;
}

}  // namespace vedette
