#!/bin/bash
# lint.sh JOBS: formatting, clang-tidy over src/, shell scripts, man pages. Changes nothing; each is run even
# if one before it found something.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
jobs=$1
status=0

echo "== clang-format"
scripts/ci/format.sh --dry-run --Werror || status=1

echo "== clang-tidy"
# By the clang build's commands: clang-tidy 14 takes no option that is g++'s alone, -std=c++23 among them.
cmake --preset fuzz >/dev/null || exit 1
run-clang-tidy -quiet -j "$jobs" -p build/fuzz "$PWD/src/.*\.cpp$" 2>/dev/null | grep -E 'warning:|error:|note:' && status=1

echo "== shellcheck"
shellcheck -x .ci/run scripts/*.sh scripts/*/*.sh || status=1

echo "== man pages"
# Those that stand for another one have no title of their own.
grep -L '^\.so ' docs/man/*.[1-8] | xargs mandoc -T lint -W warning || status=1
exit "$status"
