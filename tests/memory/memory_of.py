"""What a sensor's process holds: its own memory, and the kernel's maps and programs that its descriptors name.

The pages of the flow cache and rings are mapped into the process too; they count once, as the maps'.
"""

import os


def fdinfo(pid):
    """The name: value lines of each descriptor."""
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii", errors="replace") as lines:
                yield dict(line.rstrip("\n").partition(":\t")[::2] for line in lines if ":\t" in line)
        except FileNotFoundError:
            continue  # closed in between


def kernel_bytes(pid):
    """(maps, programs) in bytes; several descriptors of one count once."""
    maps, programs = {}, {}
    for facts in fdinfo(pid):
        if "map_id" in facts and "map_type" in facts:
            maps[facts["map_id"]] = int(facts["memlock"])
        elif "prog_id" in facts and "prog_type" in facts:
            programs[facts["prog_id"]] = int(facts["memlock"])
    return sum(maps.values()), sum(programs.values())


def own_bytes(pid):
    """The process' share of its pages (Pss), without those that are a map's."""
    total = 0
    of_a_map = False
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            first = line.split(None, 1)[0]
            if "-" in first and not first.endswith(":"):
                of_a_map = "bpf-map" in line or "bpf_map" in line
            elif first == "Pss:" and not of_a_map:
                total += int(line.split()[1]) * 1024
    return total


def memory_of(pid):
    """{"maps_bytes", "programs_bytes", "daemon_bytes", "total_bytes"}."""
    maps, programs = kernel_bytes(pid)
    own = own_bytes(pid)
    return {"maps_bytes": maps, "programs_bytes": programs, "daemon_bytes": own, "total_bytes": maps + programs + own}
