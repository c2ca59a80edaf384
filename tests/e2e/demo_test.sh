#!/bin/bash
# demo_test.sh DEMO BIN: the demo shows traffic of every kind that it sends, loses none of it, and leaves neither a
# namespace nor a pin, a process or a folder behind.
set -euo pipefail
demo=$1 bin=$2
if [ "$(id -u)" != 0 ] || ! unshare --net true 2>/dev/null; then
  echo "needs network namespaces: unshare: not allowed"
  exit 77
fi
for program in iperf3 curl dig nc ping python3 ip; do
  if ! command -v "$program" >/dev/null; then
    echo "needs the program '$program': not on the search path"
    exit 77
  fi
done

# A view of our own: some seconds of traffic, then what the sensor says of it.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$(readlink -f "$bin/vedetted")" "$folder/vedetted"
cat >"$folder/vedette" <<'VIEW'
#!/bin/sh
# What is to be gone afterwards.
echo "/run/netns/vedette-demo-$PPID-host /run/netns/vedette-demo-$PPID-peers $(dirname "$VEDETTE_SOCKET")"
cookie='import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), "little"))'
pins=/sys/fs/bpf/vedette/$(nsenter --net="/run/netns/vedette-demo-$PPID-host" python3 -c "$cookie")
echo "$pins"
if [ -d "$pins" ]; then echo '"pinned":"yes"'; fi
sleep 12
curl -s --unix-socket "$VEDETTE_SOCKET" http://vedette/v1/stats
curl -s --unix-socket "$VEDETTE_SOCKET" 'http://vedette/v1/flows?limit=10000'
VIEW
chmod +x "$folder/vedette"
told=$("$demo" "$folder" look)

status=0
for fact in '"pinned":"yes"' '"protocol":"icmp"' '"protocol":"icmpv6"' '"dst_port":53' '"dst_port":80' '"dst_port":22' '"dst_port":5201' \
  '"vlan":\[42\]' '"vlan":\[100,200\]' '"type":"gre"' '"ip_version":6' '"name":"iperf3"' '"lost_packets":0'; do
  if ! grep -qE "$fact" <<<"$told"; then
    echo "the demo did not show $fact"
    status=1
  fi
done
for path in $(head -n 2 <<<"$told"); do
  if [ -e "$path" ]; then
    echo "left behind: $path"
    status=1
  fi
done
exit $status
