#!/bin/bash
# run.sh BIN [INTERFACE]: opens the live view on this machine's sensor. Where none runs, one is started on the
# interface (else the default route's) and stopped again when the view is left.
set -euo pipefail
bin=$1
interface=${2:-}

if [ "$(id -u)" != 0 ]; then
  echo "run.sh: eBPF needs root: sudo make run" >&2
  exit 1
fi

# The live view needs a terminal, and is not in every build.
view=watch
if [ -t 1 ] && "$bin/vedette" top --help >/dev/null 2>&1; then view=top; fi

sensor_listens() {
  [ -n "$(ss -Hlx src /run/vedette/api.sock)" ]
}

if sensor_listens; then
  echo "A sensor is running already; this is its view."
  exec "$bin/vedette" "$view"
fi

if [ -z "$interface" ]; then
  interface=$( { ip -4 route show default; ip -6 route show default; } | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
fi
if [ -z "$interface" ]; then
  names=$(ip -o link show | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | paste -sd ' ')
  echo "run.sh: this machine has no default route; name the interface: make run IF=NAME (there are: $names)" >&2
  exit 2
fi

log=$(mktemp /tmp/vedette-run.XXXXXX)
sensor=
stop_sensor() {
  trap '' INT TERM HUP
  if [ -n "$sensor" ]; then
    kill "$sensor" 2>/dev/null || true
    wait "$sensor" 2>/dev/null || true
  fi
  rm -f "$log"
}
trap stop_sensor EXIT
trap 'exit 0' INT  # the way out of the view, not a failure: else make would call it one
trap 'exit 143' TERM HUP

echo "Starting the sensor on $interface …"
(trap '' INT; exec "$bin/vedetted" -i "$interface" </dev/null >"$log" 2>&1) &
sensor=$!
for _ in $(seq 100); do
  if sensor_listens; then break; fi
  if ! kill -0 "$sensor" 2>/dev/null; then
    echo "run.sh: the sensor did not start:" >&2
    cat "$log" >&2
    exit 1
  fi
  sleep 0.1
done
"$bin/vedette" "$view"
