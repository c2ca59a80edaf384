#!/bin/sh
# fetch_duckdb.sh: DuckDB's library and C header into build/duckdb, from npm, as third_party/duckdb/package-lock.json
# pins them by their hashes. Debian has no package of it. Does nothing where DUCKDB_ROOT names one, or it is there
# already; where it can't be had, says so and succeeds: the build then goes on without a store.
#
# npm pack rather than npm ci: of the header's package nothing but one file is wanted, and none of what it depends on.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
lock=$top/third_party/duckdb/package-lock.json
into=$top/build/duckdb

[ -z "${DUCKDB_ROOT:-}" ] || exit 0
if [ -f "$into/lib/libduckdb.so" ] && cmp -s "$lock" "$into/package-lock.json"; then exit 0; fi

without() {
  echo "fetch_duckdb.sh: $1: building without a store (DUCKDB_ROOT may name a DuckDB that is there)" >&2
  exit 0
}

case $(uname -m) in
  x86_64) bindings=@duckdb/node-bindings-linux-x64 ;;
  aarch64) bindings=@duckdb/node-bindings-linux-arm64 ;;
  *) without "npm has no DuckDB for $(uname -m)" ;;
esac
if ! command -v npm >/dev/null; then
  "$top/scripts/install_packages.sh" store || without "npm could not be installed"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch NAME FILE...: those files of the locked package, into $work/package.
fetch() {
  name=$1
  shift
  # The lock file's own words decide; the registry's are not asked.
  pinned=$(node -e '
    const one = require(process.argv[1]).packages["node_modules/" + process.argv[2]];
    console.log(one.version, one.integrity);' "$lock" "$name")
  version=${pinned%% *}
  integrity=${pinned#* }
  echo "Fetching from npm: $name@$version"
  archive=$(cd "$work" && npm pack --silent --ignore-scripts --fetch-retries=1 --fetch-timeout=60000 "$name@$version") || return 1
  found=$(node -e '
    const bytes = require("fs").readFileSync(process.argv[1]);
    console.log("sha512-" + require("crypto").createHash("sha512").update(bytes).digest("base64"));' "$work/$archive")
  if [ "$found" != "$integrity" ]; then
    echo "fetch_duckdb.sh: $name@$version: expected $integrity, found $found" >&2
    exit 1
  fi
  tar -xzf "$work/$archive" -C "$work" "$@"
}

header=src/duckdb/src/include/duckdb.h
fetch "$bindings" package/libduckdb.so package/LICENSE || without "npm can't be reached"
fetch duckdb "package/$header" || without "npm can't be reached"
mkdir -p "$into/lib" "$into/include"
install -m 644 "$work/package/$header" "$into/include/duckdb.h"
install -m 644 "$work/package/LICENSE" "$into/LICENSE"
install -m 644 "$work/package/libduckdb.so" "$into/lib/libduckdb.so"
install -m 644 "$lock" "$into/package-lock.json"
# Builds that were configured without it look again.
touch "$top/cmake/FindDuckDB.cmake"
