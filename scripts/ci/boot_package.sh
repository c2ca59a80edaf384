#!/bin/bash
# boot_package.sh ROOT PACKAGE: boots the Debian in ROOT (mmdebstrap --include=systemd,dbus,iproute2,procps) by its own
# systemd, in namespaces of its own, installs PACKAGE there (what it depends on must be there), and holds both units to
# what the manual pages promise. Root alone; ROOT is changed, nothing else is. What doesn't hold is said, with status 1.
# shellcheck disable=SC2016,SC2317 # what is run inside is expanded there; leave() is the trap's
set -euo pipefail
root=$(readlink -f "$1")
package=$(readlink -f "$2")
group=/sys/fs/cgroup/unified
[ -e "$group/cgroup.procs" ] || group=/sys/fs/cgroup
group=$group/vedette-boot.$$
log=$(mktemp)
booted=

leave() {
  [ -z "$booted" ] || kill -KILL "$booted" 2>/dev/null || true
  wait 2>/dev/null || true
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  rm -f "$log"
}
trap leave EXIT

cp "$package" "$root/root/vedette.deb"
mkdir -p "$group" "$root/old"

# PID 1 of its own: what it mounts, its network, its processes and its control groups go with it.
boot() {
  echo $BASHPID >"$group/cgroup.procs"
  exec unshare --pid --mount --net --uts --ipc --cgroup --fork bash -eu -c '
    root=$1
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount -t cgroup2 none "$root/sys/fs/cgroup"
    mount -t bpf bpf "$root/sys/fs/bpf"
    for each in dev run tmp; do mount -t tmpfs tmpfs "$root/$each"; done
    mkdir "$root/dev/pts" "$root/dev/shm"
    for each in null zero full random urandom tty; do touch "$root/dev/$each"; mount --bind "/dev/$each" "$root/dev/$each"; done
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s pts/ptmx "$root/dev/ptmx"
    cd "$root"
    pivot_root . old
    umount -l /old
    mount --make-rshared /
    exec env -i container=vedette PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target
  ' boot "$root" >"$log" 2>&1
}
boot &
for _ in $(seq 100); do
  booted=$(find "$group" -name cgroup.procs -exec cat {} + | while read -r pid; do
    [ "$(cat "/proc/$pid/comm")" != systemd ] || echo "$pid"
  done | head -n 1)
  [ -z "$booted" ] || break
  sleep 0.1
done
[ -n "$booted" ] || { cat "$log" >&2; echo "boot_package.sh: $root did not boot" >&2; exit 1; }

inside() { nsenter --target "$booted" --mount --pid --net --uts --ipc --cgroup --root --wd bash -c "$1"; }
for _ in $(seq 100); do
  inside 'systemctl is-active --quiet dbus' 2>/dev/null && break
  sleep 0.1
done

failed=0
holds() { # holds WHAT COMMAND
  if inside "$2" >"$log" 2>&1; then
    echo "holds  $1"
  else
    echo "FAILS  $1"
    sed 's/^/       /' "$log"
    failed=1
  fi
}

inside 'ip link set lo up; ip link add v0 type veth peer name v1; ip addr add 192.0.2.1/24 dev v0; ip link set v0 up; ip link set v1 up
  ip route add default via 192.0.2.2'
holds "the package installs" 'dpkg -i /root/vedette.deb'
# Where the package was built with them.
if [ -f "$(dirname "$package")/pages/index.html" ]; then
  holds "the web pages are there, for the gateway's user too" 'cd /usr/share/vedette/web
    for file in index.html $(grep -oE "(src|href)=\"/[^\"]+" index.html | sed "s,.*\"/,,"); do
      setpriv --reuid=vedette-gateway --regid=vedette-gateway --clear-groups test -r "$file" || exit 1
    done'
fi
holds "nothing is started by that" '! pgrep -x vedetted && ! pgrep -x vedette-gateway'
holds "the sensor starts" 'systemctl start vedetted'
holds "the gateway starts" 'systemctl start vedette-gateway'
holds "the sensor is on the default route's interface" 'vedette stats --format json | grep -q . && ip link show v0 | grep -q xdp'
# BPF, PERFMON, NET_RAW, NET_ADMIN and DAC_OVERRIDE.
holds "the sensor has five capabilities at most" 'grep -q "^CapBnd:.000000c000003002$" /proc/$(pidof vedetted)/status'
holds "what it keeps is the group's at most" '[ "$(stat -c %a /var/lib/vedette)" = 750 ] && [ "$(stat -c %a /run/vedette)" = 750 ]'
holds "the gateway is its user's, without a capability" \
  '[ "$(ps -o user= -C vedette-gateway | head -c 8)" = "vedette-" ] && grep -q "^CapBnd:.*0000000000000000" /proc/$(pidof vedette-gateway)/status'
holds "the gateway tells how to set the password" 'journalctl -u vedette-gateway | grep -q "#setup="'
holds "history is kept" 'sleep 3; vedette query --last 10m'
holds "a sensor that is killed is back, and takes its programs over" \
  'kill -KILL "$(pidof vedetted)"; sleep 4; systemctl is-active vedetted && journalctl -u vedetted | grep -q "took over the programs"'
holds "both stop" 'systemctl stop vedette-gateway vedetted'
holds "nothing is left in the kernel" '[ ! -e /sys/fs/bpf/vedette ] && ! ip link show v0 | grep -q xdp && [ ! -e /run/vedette ]'
holds "the package goes, and what it kept with it" 'dpkg --purge vedette && [ ! -e /var/lib/vedette ] && ! getent passwd vedette-gateway'
exit "$failed"
