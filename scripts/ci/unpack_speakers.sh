#!/bin/sh
# unpack_speakers.sh FOLDER: real servers and clients of many protocols for the live tests, of Debian's packages, unpacked
# into FOLDER/root and not installed: nothing of them is started or enabled on the machine. Needs root, for apt-get.
set -eu
folder=$1
complete=$folder/complete-$(cksum <"$0" | cut -d' ' -f1)
[ ! -e "$complete" ] || exit 0
mkdir -p "$folder/archives/partial" "$folder/root"
apt-get install -y -qq --no-install-recommends --download-only -o Dir::Cache::archives="$(readlink -f "$folder/archives")" \
  nginx mosquitto mosquitto-clients openssh-server openssh-client postgresql mariadb-server-core mariadb-client-core \
  redis-tools chrony vsftpd prometheus >/dev/null
for package in "$folder"/archives/*.deb; do
  [ ! -e "$package" ] || dpkg -x "$package" "$folder/root"
done
rm -r "$folder/archives"
: >"$complete"
