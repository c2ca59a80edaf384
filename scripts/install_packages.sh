#!/bin/sh
# install_packages.sh GROUP...: installs those of scripts/packages/GROUP that are missing, and says which.
# Root installs directly; anyone else by sudo where there is one, and for this alone.
set -eu
here=$(dirname "$0")

# A package also counts as there when an installed one provides it, as other nodejs packages than Debian's do npm, which
# then can't be installed beside them.
there=$(dpkg-query -W -f='${db:Status-Status} ${Package}, ${Provides}\n' | sed -n 's/^installed //p' | tr -d ' ' | tr ',' '\n' |
  sed 's/(.*//')

missing=
for group in "$@"; do
  while read -r package; do
    case "$package " in "#"* | " ") continue ;; esac
    case " $missing " in *" $package "*) continue ;; esac
    printf '%s\n' "$there" | grep -qxF "$package" || missing="$missing $package"
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
