#!/bin/bash
# demo.sh BIN [COMMAND...]: a sensor inside a network namespace of its own, visitors in another that send it
# traffic of many kinds, and the view (`vedette top`, or the given vedette command). Neither the
# machine's interfaces nor a sensor that runs on them are touched; whatever was made is removed at the end.
set -euo pipefail
bin=$1
shift
here=$(dirname "$(readlink -f "$0")")

if [ "$(id -u)" != 0 ]; then
  echo "demo.sh: network namespaces and eBPF need root: sudo make demo" >&2
  exit 1
fi

host=vedette-demo-$$-host
peers=vedette-demo-$$-peers
state=$(mktemp -d /tmp/vedette-demo.XXXXXX)
log=$state/sensor.log
started=()

remove_everything() {
  trap '' INT TERM HUP
  # A visitor's own children are found by their namespaces: nothing else lives in them.
  for namespace in "$peers" "$host"; do
    ip netns pids "$namespace" 2>/dev/null | xargs -r kill 2>/dev/null || true
  done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  # The sensor's pins are named after its namespace's cookie (SO_NETNS_COOKIE); one that was killed leaves them.
  local cookie
  cookie=$(within "$host" python3 -c 'import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), "little"))' 2>/dev/null || true)
  if [ -n "$cookie" ]; then rm -rf "/sys/fs/bpf/vedette/$cookie"; fi
  ip netns del "$peers" 2>/dev/null || true
  ip netns del "$host" 2>/dev/null || true
  rm -rf "$state"
}
trap remove_everything EXIT
trap 'exit 0' INT  # the way out of the view, not a failure: else make would call it one
trap 'exit 143' TERM HUP

# `ip netns exec` would hide /sys/fs/bpf behind a fresh /sys; nsenter changes the network alone.
within() {
  nsenter --net="/run/netns/$1" "${@:2}"
}

# In the background, its end awaited by remove_everything. Deaf to the terminal's Ctrl-C: the view decides.
start() {
  (trap '' INT; exec nsenter --net="/run/netns/$1" "${@:2}" </dev/null >>"$state/$1.log" 2>&1) &
  started+=($!)
}

join() { # join NAME IPV4_NET IPV6_NET: a veth pair, .1 and ::1 at the host, .2 and ::2 at the visitors
  ip -n "$host" link add "$1" type veth peer name "$1" netns "$peers"
  ip -n "$host" addr add "$2.1/24" dev "$1"
  ip -n "$host" addr add "$3::1/64" dev "$1" nodad
  ip -n "$peers" addr add "$2.2/24" dev "$1"
  ip -n "$peers" addr add "$3::2/64" dev "$1" nodad
  ip -n "$host" link set "$1" up
  ip -n "$peers" link set "$1" up
}

ip netns add "$host"
ip netns add "$peers"
ip -n "$host" link set lo up
ip -n "$peers" link set lo up
join lan0 10.77.0 fd77
join wan0 10.78.0 fd78
for last in 11 12 13 14; do ip -n "$peers" addr add "10.77.0.$last/24" dev lan0; done

# The far line loses packets: by netem where the kernel has it, else by a queue that is too short.
within "$peers" tc qdisc add dev wan0 root netem delay 15ms loss 1% 2>/dev/null ||
  within "$peers" tc qdisc add dev wan0 root tbf rate 2mbit burst 4k limit 8k 2>/dev/null ||
  echo "demo.sh: this kernel has neither netem nor tbf: no packet will be lost" >&2

start "$host" python3 "$here/services.py"
for port in 5201 5202 5203; do start "$host" iperf3 -s -p "$port"; done

(trap '' INT; exec nsenter --net="/run/netns/$host" "$bin/vedetted" -i lan0 -i wan0 --socket "$state/api.sock" </dev/null >"$log" 2>&1) &
started+=($!)
sensor=$!
for _ in $(seq 100); do
  [ -S "$state/api.sock" ] && break
  if ! kill -0 "$sensor" 2>/dev/null; then break; fi
  sleep 0.1
done
if ! [ -S "$state/api.sock" ]; then
  echo "demo.sh: the sensor did not start:" >&2
  cat "$log" >&2
  exit 1
fi

address=$(ip -n "$host" -brief link show lan0 | awk '{print $3}')
for kind in web4 web6 names echo4 echo6 banners refused bulk4 stream6 lossy; do
  start "$peers" sh "$here/visit.sh" "$kind"
done
start "$peers" python3 "$here/frames.py" lan0 "$address"

if [ $# = 0 ]; then
  set -- watch
  # The live view needs a terminal, and is not in every build.
  if [ -t 1 ] && "$bin/vedette" top --help >/dev/null 2>&1; then set -- top; fi
fi
VEDETTE_SOCKET=$state/api.sock "$bin/vedette" "$@"
