"""The section of docs/benchmarks.md on reading handshakes, over real captures joined into one file."""

import csv
import os
import shutil
import subprocess
import tempfile

from contenders import cpu_seconds, quartiles, verdict

KINDS = ("app", "http", "tls", "quic", "dns", "ssh")
# What `vedette read --show handshakes` tells of each protocol that the table names, by tshark's names.
TSHARK_FIELDS = ("ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "_ws.col.Protocol",
                 "tls.handshake.version", "tls.handshake.extensions.supported_version",
                 "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str",
                 "tls.handshake.ciphersuite", "tls.handshake.ja3", "tls.handshake.ja3s", "quic.version",
                 "http.request.method", "http.host", "http.request.uri", "http.user_agent", "http.response.code",
                 "http.server", "ssh.protocol", "ssh.kex.hassh", "dns.qry.name", "dns.qry.type", "dns.flags.rcode",
                 "dns.a", "dns.aaaa")


def joined(captures, target):
    """Puts the Ethernet captures of KINDS one behind another; how many there were."""
    with open(os.path.join(captures, "MANIFEST.tsv"), encoding="utf-8") as manifest:
        rows = [row for row in csv.DictReader(manifest, delimiter="\t")
                if row["kind"] in KINDS and row["linktype"] == "ETHERNET" and not row["container_error"]]
    files = [os.path.join(captures, row["path"]) for row in rows]
    subprocess.run(["mergecap", "-a", "-F", "pcap", "-s", "65535", "-w", target, *files], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return len(files)


def handshakes(programs, vedette, captures, rounds):
    """The section; says what is missing where there are no captures or no mergecap."""
    title = "## Handshakes\n\n"
    if not captures or not os.path.exists(os.path.join(captures, "MANIFEST.tsv")):
        return title + "Not measured: needs captures, in the build folder or named by VEDETTE_TESTDATA.\n"
    if shutil.which("mergecap") is None:
        return title + "Not measured: needs mergecap.\n"
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as folder:
        capture = os.path.join(folder, "handshakes.pcap")
        files = joined(captures, capture)
        packets = int(subprocess.run([os.path.join(programs, "libpcap_loop"), capture], capture_output=True, text=True,
                                     check=True).stdout)
        fields = [word for field in TSHARK_FIELDS for word in ("-e", field)]
        contenders = [
            ("vedette read --show handshakes", [vedette, "read", capture, "--show", "handshakes", "--format", "json", "--quiet"]),
            ("tshark -T fields", ["tshark", "-n", "-r", capture, "-T", "fields", *fields]),
            ("ndpiReader", ["ndpiReader", "-i", capture]),
        ]
        contenders = [each for each in contenders if shutil.which(each[1][0])]
        times = {name: [] for name, _ in contenders}
        for turn in range(rounds):
            # Nobody follows the same one each time.
            for name, command in contenders[turn % len(contenders):] + contenders[:turn % len(contenders)]:
                seconds = cpu_seconds(command)
                if seconds:
                    times[name].append(seconds)
        return title + section(times, packets, files, os.path.getsize(capture))


def section(times, packets, files, size):
    lines = [f"{files} Ethernet captures of applications joined into one file, {packets} packets, {size / 1e6:.0f} MB; packets a "
             "CPU-second, medians (quartiles).", "", "| reader | runs | thousand packets a CPU-second | vedette is |",
             "|---|---:|---:|---:|"]
    rates = {name: quartiles([packets / each for each in figures]) for name, figures in times.items() if figures}
    ours = rates.get("vedette read --show handshakes")
    for name, figures in times.items():
        if name not in rates:
            lines.append(f"| {name} | 0 | failed | |")
            continue
        middle, low, high = rates[name]
        ratio = f"{ours[0] / middle:.2f}×" if ours else ""
        lines.append(f"| {name} | {len(figures)} | {middle / 1e3:.0f} ({low / 1e3:.0f}–{high / 1e3:.0f}) | {ratio} |")
    lines += ["", "| target | found | |", "|---|---:|---|"]
    for name, least in (("tshark -T fields", 3), ("ndpiReader", 1)):
        if ours and name in rates:
            ratio = ours[0] / rates[name][0]
            lines.append(f"| ≥ {least}× {name} | {ratio:.2f}× | {verdict(ratio >= least)} |")
    return "\n".join(lines) + "\n"
