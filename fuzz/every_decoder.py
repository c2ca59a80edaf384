#!/usr/bin/env python3
"""Fuzzes every decoder for so long, in turns, the least fuzzed one first; what was done is kept, so that it may go on another day.

every_decoder.py FUZZ_DECODE SEEDS FOLDER [SECONDS [AT_ONCE]]
FUZZ_DECODE: the fuzzer. SEEDS: make_seeds.py's folder. FOLDER: takes corpora and findings. SECONDS: CPU time for each decoder (300),
over TCP and UDP together where it reads both.
AT_ONCE: decoders that are fuzzed side by side (1).

fuzz/ledger.json says of each decoder how long it was fuzzed and what was found, on this machine or another, and of which state of its
sources: its own file, what that includes of src/decode, and fuzz/decode.cpp. Where these have changed, it begins anew. Beside them
stand, as "others", the longest runs of the other targets, CPU time and minutes.

Ends with 0 where each had its time without a finding, with 1 otherwise.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys

TURN = 60  # seconds at most; what is left where that is less, but no less than it takes to read the seeds
LEAST_TURN = 20
LONGEST_S = 10  # one input; what takes longer is a finding
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LEDGER = os.path.join(TOP, "fuzz", "ledger.json")


def own_files(decoder):
    """Those of src/decode, without their ends, in which the functions stand that the registry has under that name; "http2" is the
    second of "http"."""
    folder = os.path.join(TOP, "src", "decode")
    with open(os.path.join(folder, "registry.cpp"), encoding="utf-8") as file:
        registered = re.findall(r'{\.name = "(\w+)",[^}]*\.decode = (\w+)', file.read())
    if decoder not in dict(registered):
        decoder = decoder.rstrip("0123456789")
    functions = [function for name, function in registered if name == decoder]
    found = set()
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".cpp"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        found.update(name.removesuffix(".cpp") for function in functions if f"\nAnswer {function}(" in text)
    if not functions or not found:
        raise LookupError(f"{folder} has no decoder {decoder}")
    return sorted(found)


def files_of(decoder):
    """The files of src/decode that the decoder of that name is made of: its own, and all that these include. What the registry lists are
    other decoders, to which some hand bytes on: each is fuzzed by itself."""
    folder = os.path.join(TOP, "src", "decode")
    files, left = set(), own_files(decoder)
    while left:
        stem = left.pop()
        if stem == "registry":
            continue
        for path in (os.path.join(folder, stem + ending) for ending in (".h", ".cpp")):
            if path in files or not os.path.exists(path):
                continue
            files.add(path)
            with open(path, encoding="utf-8") as file:
                left += re.findall(r'#include "decode/([a-z0-9_]+)\.h"', file.read())
    return sorted(files)


def sources(name):
    """What a decoder's sources say, as one hash. `name`: with its transport."""
    told = hashlib.sha256()
    for path in [*files_of(name.rpartition("_")[0]), os.path.join(TOP, "fuzz", "decode.cpp")]:
        with open(path, "rb") as file:
            told.update(os.path.basename(path).encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return told.hexdigest()


def fuzz(binary, seeds, folder, decoder, left):
    """A turn of a decoder that has so many seconds left: CPU seconds, executed units, and the end of what the fuzzer said where it found something."""
    corpus = os.path.join(folder, "corpus", decoder)
    os.makedirs(corpus, exist_ok=True)
    told = os.path.join(folder, f"{decoder}.log")
    with open(told, "w", encoding="utf-8") as log:
        fuzzer = subprocess.Popen([binary, f"-max_total_time={min(TURN, max(LEAST_TURN, round(left)))}", f"-timeout={LONGEST_S}", "-print_final_stats=1", "-rss_limit_mb=3000",
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
    wanted = float(seconds)
    try:
        with open(LEDGER, encoding="utf-8") as file:
            ledger = json.load(file)
    except FileNotFoundError:
        ledger = {"decoders": {}}
    listed = subprocess.run([binary], env={**os.environ, "VEDETTE_DECODER": "list"}, capture_output=True, text=True, check=False).stdout
    decoders = ledger["decoders"]
    for name in re.findall(r"^[a-z0-9_]+_(?:tcp|udp)$", listed, re.MULTILINE):
        if decoders.get(name, {}).get("sources") != sources(name):
            decoders[name] = {"seconds": 0, "units": 0, "finding": "", "sources": sources(name)}
    with concurrent.futures.ThreadPoolExecutor(int(at_once)) as fuzzers:
        running = {}
        while True:
            left = [name for name, one in decoders.items()
                    if time_of(decoders, name) < wanted and not one["finding"] and name not in running.values()]
            for name in sorted(left, key=lambda each: decoders[each]["seconds"])[:int(at_once) - len(running)]:
                running[fuzzers.submit(fuzz, binary, seeds, folder, name, wanted - time_of(decoders, name))] = name
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
