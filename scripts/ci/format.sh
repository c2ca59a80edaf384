#!/bin/bash
# format.sh [OPTION...]: clang-format over every source file, with the options. What the kernel runs, and the headers that it
# shares, are in the kernel's style; all else is in ours.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
kernels=('bpf/*' '*.bpf.c' '*/bpf/*.h')
status=0
git ls-files "${kernels[@]}" | grep -E '\.[ch]$' | xargs clang-format -style=file:bpf/.clang-format "$@" || status=1
git ls-files '*.h' '*.c' '*.cpp' "${kernels[@]/#/:!}" | xargs clang-format "$@" || status=1
exit "$status"
