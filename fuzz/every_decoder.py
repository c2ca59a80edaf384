#!/usr/bin/env python3
"""Fuzzes every decoder for so long, in turns, the least fuzzed one first; what was done is kept, so that it may go on another day.

every_decoder.py FUZZ_DECODE SEEDS FOLDER [SECONDS [AT_ONCE]]
FUZZ_DECODE: the fuzzer. SEEDS: make_seeds.py's folder. FOLDER: takes corpora and findings. SECONDS: CPU time for each decoder (300),
over TCP and UDP together where it reads both.
AT_ONCE: decoders that are fuzzed side by side (1).

fuzz/ledger.json says of each decoder how long it was fuzzed and what was found, on this machine or another. It is of one state of
src/decode and fuzz/decode.cpp: where these have changed, all begins anew.

Ends with 0 where each had its time without a finding, with 1 otherwise.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys

TURN = 60  # seconds
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LEDGER = os.path.join(TOP, "fuzz", "ledger.json")


def sources():
    """What all that is fuzzed says, as one hash."""
    folder = os.path.join(TOP, "src", "decode")
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith((".cpp", ".h"))]
    told = hashlib.sha256()
    for path in [*files, os.path.join(TOP, "fuzz", "decode.cpp")]:
        with open(path, "rb") as file:
            told.update(os.path.basename(path).encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return told.hexdigest()


def fuzz(binary, seeds, folder, decoder):
    """A turn: CPU seconds, executed units, and the end of what the fuzzer said where it found something."""
    corpus = os.path.join(folder, "corpus", decoder)
    os.makedirs(corpus, exist_ok=True)
    told = os.path.join(folder, f"{decoder}.log")
    with open(told, "w", encoding="utf-8") as log:
        fuzzer = subprocess.Popen([binary, f"-max_total_time={TURN}", "-print_final_stats=1", "-rss_limit_mb=3000",
                                   f"-artifact_prefix={folder}/{decoder}-", corpus,
                                   os.path.join(seeds, f"decode_{decoder.rpartition('_')[2]}")],
                                  env={**os.environ, "VEDETTE_DECODER": decoder}, stderr=log)
        _, status, used = os.wait4(fuzzer.pid, 0)  # of this fuzzer alone, whatever runs beside it
        fuzzer.returncode = os.waitstatus_to_exitcode(status)
    with open(told, encoding="utf-8", errors="replace") as log:
        said = log.read()
    units = re.search(r"number_of_executed_units: (\d+)", said)
    return used.ru_utime, int(units[1]) if units else 0, said[-4000:] if fuzzer.returncode else ""


def keep(ledger):
    with open(f"{LEDGER}.new", "w", encoding="utf-8") as file:
        json.dump(ledger, file, indent=1)
        file.write("\n")
    os.replace(f"{LEDGER}.new", LEDGER)


def time_of(decoders, name):
    """Seconds that the decoder of that name had, over both transports."""
    return sum(one["seconds"] for other, one in decoders.items() if other.rpartition("_")[0] == name.rpartition("_")[0])


def main(binary, seeds, folder, seconds=300, at_once=1):
    os.makedirs(folder, exist_ok=True)
    wanted, fuzzed = float(seconds), sources()
    try:
        with open(LEDGER, encoding="utf-8") as file:
            ledger = json.load(file)
    except FileNotFoundError:
        ledger = {}
    if ledger.get("sources") != fuzzed:
        ledger = {"sources": fuzzed, "decoders": {}}
    listed = subprocess.run([binary], env={**os.environ, "VEDETTE_DECODER": "list"}, capture_output=True, text=True, check=False).stdout
    decoders = ledger["decoders"]
    for name in re.findall(r"^[a-z0-9_]+_(?:tcp|udp)$", listed, re.MULTILINE):
        decoders.setdefault(name, {"seconds": 0, "units": 0, "finding": ""})
    with concurrent.futures.ThreadPoolExecutor(int(at_once)) as fuzzers:
        running = {}
        while True:
            left = [name for name, one in decoders.items()
                    if time_of(decoders, name) < wanted and not one["finding"] and name not in running.values()]
            for name in sorted(left, key=lambda each: decoders[each]["seconds"])[:int(at_once) - len(running)]:
                running[fuzzers.submit(fuzz, binary, seeds, folder, name)] = name
            if not running:
                break
            for turn in concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED).done:
                name = running.pop(turn)
                one = decoders[name]
                spent, units, one["finding"] = turn.result()
                one["seconds"] = round(one["seconds"] + spent, 1)
                one["units"] += units
                keep(ledger)
                print(f"{name}: {one['seconds']:.0f} s, {one['units']:,} units{', FOUND' if one['finding'] else ''}", flush=True)
    found = [name for name, one in decoders.items() if one["finding"]]
    print(f"{len(decoders)} decoders, {len(found)} with a finding: {' '.join(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5, 6):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
