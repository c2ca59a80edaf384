#!/usr/bin/env python3
"""What the programs say where they can't begin, or can't go on: no privilege, no sensor, a second one, no such interface, a
socket that is in the way or not for this user, a full disk, a reader that has gone. And that nothing is left or destroyed.

bad_start_test.py PROGRAMS     (the folder of vedette and vedetted)

Works in a network namespace of its own. Ends with 77 where the machine lacks something, after printing it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from bad_captures import FILES
from bad_input_test import DONE, FAILED, FILTER, SORT_KEY, UNUSABLE, Case, check

NAMESPACE = f"vedette-bad-{os.getpid()}"
INSIDE = ["nsenter", f"--net=/run/netns/{NAMESPACE}", "--"]
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]
ASKING = {"watch": ["watch", "-c", "1"], "top": ["top", "--once"], "flows": ["flows"], "stats": ["stats"], "interfaces": ["interfaces"],
          "capture": ["capture", "-w", "/dev/null", "-c", "1"]}


def logged(what, command, status, message):
    """A daemon's last word is a line of its log."""
    return Case(what, command, status, message, speaker=r"(\S+ +info +[^\n]*\n)*\S+ +error +")


def daemon_cases(daemon):
    """Of a daemon and of `vedette up`, which is one."""
    name = " ".join(daemon)
    return [
        logged(f"{name}: no default route", daemon, UNUSABLE, r"default route: there is none, so no interface is known \(name one with -i\)"),
        logged(f"{name}: no such interface", [*daemon, "-i", "nosuch0"], UNUSABLE, r"nosuch0: no such interface \(there are: lo\)"),
        logged(f"{name}: no such interfaces", [*daemon, "-i", "zz*"], UNUSABLE, r"zz\*: no interface matches \(there are: lo\)"),
        logged(f"{name}: a file in the socket's place", [*daemon, "-i", "lo", "--socket", "good.pcap"], UNUSABLE,
               r"good\.pcap: expected a socket or nothing, found something else \(name another --socket\)"),
        logged(f"{name}: a long socket path", [*daemon, "-i", "lo", "--socket", "x" * 108], UNUSABLE, "x{108}: a socket's path has at most 107 bytes"),
        logged(f"{name}: a store elsewhere without a folder for what waits", [*daemon, "-i", "lo", "--store", "http://db1/"], UNUSABLE,
               r"--store: a URL needs a folder in which rows wait while the server is away \(name one: --state\)"),
        logged(f"{name}: a store's password for all to read", [*daemon, "-i", "lo", "--state", "state", "--store", "http://me:secret@db1/"], UNUSABLE,
               r"http://\S*db1/: holds a password, which every process could read \(write it into a file: --store-password\)"),
        logged(f"{name}: a cluster without a server", [*daemon, "-i", "lo", "--store-cluster", "pair"], UNUSABLE,
               r"--store-cluster: goes with a ClickHouse server's URL alone: --store"),
        logged(f"{name}: pins elsewhere", [*daemon, "-i", "lo", "--pin-folder", "pins/of/mine"], UNUSABLE,
               r"pins/of/mine: expected a folder in a BPF file system, \S+ is in another"),
        logged(f"{name}: pins with a dot", [*daemon, "-i", "lo", "--pin-folder", "/sys/fs/bpf/of.mine"], FAILED,
               r"/sys/fs/bpf/of\.mine: can't be made: Operation not permitted \(names in a BPF file system have no dot\)"),
    ]


def usage_cases(daemon, speaker, option_help):
    def case(what, words, message):
        return Case(f"{' '.join(daemon)}: {what}", [*daemon, *words], UNUSABLE, message + rf" \({option_help} lists the options\)", speaker=speaker)

    return [
        case("an unknown option", ["--nonsense"], ".*--nonsense"),
        case("an unknown mode", ["--mode", "fast"], "--mode: expected auto, tc, xdp-generic, xdp-native, found fast"),
        case("an unknown log", ["--log", "xml"], "--log: expected json, text, found xml"),
        case("too few slots", ["--flow-slots", "0"], "--flow-slots: .*0.*16 (to|-) .*"),
        case("a ring of no number", ["--ring", "big"], "--ring: .*big.*"),
    ]


NO_SENSOR = r"nosuch\.sock: no sensor is running here \(start one: vedette up\)"
TAKES_NONE = r"full\.sock: takes no connection: too many wait, or the sensor hangs"
NOT_PERMITTED = r"api\.sock: permission denied \(run as root, or join the group vedette\)"


def asking_cases(path, message):
    return [Case(f"{name}: {path}", [*command, "--socket", path], FAILED, message) for name, command in ASKING.items()]


def takes_no_connection(programs):
    """What is said where as many wait to be taken as the kernel lets."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind("full.sock")
        listener.listen(0)
        first.connect("full.sock")
        return check([*INSIDE, os.path.join(programs, "vedette")], asking_cases("full.sock", TAKES_NONE))


RUNNING_CASES = [
    Case("an unknown sort key", ["flows", "--sort", "sideways", "--socket", "api.sock"], UNUSABLE, SORT_KEY),
    *(Case(f"the filter {text}", ["flows", "--filter", text, "--socket", "api.sock"], UNUSABLE, rf"filter: {message} \(see pcap-filter\(7\)\)")
      for text, message in FILTER.items()),
    Case("a capture onto a full disk", ["capture", "-w", "/dev/full", "--socket", "api.sock"], FAILED,
         "/dev/full: can't be written: No space left on device"),
    Case("a capture into a missing folder", ["capture", "-w", "nowhere/x.pcapng", "--socket", "api.sock"], UNUSABLE,
         "nowhere/x.pcapng: can't be written: No such file or directory"),
    *(Case(f"{name}, onto a full disk", [*ASKING[name], "--socket", "api.sock"], FAILED,
           "standard output: can't be written: No space left on device", stdout="/dev/full")
      for name in ("top", "flows", "stats", "interfaces")),
    *(Case(f"{name}, for a reader that has gone", [*ASKING[name], "--socket", "api.sock"], FAILED,
           "standard output: can't be written: Broken pipe", stdout="closed") for name in ("watch", "flows", "stats")),
]


# SO_NETNS_COOKIE, which names the folder of a sensor's pins.
COOKIE = "import socket, sys; print(int.from_bytes(socket.socket().getsockopt(socket.SOL_SOCKET, 71, 8), sys.byteorder))"


def bpf_pins():
    """Those of our namespace's sensor, None without a folder; other sensors' come and go meanwhile."""
    cookie = subprocess.run([*INSIDE, sys.executable, "-c", COOKIE], stdout=subprocess.PIPE, text=True, check=True).stdout
    folder = f"/sys/fs/bpf/vedette/{cookie.strip()}"
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else None


def unprivileged(folder):
    """As nobody, in a folder that it may read."""
    command = [*INSIDE, *NOBODY]
    # systemd mounts /sys/fs/bpf for root alone, `mount -t bpf` for all.
    refused = r"(/sys/fs/bpf\S*: can't be made: Permission denied|packets: the kernel refused it: .*) \(run as root.*\)"
    os.chmod("good.pcap", 0)
    return (check([*command, os.path.join(folder, "vedette")], [
        *asking_cases("nosuch.sock", NO_SENSOR),
        Case("a file for others", ["read", "good.pcap"], UNUSABLE, "good.pcap: can't be opened: Permission denied"),
        logged("up", ["up", "-i", "lo"], FAILED, refused)])
            + check([*command, os.path.join(folder, "vedetted")], [logged("vedetted", ["-i", "lo"], FAILED, refused)]))


def refused_by_the_kernel(programs):
    """As root without the right to load programs; a start that fails so leaves no pins."""
    command = [*INSIDE, "setpriv", "--bounding-set=-bpf,-sys_admin", "--inh-caps=-bpf,-sys_admin", "--"]
    failed = check([*command, os.path.join(programs, "vedetted")], [
        logged("vedetted without CAP_BPF", ["-i", "lo"], FAILED, r"packets: the kernel refused it: .* \(run as root, or with CAP_BPF.*\)")])
    if bpf_pins() is not None:
        print(f"left behind by a refused start: {bpf_pins()}")
        failed += 1
    return failed


def destroys_nothing(programs):
    """A capture that can't begin leaves the file that is there as it was, and makes none."""
    with open("kept.pcapng", "w", encoding="ascii") as file:
        file.write("precious")
    for name in ("kept.pcapng", "new.pcapng"):
        subprocess.run([os.path.join(programs, "vedette"), "capture", "-w", name, "--socket", "nosuch.sock"], stderr=subprocess.DEVNULL, check=False)
    with open("kept.pcapng", encoding="ascii") as file:
        kept = file.read() == "precious"
    if not kept or os.path.exists("new.pcapng"):
        print("a capture without a sensor emptied a file, or made one")
        return 1
    return 0


def ends_with_the_sensor(programs, daemon):
    """Who watches when the sensor ends is told so."""
    watching = subprocess.Popen([*INSIDE, os.path.join(programs, "vedette"), "watch", "--socket", "api.sock"], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
    watching.stdout.readline()  # the heading: it watches
    daemon.send_signal(signal.SIGTERM)
    message = watching.communicate(timeout=30)[1]
    if watching.returncode != FAILED or "api.sock: the sensor has ended" not in message:
        print(f"a watch whose sensor ended: status {watching.returncode}, {message!r}")
        return 1
    return 0


def with_a_sensor(programs):
    vedette, vedetted = (os.path.join(programs, name) for name in ("vedette", "vedetted"))
    daemon = subprocess.Popen([*INSIDE, vedetted, "-i", "lo", "--socket", "api.sock", "--log-level", "error"])
    try:
        deadline = time.monotonic() + 60
        while not os.path.exists("api.sock") and daemon.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        second = r"sensor: another one is running in this network namespace \(stop it first\)"
        failed = check([*INSIDE, *NOBODY, os.path.join(os.getcwd(), "programs", "vedette")], asking_cases("api.sock", NOT_PERMITTED))
        failed += check([*INSIDE, vedette], [*RUNNING_CASES, logged("a second one", ["up", "-i", "lo", "--socket", "other.sock"], FAILED, second)])
        failed += check([*INSIDE, vedetted], [logged("a second one", ["-i", "lo", "--socket", "other.sock"], FAILED, second)])
        return failed + ends_with_the_sensor(programs, daemon)
    finally:
        daemon.terminate()
        if daemon.wait(timeout=60) != DONE:
            print(f"the sensor ended with {daemon.returncode}")


def run(programs):
    failed = destroys_nothing(programs)
    before = bpf_pins()
    failed += check([*INSIDE, os.path.join(programs, "vedetted")], daemon_cases([]) + usage_cases([], "vedetted: ", "vedetted --help"))
    failed += check([*INSIDE, os.path.join(programs, "vedette")], daemon_cases(["up"]) + usage_cases(["up"], "vedette: ", "vedette up --help")
                    + asking_cases("nosuch.sock", NO_SENSOR) + asking_cases("x" * 108, "x{108}: a socket's path has at most 107 bytes"))
    failed += takes_no_connection(programs)
    failed += unprivileged(os.path.join(os.getcwd(), "programs"))
    failed += refused_by_the_kernel(programs)
    failed += with_a_sensor(programs)
    if bpf_pins() != before or os.path.exists("pins"):
        print(f"left behind: {bpf_pins()}, there were {before}; {os.listdir('.')}")
        failed += 1
    return 1 if failed else 0


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return UNUSABLE
    missing = [program for program in ("ip", "nsenter", "setpriv") if shutil.which(program) is None]
    if missing or os.geteuid() != 0:
        print("needs " + (", ".join(missing) or "root"))
        return 77
    programs = os.path.abspath(sys.argv[1])
    if subprocess.run([os.path.join(programs, "vedette"), "doctor"], stdout=subprocess.DEVNULL, check=False).returncode != DONE:
        print("needs a machine on which the sensor runs: vedette doctor says why it does not")
        return 77
    with tempfile.TemporaryDirectory(prefix="vedette-bad-start-") as folder:
        os.chmod(folder, 0o755)
        os.chdir(folder)
        os.mkdir("programs")
        for name in ("vedette", "vedetted"):  # where nobody can reach them
            shutil.copy(os.path.join(programs, name), "programs")
        with open("good.pcap", "wb") as file:
            file.write(FILES["good.pcap"])
        subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
        try:
            subprocess.run([*INSIDE, "ip", "link", "set", "lo", "up"], check=True)
            return run(programs)
        finally:
            subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)
            os.chdir("/")


if __name__ == "__main__":
    sys.exit(main())
