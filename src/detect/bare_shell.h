// Shells and shell scripts that cross the wire bare: a connection of no protocol that anybody decodes, one of
// whose payloads begins as a shell without a terminal begins (what bash, sh and cmd.exe print when netcat and
// the like bind them to a socket), or whose first payload is a script ("#!/bin/sh"), as droppers fetch them
// and netcat sends them; a script alone may be a file on its way (an FTP data connection), so it is doubtful
// and no more. Live it looks at flows' first packets.
#pragma once

#include "detect/detector.h"

namespace vedette {

class BareShell final : public Detector {
 public:
  using Detector::Detector;

  void look(const FlowStep& step) override;
};

}  // namespace vedette
