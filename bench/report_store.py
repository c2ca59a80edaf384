"""The section on history: flows into the store, and queries over it, beside SQLite in the same run."""

import json
import os
import subprocess
import tempfile

from contenders import verdict

FLOWS = 10_000_000
LIMITS_S = {"top-10 sources by bytes, 6 h": 0.4}
USUAL_LIMIT_S = 0.15


def store_section(programs, rounds):
    program = os.path.join(programs, "store_bench")
    if not os.path.exists(program):
        return "## History\n\nNot measured: this build has no store.\n"
    # On the disk where the build is: what /tmp is in memory would not be the same.
    with tempfile.TemporaryDirectory(prefix="vedette-store-", dir=programs) as folder:
        done = subprocess.run([program, folder, str(FLOWS), str(rounds)], capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or not rows:
        return f"## History\n\nNot measured: {done.stderr.strip()}\n"
    return section(rows)


def section(rows):
    of = {}
    for row in rows:
        of.setdefault(row["what"], []).append(row)
    inserted = {row["contender"]: row for row in of["insert"]}
    disk = {row["contender"]: row for row in of["disk"]}
    rates = {name: row["rows"] / (row["seconds"] - row["making_s"]) for name, row in inserted.items()}
    lines = ["## History", "",
             f"{inserted['vedette']['rows']:,} flows of 200,000 sources within six hours, put into the store and into SQLite (one table of 17 "
             "columns, write-ahead log, 16,384 rows a transaction), and asked the same. Medians of seconds (quartiles).", "",
             "| | vedette | the rows alone | SQLite |", "|---|---:|---:|---:|"]
    by_query = {}
    for row in of["query"]:
        by_query.setdefault(row["query"], {})[row["contender"]] = row
    for query, figures in by_query.items():
        cells = [f"{figures[name]['median_s']:.3f} ({figures[name]['low_s']:.3f}–{figures[name]['high_s']:.3f})" if name in figures else "–"
                 for name in ("vedette", "vedette, rows alone", "SQLite")]
        lines.append(f"| {query} | {' | '.join(cells)} |")
    lines.append(f"| thousand flows inserted a second | {rates['vedette'] / 1e3:.0f} | | "
                 + (f"{rates['SQLite'] / 1e3:.0f} |" if "SQLite" in rates else "– |"))
    bytes_a_row = {name: row["raw_bytes"] / row["rows"] for name, row in disk.items()}
    lines.append(f"| bytes a flow on disk | {bytes_a_row['vedette']:.1f} | | "
                 + (f"{bytes_a_row['SQLite']:.1f} |" if "SQLite" in bytes_a_row else "– |"))
    ours, memory, rolled = disk["vedette"], of["memory"][0], of["roll_up"][0]
    lines += ["", "\"vedette\" reads roll-ups by the minute and the hour where these are exact; \"the rows alone\" is kept from them by a filter. "
              f"The roll-ups took {rolled['seconds']:.1f} s for all six hours and "
              f"{(ours['minute_bytes'] + ours['hour_bytes']) / ours['rows']:.1f} bytes a flow more on disk. "
              f"Of memory the process had {memory['most_kib'] / 1024:.0f} MiB at most, {memory['before_kib'] / 1024:.0f} of them before; "
              f"the engine's limit was {memory['limit_kib'] / 1024:.0f}.", "", "| target | found | |", "|---|---:|---|"]
    for query, figures in by_query.items():
        limit = LIMITS_S.get(query, USUAL_LIMIT_S)
        for name in ("vedette", "vedette, rows alone"):
            found = figures[name]["median_s"]
            lines.append(f"| {query}, {name.removeprefix('vedette, ') if ',' in name else 'as it is asked'}: ≤ {limit} s | {found:.3f} s | "
                         f"{verdict(found <= limit)} |")
    most = (memory["most_kib"] - memory["before_kib"]) / 1024
    lines += [f"| ≥ 300,000 flows a second | {rates['vedette']:,.0f} | {verdict(rates['vedette'] >= 300_000)} |",
              f"| ≤ 40 bytes a flow on disk | {bytes_a_row['vedette']:.1f} | {verdict(bytes_a_row['vedette'] <= 40)} |",
              f"| nothing lost on the way | {inserted['vedette']['lost']} | {verdict(inserted['vedette']['lost'] == 0)} |",
              f"| memory within the limit of {memory['limit_kib'] / 1024:.0f} MiB | {most:.0f} MiB | "
              f"{verdict(most <= memory['limit_kib'] / 1024)} |"]
    return "\n".join(lines) + "\n"
