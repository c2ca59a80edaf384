#include "detect/odd_packet.h"

#include "classify/odd_packet.h"

namespace vedette {

bool is_odd(const vdt_packet& packet) {
  return vdt_is_odd(&packet.core);
}

}  // namespace vedette
