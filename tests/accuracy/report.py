"""Judges the scores against what is stated, prints what does not hold, and writes the table."""

import csv
import os

# Of all segments that tshark calls retransmitted, how many ours may be off, added up over 5-tuples and directions. One
# direction at a time can't see the other's ACKs, on which tshark's spurious and fast retransmissions rest.
RETRANSMITS_TOLERANCE = 0.20
# Of all handshakes that both measured, how many may be more than a microsecond apart.
HANDSHAKE_TOLERANCE = 0.01

CLASSES = {
    "unreadable": "one of both can't open the file, or Wireshark's own limits cut it: link type unknown to it, not a capture",
    "absurd_length": "a length beyond 2^31 in the file, which Wireshark's column shows as 2^31 - 1",
    "link_type": "a link type or encapsulation that Wireshark takes apart and the parser's design does not name",
    "malformed": "a broken header, behind which Wireshark and Vedette stop at different places",
    "super_frame": "IP total length 0 (BIG TCP), which Vedette reads to the end and Wireshark takes for an error",
    "route": "source-routed IPv4, of which Wireshark tells the last hop and Vedette the header's destination",
    "extension": "an IPv6 extension header that Wireshark takes for the payload, or the other way round",
    "heuristic": "Wireshark guesses a protocol inside from content: no header announces it",
}


def known_differences():
    """Captures that may differ, each with its class, and why."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "known_differences.tsv"), newline="") as file:
        return {row["capture"]: row["class"] for row in csv.DictReader(file, delimiter="\t")}


def tell(scores, path):
    known = known_differences()
    differing = [score for score in scores if score.differing or score.told != score.packets]
    unknown = [score for score in differing if score.path not in known]
    for score in unknown:
        print(f"{score.path}: told {score.told} of {score.packets} packets {score.error[:120]}")
        for one in score.differing[:3]:
            print("   ", one)
    failures = [f"{len(unknown)} captures differ that are not known to"] if unknown else []
    health = sum_health(scores_of_health(scores))
    off = health["retransmits_off"] / max(health["tshark_retransmits"], 1)
    if path and off > RETRANSMITS_TOLERANCE:
        failures.append(f"retransmissions are {off:.1%} off, {RETRANSMITS_TOLERANCE:.0%} is allowed")
    apart = health["handshakes_off"] / max(health["handshakes"], 1)
    if path and apart > HANDSHAKE_TOLERANCE:
        failures.append(f"{apart:.1%} of the handshakes are more than 1 µs apart, {HANDSHAKE_TOLERANCE:.0%} is allowed")
    if path:
        write(scores, differing, known, health, path)
    print(f"{len(scores) - len(differing)} of {len(scores)} captures equal; " + ("; ".join(failures) or "all as stated"))
    return 1 if failures else 0


def scores_of_health(scores):
    return [score for score in scores if not score.differing]


def sum_health(scores):
    numbers = ("retransmits", "tshark_retransmits", "retransmits_off", "out_of_order", "tshark_out_of_order",
               "handshakes", "only_ours", "only_tshark")
    health = {name: sum(getattr(score.health, name) for score in scores) for name in numbers}
    health["handshakes_off"] = sum(len(score.health.handshakes_off) for score in scores)
    health["captures"] = len(scores)
    health["captures_off"] = sum(score.health.retransmits_off > 0 for score in scores)
    return health


def write(scores, differing, known, health, path):
    packets = sum(score.packets for score in scores)
    told = sum(min(score.told, score.packets) for score in scores)
    flows = sum(score.flows for score in scores)
    different_flows = sum(len(score.differing) for score in scores)
    by_class = {name: [score for score in differing if known.get(score.path) == name] for name in CLASSES}
    lines = [
        "# Flows beside tshark's", "",
        "Written by `tests/accuracy/flows_vs_tshark.py` (`ctest -L accuracy`), which compares what",
        "`vedette read --show flows` tells of each capture with the fields that tshark's engine gives of each frame: every",
        "two-way 5-tuple's packets and bytes each way, equal or not. A frame in a tunnel belongs to the inner header, four",
        "levels deep; later fragments belong to their first one's 5-tuple where that came before them.", "",
        "| | |", "|---|---:|",
        f"| captures | {len(scores):,} |",
        f"| equal | {len(scores) - len(differing):,} |",
        f"| differing, by the classes below | {len(differing):,} |",
        f"| packets that tshark reads | {packets:,} |",
        f"| of these told in a flow or as not IP | {told:,} |",
        f"| 5-tuples | {flows:,} |",
        f"| 5-tuples that differ on either side | {different_flows:,} |", "",
        "| class | captures | what it is |", "|---|---:|---|",
    ]
    lines += [f"| {name} | {len(by_class[name])} | {CLASSES[name]} |" for name in CLASSES if by_class[name]]
    lines += [
        "", "`tests/accuracy/known_differences.tsv` names them one by one.", "",
        f"## TCP health, over {health['captures']:,} captures that are equal", "",
        "Retransmissions are tshark's `retransmission`, `fast_retransmission` and `spurious_retransmission` taken together; out",
        "of order is its `out_of_order`. Vedette looks at one direction's sequence numbers alone, by the code that the kernel",
        "runs (`bpf/flow/tcp_health.h`); tshark sees both directions' ACKs.", "",
        "| | Vedette | tshark |", "|---|---:|---:|",
        f"| segments retransmitted | {health['retransmits']:,} | {health['tshark_retransmits']:,} |",
        f"| segments out of order | {health['out_of_order']:,} | {health['tshark_out_of_order']:,} |",
        f"| handshakes measured by both | {health['handshakes']:,} | {health['handshakes']:,} |",
        f"| handshakes measured by one alone | {health['only_ours']:,} | {health['only_tshark']:,} |", "",
        f"- Retransmissions: the differences of all directions of all 5-tuples add up to {health['retransmits_off']:,}",
        f"  ({health['retransmits_off'] / max(health['tshark_retransmits'], 1):.1%} of tshark's; {RETRANSMITS_TOLERANCE:.0%}"
        f" is allowed), in {health['captures_off']} captures.",
        f"- Handshake round trips: {health['handshakes_off']:,} of {health['handshakes']:,} are more than 1 µs apart"
        f" ({HANDSHAKE_TOLERANCE:.0%} is allowed).",
    ]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
