"""A capture of the wire beside the sensor's own."""

import subprocess

from two_hosts import WIRE


class Dump:
    """with Dump(host, path): whole packets of both directions, to be read when it is over. `packets`: a pcap-filter."""

    def __init__(self, host, path, packets=""):
        self.host = host
        self.path = path
        self.packets = packets

    def __enter__(self):
        # At once: what tcpdump has not read of its ring when it is told to end would be missing.
        self.process = self.host.start("tcpdump", "-i", WIRE, "--immediate-mode", "-B", "65536", "-U", "-w", self.path, self.packets,
                                       stderr=subprocess.PIPE, text=True)
        if "listening" not in self.process.stderr.readline():
            raise RuntimeError("the capture did not begin")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stderr.close()
