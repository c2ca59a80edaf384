// What a flow's first payload is called in policies, by enum vdt_payload_class.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

#include "abi/payload_class.h"

namespace vedette {

struct PayloadName {
  std::string_view application, text;
};

#define VDT_AS_PAYLOAD_NAME(enumerator, application, text) PayloadName{application, text},
inline constexpr PayloadName kPayloads[] = {VDT_PAYLOAD_CLASS_LIST(VDT_AS_PAYLOAD_NAME)};
#undef VDT_AS_PAYLOAD_NAME
inline constexpr auto kPayloadClasses = static_cast<std::uint8_t>(std::size(kPayloads));

}  // namespace vedette
