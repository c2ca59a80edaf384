"""A terminal for a test: a program on a pseudo terminal, what its screen shows, keys, sizes.

Understands what terminfo's vt100 can do, which is what the program is told that it draws on.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

SEQUENCE = re.compile(r"\x1b(?:\[([?0-9;]*)([A-Za-z])|[()][0-9A-Za-z]|[=>78])|[\x0e\x0f\x07]")
UNFINISHED = re.compile(r"\x1b(?:\[[?0-9;]*|[()])?$")
PATIENCE = 60  # seconds until something that should come counts as missing


class Screen:
    """What a vt100 would show."""

    def __init__(self, columns, lines):
        self.row = self.column = 0
        self.unread = ""
        self.cells = []
        self.resize(columns, lines)

    def resize(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.cells = [([*row, *" " * columns])[:columns] for row in self.cells[:lines]]
        self.cells += [[" "] * columns for _ in range(lines - len(self.cells))]
        self.row, self.column = min(self.row, lines - 1), min(self.column, columns)

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def feed(self, text):
        text = self.unread + text
        unfinished = UNFINISHED.search(text)
        self.unread = unfinished.group() if unfinished else ""
        text = text[:len(text) - len(self.unread)]
        at = 0
        while at < len(text):
            sequence = SEQUENCE.match(text, at)
            if sequence:
                self.obey(sequence.group(2), sequence.group(1) or "")
                at = sequence.end()
            else:
                self.put(text[at])
                at += 1

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\n":
            self.down()
        elif character >= " ":
            if self.column >= self.columns:
                self.column = 0
                self.down()
            self.cells[self.row][self.column] = character
            self.column += 1
        else:
            raise ValueError(f"no vt100 would be sent {character!r}")

    def down(self):
        if self.row + 1 < self.lines:
            self.row += 1
        else:
            self.cells = [*self.cells[1:], [" "] * self.columns]

    def obey(self, letter, parameters):
        numbers = [int(number) if number.isdigit() else 0 for number in parameters.split(";")]
        count = max(1, numbers[0])
        if letter is None or letter in "mrhl":
            return
        if letter == "H":
            self.row = min(count, self.lines) - 1
            self.column = min(max(1, numbers[-1] if len(numbers) > 1 else 1), self.columns) - 1
        elif letter in "AB":
            self.row = min(max(0, self.row + (count if letter == "B" else -count)), self.lines - 1)
        elif letter in "CD":
            self.column = min(max(0, self.column + (count if letter == "C" else -count)), self.columns - 1)
        elif letter == "K":
            first = 0 if numbers[0] == 1 else self.column
            last = self.column + 1 if numbers[0] == 1 else self.columns
            self.cells[self.row][first:last] = " " * (min(last, self.columns) - first)
        elif letter == "J":
            self.cells[self.row][self.column:] = " " * (self.columns - min(self.column, self.columns))
            self.cells[self.row + 1:] = [[" "] * self.columns for _ in range(self.lines - self.row - 1)]
        else:
            raise ValueError(f"no vt100 would be sent ESC[{parameters}{letter}")


def begin():
    """In the program's process, before it: this is its terminal, whose signals it heeds whatever the test was started by."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for one in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(one, signal.SIG_DFL)


class Terminal:
    """with Terminal(command, 80, 24) as terminal: terminal.shows(r"flows"); terminal.press("q"); terminal.status()."""

    def __init__(self, command, columns=80, lines=24, kind="vt100"):
        self.command = command
        self.kind = kind
        self.screen = Screen(columns, lines)
        self.hung_up = False
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def __enter__(self):
        self.fd, side = pty.openpty()
        self.tell_size(side)
        environment = dict(os.environ, TERM=self.kind, LC_ALL="C.UTF-8")
        self.process = subprocess.Popen(self.command, stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True,
                                        preexec_fn=begin)
        os.close(side)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if not self.hung_up:
            os.close(self.fd)

    def hang_up(self):
        """Closes the terminal, as its window's end does."""
        self.hung_up = True
        os.close(self.fd)

    def tell_size(self, side):
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", self.screen.lines, self.screen.columns, 0, 0))

    def resize(self, columns, lines):
        self.screen.resize(columns, lines)
        self.tell_size(self.fd)  # which also sends SIGWINCH

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def look(self, seconds):
        """What the screen shows once something was drawn, or after the time."""
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                self.screen.feed(self.decoder.decode(os.read(self.fd, 65536)))
            except OSError:  # the program has gone
                time.sleep(0.01)
        return self.screen.text()

    def shows(self, pattern, absent=False):
        """Waits until the screen matches the pattern, or doesn't where it is to be absent; the match, or True."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.look(0.1))
            if bool(found) != absent:
                return found or True
            if time.monotonic() > deadline:
                raise RuntimeError(f"the screen {'went on showing' if absent else 'never showed'} {pattern!r}:\n{self.screen.text()}")

    def status(self):
        """The program's exit status, once it has ended."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self.look(0.1)  # so that it isn't held up by what nobody reads
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.command} did not end:\n{self.screen.text()}")
        return self.process.returncode
