// One flow, looked into: its rate over the last minutes and every fact that the sensor tells of it.
#pragma once

#include "cli/top/screen_text.h"

namespace vedette::top {

void append_flow(Picture& picture, const FlowLook& flow, const Model& model, const PictureOptions& options);

}  // namespace vedette::top
