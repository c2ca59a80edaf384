#!/usr/bin/env python3
"""What the programs make of bad input: the exit status, one clear message on standard error that names the place, and on
standard output what was good before it.

bad_input_test.py VEDETTE files | usage
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from bad_captures import FILES, PACKETS

NOBODY = 65534
DONE, FAILED, UNUSABLE = 0, 1, 2


@dataclass
class Case:
    what: str
    command: list[str]
    status: int
    message: str = ""  # what standard error must match as a whole, behind `speaker`; empty: nothing may stand there
    packets: int | None = None  # lines of JSON on standard output; None: nothing may stand there
    stdout: str | None = None  # where standard output goes: "closed", a pipe that nobody reads, or a file
    output: str | None = None  # what standard output must match, where that isn't packets
    speaker: str = "vedette: "


def told(name, packets, status=DONE, message=""):
    """`read` of one file: so many packets, then the message."""
    return Case(name, ["read", name, "--show", "packets", "--format", "json"], status, message and f"{re.escape(name)}: {message}", packets)


def damaged(name, packets, message):
    return told(name, packets, UNUSABLE, message)


PACKET = "packet %d" % PACKETS
FILE_CASES = [
    told("good.pcap", PACKETS),
    told("good.pcapng", PACKETS),
    told("good.pcap.gz", PACKETS),
    told("good.pcap.zst", PACKETS),
    told("no_packets.pcap", 0),
    told("empty_frames.pcap", 3),
    told("snap_length_of_0.pcap", 1),
    told("snap_length_of_4_GiB.pcap", 1),
    told("strange_link_type.pcap", 1),
    damaged("cut_in_a_packet.pcap", 4, r"offset 328, behind packet 4: expected a record of 76 bytes, found the end of the file after 56"),
    damaged("cut_in_a_header.pcap", 3,
            r"offset 252, behind packet 3: expected a record header of 16 bytes, found the end of the file after 7"),
    damaged("cut_in_the_file_header.pcap", None, r"offset 0: expected a pcap file header of 24 bytes, found the end of the file after 10"),
    damaged("length_of_4_GiB.pcap", 2, r"offset 184, behind packet 2: expected a captured length of at most \d+ bytes, found 4294967295"),
    damaged("cut_in_a_block.pcapng", 4, r"offset 416, behind packet 4: expected a block of 92 bytes, found the end of the file after 72"),
    damaged("block_length_of_3.pcapng", 1,
            r"offset 144, behind packet 1: expected a block length of at least 12 bytes and a multiple of 4, found 3"),
    damaged("two_block_lengths.pcapng", 1, r"offset 228, behind packet 1: expected the block length 92 again, found 88"),
    damaged("no_such_interface.pcapng", 1, r"offset 148, behind packet 1: expected the id of one of 1 interfaces, found 7"),
    damaged("no_byte_order.pcapng", 0, r"offset 8, before the first packet: expected the byte-order magic 0x1a2b3c4d, found 0x0"),
    damaged("cut.pcap.gz", PACKETS, rf"offset \d+ of the gzip data, behind {PACKET}: expected more data, found the end of the file"),
    damaged("wrong_checksum.pcap.gz", PACKETS, rf"offset \d+ of the gzip data, behind {PACKET}: incorrect data check"),
    damaged("more_behind.pcap.gz", PACKETS, rf"offset \d+ of the gzip data, behind {PACKET}: incorrect header check"),
    damaged("cut.pcap.zst", 4, r"offset \d+ of the zstd data, behind packet 4: expected more data, found the end of the file"),
    damaged("damaged_block.pcap.zst", 2, r"offset \d+ of the zstd data, behind packet 2: Data corruption detected"),
    damaged("empty.pcap", None, "expected a pcap or pcapng file, plain, .gz or .zst, found 0 bytes"),
    damaged("text.pcap", None, "expected a pcap or pcapng file, plain, .gz or .zst, found a file that begins with 74 68 69 73"),
    damaged("a_folder", None, "expected a pcap or pcapng file, plain, .gz or .zst, found a folder"),
    damaged("missing.pcap", None, "can't be opened: No such file or directory"),
    Case("a bad file between good ones", ["read", "good.pcap", "text.pcap", "missing.pcap", "good.pcapng", "--show", "packets", "--format",
                                          "json"], UNUSABLE, r"text\.pcap: .* begins with .*\nvedette: missing\.pcap: .*", 2 * PACKETS),
    Case("nothing on standard input", ["read", "-"], UNUSABLE, "standard input: expected a pcap or pcapng file, .* found 0 bytes"),
    Case("flows before the cut", ["read", "cut_in_a_packet.pcap", "--show", "flows", "--format", "json"], UNUSABLE, ".*behind packet 4.*", 4),
    Case("a summary of what was before the cut", ["read", "cut_in_a_packet.pcap", "--format", "json"], UNUSABLE, ".*behind packet 4.*",
         output=r'\{"files":1,"packets":4,.*\}\n'),
    Case("a table without a file has no heading", ["read", "missing.pcap", "--show", "packets"], UNUSABLE, "missing.pcap: can't be opened: .*"),
    Case("a filter on a strange link type", ["read", "strange_link_type.pcap", "--filter", "tcp", "--show", "packets", "--format", "json"],
         UNUSABLE, "--filter for link type 9999: unknown data link type 9999.*", 0),
    Case("a reader that has gone", ["read", "many.pcap", "--show", "packets"], FAILED, "standard output: can't be written: Broken pipe",
         stdout="closed"),
    Case("a reader of flows that has gone", ["read", "many.pcap", "--show", "flows", "--format", "csv"], FAILED,
         "standard output: can't be written: Broken pipe", stdout="closed"),
    Case("a full disk", ["read", "many.pcap", "--show", "packets"], FAILED, "standard output: can't be written: No space left on device",
         stdout="/dev/full"),
    Case("a full disk for a summary", ["read", "many.pcap"], FAILED, "standard output: can't be written: No space left on device",
         stdout="/dev/full"),
    Case("a full disk for a script", ["completion", "bash"], FAILED, "standard output: can't be written: No space left on device",
         stdout="/dev/full"),
]

SORT_KEY = r'sort: expected a flow\'s field, found "sideways" \(one of first_ns, .*\)'
FILTER = {
    "tcp prot 80": r'column 5: syntax error.* at "prot 80"',
    "tcp and": r"column 8: syntax error.* where the filter ends",
    "udp or port nosuch": r'column 8: unknown port .?nosuch.? at "port nosuch"',
}
USAGE_CASES = [
    Case("no command", [], UNUSABLE, r"A subcommand is required \(vedette --help lists the commands\)"),
    Case("an unknown command", ["raed", "good.pcap"], UNUSABLE, r"there is no command raed \(vedette --help lists the commands\)"),
    Case("an unknown option", ["read", "good.pcap", "--sohw", "flows"], UNUSABLE, r".*--sohw.*\(vedette read --help lists the options\)"),
    Case("an unknown option before the command", ["--nonsense", "stats"], UNUSABLE, r".*--nonsense.*"),
    Case("no file", ["read"], UNUSABLE, r"FILE is required.*"),
    Case("no file to write", ["capture"], UNUSABLE, r"--write is required.*"),
    Case("an unknown form", ["read", "good.pcap", "--format", "xml"], UNUSABLE, r"--format: expected table, json or csv, found xml \(vedette read --help.*"),
    Case("an unknown form of flows", ["flows", "--format", "xml"], UNUSABLE, r"--format: expected table, json or csv, found xml \(vedette flows --help.*"),
    Case("an unknown view", ["read", "good.pcap", "--show", "everything"], UNUSABLE,
         r"--show: expected summary, packets, flows, handshakes or findings, found everything \(vedette read --help.*"),
    Case("an unknown shell", ["completion", "tcsh"], UNUSABLE, "completion: expected bash, zsh or fish, found tcsh"),
    Case("an unknown sort key", ["read", "good.pcap", "--show", "flows", "--sort", "sideways"], UNUSABLE, SORT_KEY),
    Case("packets to be sorted", ["read", "good.pcap", "--show", "packets", "--sort", "bytes"], UNUSABLE, "--sort: only flows can be sorted.*"),
    Case("a small snap length", ["capture", "-w", "x", "-s", "0"], UNUSABLE, "--snaplen: .*0.*1 (to|-) 65535.*"),
    Case("a short delay", ["top", "-d", "0"], UNUSABLE, "--delay: .*0.*"),
    *(Case(f"{value} as a number of {' '.join(command)}", [*command, value], UNUSABLE, f"{option}: expected a whole number, found {value}.*")
      for value in ("abc", "-1", "1.5", "") for option, command in (
          ("--limit", ["read", "good.pcap", "--limit"]), ("--limit", ["flows", "--limit"]), ("--count", ["watch", "--count"]),
          ("--count", ["capture", "-w", "x", "--count"]))),
    *(Case(f"the filter {text}", command + [text], UNUSABLE, rf"{where}: {message} \(see pcap-filter\(7\)\)")
      for text, message in FILTER.items() for where, command in (
          ("--filter", ["read", "good.pcap", "--filter"]), ("filter", ["watch"]), ("filter", ["capture", "-w", "x"]))),
]


def standard_output(target):
    """A descriptor for subprocess, to be closed behind it; "closed": a pipe whose reader has gone."""
    if target == "closed":
        read_end, write_end = os.pipe()
        os.close(read_end)
        return write_end
    return os.open(target, os.O_WRONLY)


def run(program, case):
    descriptor = standard_output(case.stdout) if case.stdout else subprocess.PIPE
    try:
        return subprocess.run([*program, *case.command], stdin=subprocess.DEVNULL, stdout=descriptor, stderr=subprocess.PIPE, text=True,
                              timeout=60, check=False)
    finally:
        if case.stdout:
            os.close(descriptor)


def wrong(case, done):
    """What is not as the case says, as lines."""
    if done.returncode != case.status:
        yield f"status {done.returncode}, expected {case.status}"
    message = f"{case.speaker}{case.message}\n" if case.message else ""
    if not re.fullmatch(message, done.stderr, re.DOTALL if "\n" in case.message else 0):
        yield f"standard error {done.stderr!r}, expected {message!r}"
    out = done.stdout or ""
    if case.output is not None:
        if not re.fullmatch(case.output, out):
            yield f"standard output {out!r}, expected {case.output!r}"
    elif out.count("\n") != (case.packets or 0):
        yield f"standard output has {out.count(chr(10))} lines, expected {case.packets or 0}"


def check(program, cases):
    """`program`: the words of a command line before a case's own. The number of cases that went wrong, each told."""
    failed = 0
    for case in cases:
        lines = list(wrong(case, run(program, case)))
        for line in lines:
            print(f"{case.what}: {line}")
        failed += bool(lines)
    print(f"{len(cases)} cases, {failed} wrong")
    return failed


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("files", "usage"):
        print(__doc__)
        return UNUSABLE
    program = [os.path.abspath(sys.argv[1])]
    with tempfile.TemporaryDirectory(prefix="vedette-bad-input-") as folder:
        os.chdir(folder)
        for name, text in FILES.items():
            with open(name, "wb") as file:
                file.write(text)
        os.mkdir("a_folder")
        failed = check(program, FILE_CASES if sys.argv[2] == "files" else USAGE_CASES)
        os.chdir("/")
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
