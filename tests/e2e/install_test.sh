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
# The web pages, where they were built, are where the gateway looks, which is the same under any prefix; and whole.
if [ -f "$1/pages/index.html" ]; then
  find "$1/pages" -type f -printf '%P\n' | while read -r file; do
    if ! cmp "$1/pages/$file" "$root/usr/share/vedette/web/$file"; then
      echo "the web pages' $file was built and isn't installed" >&2
      exit 1
    fi
  done
fi
