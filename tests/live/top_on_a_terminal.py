#!/usr/bin/env python3
"""`vedette top` on a terminal: beside a sensor that hangs, and one that comes back; on a screen that changes its size.

top_on_a_terminal.py PROGRAMS     (the folder of vedette and vedetted)

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import os
import signal
import socket
import sys
import tempfile

from sensor import Sensor
from terminal import Terminal
from two_hosts import TwoHosts, needs

NO_ANSWER = r"api\.sock: no answer for (\d+) s"


def top(programs, api, *options):
    return [os.path.join(programs, "vedette"), "top", "--socket", api, *options]


def leaves(terminal, by):
    """Ends it by "q" or "Ctrl-C", and says where that went wrong."""
    if by == "q":
        terminal.press("q")
    else:
        terminal.press("\x03")
    status = terminal.status()
    if status != 0:
        print(f"{by}: status {status}:\n{terminal.screen.text()}")
    return status != 0


def never_answered(programs, folder):
    """A socket behind which nobody answers, from the beginning."""
    wrong = 0
    path = os.path.join(folder, "api.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        for by in ("q", "Ctrl-C"):
            with Terminal(top(programs, path)) as terminal:
                seconds = int(terminal.shows(NO_ANSWER).group(1))
                terminal.shows(rf"no answer for {seconds + 1} s")
                wrong += leaves(terminal, by)
    os.unlink(path)
    return wrong


def changes_its_size(programs, sensor):
    """A wider screen has more columns, a small one what it has room for."""
    with Terminal(top(programs, sensor.socket, "-d", "0.2")) as terminal:
        terminal.shows(r"BYTES *\n")
        terminal.resize(120, 40)
        terminal.shows(r"BYTES SPEAKS +SERVICE +STATE *\n")
        terminal.shows(r"\n1-7 view [^\n]* quit$")
        terminal.resize(20, 3)
        terminal.shows(r"^vedette [^\n]*\nin [^\n]*\n1-7 view [^\n]*$")
        terminal.resize(80, 24)
        terminal.shows(r"BYTES *\n")
        return leaves(terminal, "q")


def cannot_be_drawn_on(programs, sensor):
    with Terminal(top(programs, sensor.socket), columns=200, kind="dumb") as terminal:
        terminal.shows(r'vedette: top: can\'t draw on a terminal of type "dumb" \(vedette top --once')
        status = terminal.status()
    if status != 2:
        print(f"a terminal that can't be drawn on: status {status}")
    return status != 2


def stopped(programs, sensor):
    """A sensor that is held up: the last picture stays, and goes on when the sensor does."""
    with Terminal(top(programs, sensor.socket, "-d", "0.2")) as terminal:
        terminal.shows(r"wire tcx")
        sensor.process.send_signal(signal.SIGSTOP)
        try:
            terminal.shows(NO_ANSWER)
            terminal.shows(r"NO ANSWER .*\n")
            terminal.shows(r"wire tcx")
            sensor.process.send_signal(signal.SIGCONT)
            terminal.shows(NO_ANSWER, absent=True)
            sensor.process.send_signal(signal.SIGSTOP)
            terminal.shows(NO_ANSWER)
            return leaves(terminal, "q")
        finally:
            sensor.process.send_signal(signal.SIGCONT)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    programs = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="vedette-top-") as folder:
        wrong = never_answered(programs, folder)
    if missing := needs(programs):
        print(f"needs {missing}")
        return 1 if wrong else 77
    with TwoHosts() as hosts, Sensor(hosts.sensed, programs, "tc") as sensor:
        wrong += changes_its_size(programs, sensor) + cannot_be_drawn_on(programs, sensor) + stopped(programs, sensor)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
