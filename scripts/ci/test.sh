#!/bin/bash
# test.sh JOBS: builds and runs every test. Each phase is run even if one before it failed; the end says what
# each came to and repeats ctest's closing summary. VEDETTE_FUZZ_SECONDS (20) is what each fuzz target gets;
# VEDETTE_SANITIZED=no leaves the sanitizers out, VEDETTE_FUZZED=no the fuzzers, and VEDETTE_LABELS (a
# regular expression: 'unit|bpf') every test without such a label. VEDETTE_CLICKHOUSE=yes has ClickHouse's servers
# fetched for the tests that need them (Debian 12); without that these are skipped where there are none.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
jobs=$1
fuzz_seconds=${VEDETTE_FUZZ_SECONDS:-20}
build=build/release
verdicts=()
failures=0

phase() { # phase NAME COMMAND...
  echo "== $1"
  local begin=$SECONDS
  if "${@:2}"; then
    verdicts+=("passed  $1 ($((SECONDS - begin)) s)")
  else
    verdicts+=("FAILED  $1 ($((SECONDS - begin)) s)")
    failures=$((failures + 1))
    return 1
  fi
}

# Captures of others, with what others say is in them: beside the repository on our machines, else none. The
# accuracy tests look for them in the build folder.
find_captures() {
  local folder=$build/captures archive=../shared/testdata/captures.tar.xz
  if [ -n "${VEDETTE_TESTDATA:-}" ] && [ ! -e "$folder" ]; then
    ln -s "$(readlink -f "$VEDETTE_TESTDATA")" "$folder"
  elif [ ! -e "$folder" ] && [ -f "$archive" ]; then
    tests/accuracy/unpack_captures "$archive" "$folder"
  fi
  if [ -e "$folder/MANIFEST.tsv" ]; then export VEDETTE_TESTDATA="$PWD/$folder"; fi
}

build_preset() { # build_preset PRESET [TARGET...]
  cmake --preset "$1" >"build/$1.configure.log" 2>&1 || { cat "build/$1.configure.log"; return 1; }
  cmake --build --preset "$1" -j "$jobs" ${2:+--target "${@:2}"}
}

# Slow ones are accuracy and live tests; those that need the whole machine say so by RUN_SERIAL. Live tests run real
# programs against the clock of a machine that others may load: one that failed is run a second time, and both are printed. They wait
# more than they work: one more runs at a time than there are jobs.
run_ctest() {
  ctest --test-dir "$build" ${VEDETTE_LABELS:+-L "$VEDETTE_LABELS"} --output-on-failure --no-tests=error -j "$((jobs + 1))" \
    --timeout 600 --repeat until-pass:2 \
    --output-junit junit.xml --output-log "$build/ctest.log"
}

judge_skips() {
  local able=no
  if "$build/tests/what_this_machine_has"; then able=yes; fi
  python3 scripts/ci/judge_skips.py "$build/junit.xml" --machine-has-bpf "$able"
}

fuzz_briefly() {
  build_preset fuzz fuzzers && scripts/ci/fuzz_briefly.sh build/fuzz/fuzz "$fuzz_seconds" "${VEDETTE_TESTDATA:-}"
}

sanitized_unit_tests() {
  build_preset asan-ubsan &&
    ctest --test-dir build/asan-ubsan -L unit --output-on-failure -j "$jobs" --timeout 600 --quiet
}

# sanitized_daemon PRESET: the daemon alone, with everything happening to it at once.
sanitized_daemon() {
  build_preset "$1" vedetted send_flows what_this_machine_has &&
    ctest --test-dir "build/$1" -R '^live_daemon_under_load$' --output-on-failure --no-tests=error --quiet
}

mkdir -p "$build"
find_captures
if phase "build" build_preset release; then
  if [ "$(id -u)" = 0 ]; then phase "servers for the live tests" scripts/ci/unpack_speakers.sh build/speakers; fi
  if [ "${VEDETTE_CLICKHOUSE:-no}" = yes ]; then phase "ClickHouse" scripts/ci/unpack_clickhouse.sh build/clickhouse; fi
  phase "tests" run_ctest
  phase "skips" judge_skips
  if [ "${VEDETTE_FUZZED:-yes}" = yes ]; then
    phase "fuzz targets, $fuzz_seconds s each" fuzz_briefly
  fi
  if [ "${VEDETTE_SANITIZED:-yes}" = yes ]; then
    phase "unit tests under AddressSanitizer and UndefinedBehaviorSanitizer" sanitized_unit_tests
    phase "daemon under AddressSanitizer and UndefinedBehaviorSanitizer" sanitized_daemon asan-ubsan
    phase "daemon under ThreadSanitizer" sanitized_daemon tsan
  fi
fi

echo
printf '%s\n' "${verdicts[@]}"
# ctest's own closing summary, last.
if [ -f "$build/ctest.log" ]; then sed -n '/tests passed,.* out of/,$p' "$build/ctest.log"; fi
[ "$failures" = 0 ]
