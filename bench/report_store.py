"""The section on history: flows into the store, and queries over it, beside SQLite and ClickHouse in the same run."""

import json
import os
import subprocess
import sys
import tempfile

from contenders import verdict

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from clickhouse_server import PASSWORD, ClickhouseServer, clickhouse_program  # noqa: E402
from two_hosts import TwoHosts  # noqa: E402

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
    if done.returncode == 0:
        rows += clickhouse(program, os.path.join(programs, "..", "..", "clickhouse"), rounds)
    if done.returncode != 0 or not rows:
        return f"## History\n\nNot measured: {done.stderr.strip()}\n"
    return section(rows)


def clickhouse(program, unpacked, rounds):
    """What the same program says of the other engine, by a server in a namespace of its own; nothing where there is none."""
    if clickhouse_program(unpacked) is None:
        return []
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-store-", dir=os.path.dirname(program)) as folder:
        hosts.sensed.ip("link", "set", "lo", "up")
        server = ClickhouseServer(hosts.sensed, unpacked, folder)
        server.start()
        with open(f"{folder}/password", "w", encoding="ascii") as password:
            password.write(PASSWORD)
        said = hosts.sensed.run(program, folder, str(FLOWS), str(rounds), "http://vedette@127.0.0.1:8123/history", f"{folder}/password")
        server.kill()
    return [json.loads(line) for line in said.splitlines()]


def section(rows):
    of = {}
    for row in rows:
        of.setdefault(row["what"], []).append(row)
    inserted = {row["contender"]: row for row in of["insert"]}
    disk = {row["contender"]: row for row in of["disk"]}
    rates = {name: row["rows"] / row["seconds"] for name, row in inserted.items()}
    lines = ["## History", "",
             f"{inserted['vedette']['rows']:,} flows of 200,000 sources within six hours, put into the store and into SQLite (one table of 18 "
             "columns, write-ahead log, 16,384 rows a transaction), and asked the same; then into a ClickHouse server beside it, Vedette's other engine. "
             "Inserting is the time until all is flushed, the making of the rows among it. "
             "Medians of seconds (quartiles).", "",
             "| | vedette | the rows alone | SQLite | ClickHouse | its rows alone |", "|---|---:|---:|---:|---:|---:|"]
    by_query = {}
    for row in of["query"]:
        by_query.setdefault(row["query"], {})[row["contender"]] = row
    for query, figures in by_query.items():
        cells = [f"{figures[name]['median_s']:.3f} ({figures[name]['low_s']:.3f}–{figures[name]['high_s']:.3f})" if name in figures else "–"
                 for name in ("vedette", "vedette, rows alone", "SQLite", "clickhouse", "clickhouse, rows alone")]
        lines.append(f"| {query} | {' | '.join(cells)} |")
    bytes_a_row = {name: row["raw_bytes"] / row["rows"] for name, row in disk.items()}
    for title, found in (("thousand flows inserted a second", {name: f"{rate / 1e3:.0f}" for name, rate in rates.items()}),
                         ("bytes a flow on disk, roll-ups apart", {name: f"{size:.1f}" for name, size in bytes_a_row.items()})):
        lines.append(f"| {title} | {found['vedette']} | | {found.get('SQLite', '–')} | {found.get('clickhouse', '–')} | |")
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
              f"| ≤ 40 bytes a flow on disk, roll-ups apart | {bytes_a_row['vedette']:.1f} | {verdict(bytes_a_row['vedette'] <= 40)} |",
              f"| nothing lost on the way | {inserted['vedette']['lost']} | {verdict(inserted['vedette']['lost'] == 0)} |",
              f"| memory within the limit of {memory['limit_kib'] / 1024:.0f} MiB | {most:.0f} MiB | "
              f"{verdict(most <= memory['limit_kib'] / 1024)} |"]
    return "\n".join(lines) + "\n"
