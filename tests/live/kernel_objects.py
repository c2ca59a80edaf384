"""Which eBPF programs, maps and links a process holds, and whether they are still in the kernel: bpf(2) without bpftool."""

import ctypes
import os
import platform
import re
import time

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
GET_FD_BY_ID = {"prog": 13, "map": 14, "link": 30}


def held_by(pid):
    """{("prog", 12), ("map", 7), …} of the process's descriptors and, for links, of the program behind."""
    held = set()
    folder = f"/proc/{pid}/fdinfo"
    for descriptor in os.listdir(folder):
        try:
            with open(os.path.join(folder, descriptor), encoding="ascii") as file:
                held |= {(kind, int(number)) for kind, number in re.findall(r"^(prog|map|link)_id:\s*(\d+)$", file.read(), re.MULTILINE)}
        except FileNotFoundError:
            pass  # closed meanwhile
    return held


def exists(kind, number):
    attributes = (ctypes.c_uint32 * 32)(number)
    descriptor = ctypes.CDLL(None, use_errno=True).syscall(SYS_BPF, GET_FD_BY_ID[kind], ctypes.byref(attributes), ctypes.sizeof(attributes))
    if descriptor >= 0:
        os.close(descriptor)
    return descriptor >= 0


def still_there(objects, patience=60):
    """Of these, those that are in the kernel after so many seconds; it frees some in its own time."""
    deadline = time.monotonic() + patience
    while (left := {one for one in objects if exists(*one)}) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
