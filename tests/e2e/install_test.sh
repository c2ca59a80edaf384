#!/bin/sh
# install_test.sh BUILD: what is installed under another prefix than BUILD was configured with finds itself there.
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root cmake --install "$1" --prefix /opt/vedette >/dev/null
for service in vedetted vedette-gateway; do
  program=$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$root/usr/lib/systemd/system/$service.service")
  if [ ! -x "$root$program" ]; then
    echo "$service.service starts $program, which isn't installed" >&2
    exit 1
  fi
  "$root$program" --version
done
