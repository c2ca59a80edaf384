#include "base/privileges.h"

#include <fmt/format.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace vedette {

namespace {

// libcap 2.66 knows the last two by these numbers (linux/capability.h).
constexpr std::array<cap_value_t, 5> kKept{CAP_NET_ADMIN, CAP_NET_RAW, CAP_DAC_OVERRIDE, 38 /* CAP_PERFMON */,
                                           39 /* CAP_BPF */};

struct FreeCapabilities {
  void operator()(cap_t capabilities) const { cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

}  // namespace

Result<void> drop_privileges() {
  const Capabilities present(cap_get_proc());
  const Capabilities kept(cap_init());
  for (const cap_value_t capability : kKept) {
    cap_flag_value_t permitted = CAP_CLEAR;
    if (cap_get_flag(present.get(), capability, CAP_PERMITTED, &permitted) != 0 || permitted == CAP_CLEAR)
      continue;
    for (const cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE})
      cap_set_flag(kept.get(), set, 1, &capability, CAP_SET);
  }
  // The bounding set first: leaving it takes CAP_SETPCAP, which goes below.
  for (cap_value_t capability = 0; capability < cap_max_bits(); capability++) {
    cap_flag_value_t keep = CAP_CLEAR;
    cap_get_flag(kept.get(), capability, CAP_PERMITTED, &keep);
    if (keep == CAP_CLEAR) cap_drop_bound(capability);
  }
  if (cap_set_proc(kept.get()) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return failed("privileges", fmt::format("can't be dropped: {}", std::strerror(errno)));
  return {};
}

}  // namespace vedette
