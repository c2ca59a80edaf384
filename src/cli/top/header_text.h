// The lines above every view: the host, what comes in and goes out, what is lost, how TCP fares, the views.
#pragma once

#include "cli/top/screen_text.h"

namespace vedette::top {

// Five lines.
void append_header(Picture& picture, const Model& model, const PictureOptions& options);

}  // namespace vedette::top
