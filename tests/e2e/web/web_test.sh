#!/bin/bash
# web_test.sh BIN WEB TEST: one of the tests here by node. BIN: the folder of vedetted and vedette-gateway; WEB: of the
# built pages; TEST: web_test, web_files_test or figures_test.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
export VEDETTE_BIN=$1 VEDETTE_WEB_FILES=$2
test=$3

needs() {
  echo "needs $1"
  exit 77
}
command -v node >/dev/null || needs "the program 'node': not on the search path"
[ "$test" = figures_test ] || [ -f "$VEDETTE_WEB_FILES/index.html" ] || needs "the web pages: not built (make web)"
if [ "$test" = web_test ]; then
  if [ "$(id -u)" != 0 ] || ! unshare --net true 2>/dev/null; then needs "network namespaces: unshare: not allowed"; fi
  for program in chromium ip nsenter python3 openssl iperf3 curl dig nmap; do
    command -v "$program" >/dev/null || needs "the program '$program': not on the search path"
  done
  [ -x "$VEDETTE_BIN/vedette-gateway" ] || needs "vedette-gateway: not built"
  [ -d "$here/node_modules/playwright-core" ] || needs "playwright-core: not installed (npm ci in tests/e2e/web)"
fi
exec node "$here/$test.mjs"
