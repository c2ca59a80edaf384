// Ctrl-C and a service's SIGTERM, for commands that go on until somebody ends them.
#pragma once

namespace vedette {

// From now on SIGINT and SIGTERM only make interrupted() true; a second one ends the process at once. Call
// it from the first thread, before others start.
void catch_interruption();

// Has a signal come? Any thread.
[[nodiscard]] bool interrupted();

}  // namespace vedette
