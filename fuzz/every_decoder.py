#!/usr/bin/env python3
"""Fuzzes every decoder for so long, in turns, the least fuzzed one first; what was done is kept, so that it may go on another day.

every_decoder.py FUZZ_DECODE SEEDS FOLDER [SECONDS]
FUZZ_DECODE: the fuzzer. SEEDS: make_seeds.py's folder. FOLDER: takes corpora, findings and ledger.json, which says of each decoder how
long it was fuzzed and what was found. SECONDS: CPU time for each decoder (300).

Ends with 0 where each had its time without a finding, with 1 otherwise. Another binary begins anew: it is another program.
"""

import hashlib
import json
import os
import re
import resource
import subprocess
import sys

TURN = 60  # seconds


def fuzz(binary, seeds, folder, decoder):
    """A turn: CPU seconds, executed units, and the end of what the fuzzer said where it found something."""
    corpus = os.path.join(folder, "corpus", decoder)
    os.makedirs(corpus, exist_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([binary, f"-max_total_time={TURN}", "-print_final_stats=1", "-rss_limit_mb=3000",
                           f"-artifact_prefix={folder}/{decoder}-", corpus, os.path.join(seeds, f"decode_{decoder.rpartition('_')[2]}")],
                          env={**os.environ, "VEDETTE_DECODER": decoder}, stderr=subprocess.PIPE, text=True, errors="replace",
                          check=False)
    units = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    return (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, int(units[1]) if units else 0,
            done.stderr[-4000:] if done.returncode else "")


def keep(path, ledger):
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(ledger, file, indent=1)
    os.replace(f"{path}.new", path)


def main(binary, seeds, folder, seconds=300):
    os.makedirs(folder, exist_ok=True)
    path, wanted = os.path.join(folder, "ledger.json"), float(seconds)
    with open(binary, "rb") as file:
        build = hashlib.sha256(file.read()).hexdigest()
    try:
        with open(path, encoding="utf-8") as file:
            ledger = json.load(file)
    except FileNotFoundError:
        ledger = {}
    if ledger.get("build") != build:
        ledger = {"build": build, "decoders": {}}
    listed = subprocess.run([binary], env={**os.environ, "VEDETTE_DECODER": "list"}, capture_output=True, text=True, check=False).stdout
    decoders = ledger["decoders"]
    for name in re.findall(r"^[a-z0-9_]+_(?:tcp|udp)$", listed, re.MULTILINE):
        decoders.setdefault(name, {"seconds": 0, "units": 0, "finding": ""})
    while left := [name for name, one in decoders.items() if one["seconds"] < wanted and not one["finding"]]:
        name = min(left, key=lambda each: decoders[each]["seconds"])
        one = decoders[name]
        spent, units, one["finding"] = fuzz(binary, seeds, folder, name)
        one["seconds"] += spent
        one["units"] += units
        keep(path, ledger)
        print(f"{name}: {one['seconds']:.0f} s, {one['units']:,} units{', FOUND' if one['finding'] else ''}", flush=True)
    found = [name for name, one in decoders.items() if one["finding"]]
    print(f"{len(decoders)} decoders, {len(found)} with a finding: {' '.join(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
