#!/bin/sh
# install_packages.sh GROUP...: installs those of scripts/packages/GROUP that are missing, and says which.
# Root installs directly; anyone else by sudo where there is one, and for this alone.
set -eu
here=$(dirname "$0")

missing=
for group in "$@"; do
  while read -r package; do
    case "$package " in "#"* | " ") continue ;; esac
    case " $missing " in *" $package "*) continue ;; esac
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
  done <"$here/packages/$group"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install_packages.sh: packages are missing; run make as root, or install sudo:$missing" >&2
    exit 1
  fi
  as_root="sudo --preserve-env=DEBIAN_FRONTEND"
fi

echo "Installing from Debian:$missing"
# tshark's package would ask who may capture: the default (root alone) is ours as well.
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # words are what both variables hold
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
