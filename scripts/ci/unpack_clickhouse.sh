#!/bin/sh
# unpack_clickhouse.sh FOLDER: the servers that the store's cluster engine is tested against, of Debian 12's packages,
# unpacked into FOLDER/root and not installed: nothing of them is started or enabled on the machine. Needs root, for apt-get.
set -eu
folder=$1
complete=$folder/complete-$(cksum <"$0" | cut -d' ' -f1)
[ ! -e "$complete" ] || exit 0
mkdir -p "$folder/archives/partial" "$folder/root"
apt-get install -y -qq --no-install-recommends --download-only --reinstall \
  -o Dir::Cache::archives="$(readlink -f "$folder/archives")" clickhouse-server clickhouse-common zookeeper >/dev/null
for package in "$folder"/archives/*.deb; do
  [ ! -e "$package" ] || dpkg -x "$package" "$folder/root"
done
rm -r "$folder/archives"
: >"$complete"
