#!/usr/bin/env python3
"""`vedette top` ends when its terminal goes, also where no SIGHUP tells it: under a script that leads the terminal's session, as
`make demo` in a window that is closed.

top_ends_test.py VEDETTE SERVE_CAPTURE
"""

import os
import pty
import subprocess
import sys
import tempfile


def main():
    vedette, serve_capture = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="vedette-top-ends-") as folder:
        path = os.path.join(folder, "api.sock")
        server = subprocess.Popen([serve_capture, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        server.stdout.readline()  # it serves
        ours, terminal = pty.openpty()  # nobody's controlling terminal: no signal comes of it
        top = subprocess.Popen([vedette, "top", "--socket", path], stdin=terminal, stdout=terminal, stderr=terminal,
                               env=dict(os.environ, TERM="xterm"))
        os.close(terminal)
        try:
            drawn = b""
            while b"losses" not in drawn:
                drawn += os.read(ours, 4096)
            os.close(ours)
            top.wait(timeout=30)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"{error}; it had drawn {drawn[-400:]!r}")
            return 1
        finally:
            top.kill()
            top.wait()
            server.stdin.close()
            server.wait(timeout=30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
