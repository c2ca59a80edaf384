"""The section on memory, of JSON lines that memory_bench and tests/memory/memory_bound.py print."""

MIB = 1 << 20
BOUND_MIB = 400


def memory_section(rows):
    """`rows`: the lines of both, parsed, in any order; lines with another "memory" are passed over."""
    sensor = [row for row in rows if row.get("memory") == "sensor"]
    tables = [row for row in rows if row.get("memory") == "flow table"]
    floods = [row for row in rows if row.get("memory") == "flood"]
    lines = ["## Memory", ""]
    if sensor:
        lines += sensor_lines(sensor, floods)
    if tables:
        lines += table_lines(tables)
    return "\n".join(lines) + "\n"


def sensor_lines(rows, floods):
    slots = rows[0]["flow_slots"]
    lines = ["`vedetted` with its default options on a veth, sent UDP flows and their answers, each packet another flow's. "
             "The process' own memory is its share of its pages (Pss) without the mapped maps; maps and programs are what "
             "the kernel charges for each (`memlock`).", "",
             "| | live flows | maps MiB | programs MiB | process MiB | all MiB |", "|---|---:|---:|---:|---:|---:|"]
    for row in rows:
        sizes = " | ".join(f"{row[part] / MIB:.1f}" for part in ("maps_bytes", "programs_bytes", "daemon_bytes", "total_bytes"))
        lines.append(f"| {row['phase']} | {row['live_flows']:,} | {sizes} |")
    lines += ["", f"Kernel side: {slots:,} records of one direction of a flow, {rows[0]['flow_cache_bytes'] / slots:.0f} bytes "
              "each with their tags; whatever finds no room there goes to user space."]
    full = [row for row in rows if row["live_flows"] >= 1_000_000]
    if full:
        grown = (full[0]["total_bytes"] - rows[0]["total_bytes"]) / full[0]["live_flows"]
        lines.append(f"User side: {grown:.0f} bytes for each live two-way flow.")
    lines += [f"A flood of {flood['sent']:,} more flows: {flood['lost']:,} packets lost, the others told; "
              f"{flood['ended_early']:,} of the idlest flows gave way." for flood in floods]
    most = max(row["total_bytes"] for row in rows) / MIB
    held = "met" if full and most < BOUND_MIB else "**missed**"
    return lines + ["", "| target | found | |", "|---|---:|---|",
                    f"| 1M live flows in less than {BOUND_MIB} MiB in all | {most:.0f} MiB at most | {held} |", ""]


def table_lines(rows):
    lines = ["A flow of user space's table by what it was made of (anonymous memory of the process, index and all):", "",
             "| | flows | bytes a flow |", "|---|---:|---:|"]
    return lines + [f"| {row['what']} | {row['flows']:,} | {row['bytes_a_flow']:.0f} |" for row in rows] + [""]
