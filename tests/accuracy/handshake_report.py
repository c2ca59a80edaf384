"""Writes docs/accuracy.md: the scores, and each judged case that isn't right with its reason."""

from collections import defaultdict

from application_names import LISTED
from handshake_differences import CLASSES, written
from handshake_facts import NAMES
from handshake_score import WAITING, scores
from handshake_targets import DECODED, TARGETS

HEAD = """# Handshakes beside what others say of them

Written by `tests/accuracy/handshakes_vs_truth.py` (`ctest -L accuracy`): what `vedette read --show handshakes` tells, against what
others state of their own captures. A case is one fact that one source states of one connection, or, where it names none, of a capture.
Of flows: [accuracy-flows.md](accuracy-flows.md). Of findings: [accuracy-findings.md](accuracy-findings.md).
Of analysis: [accuracy-analysis.md](accuracy-analysis.md). What gets by a blocked source: [bypass.md](bypass.md).
"""

NOTES = """
- nDPI: its result files, but no protocol that it guessed by port or address; of JA4 only what the captures' own notes call sound
  (parts b and c), the TLS version where it saw the server.
- Suricata: the checks of suricata-verify that say how many events hold a value; not those that none does, which are of its configuration.
- Zeek: the logs of its baselines, of HTTP a connection's first request, without the version, which is the answer's.
- JA4 project: its Rust program's snapshots. Arkime: sessions; of several values each may be the first.
- ipfixprobe, nfstream: their tables of flows; of ipfixprobe's JA4 parts b and c, as it counts GREASE among the extensions.
- PcapPlusPlus: JA3 and, where the ServerHello is of TLS 1.2 or older, JA3S.
- Second opinions are tools' output, not truth, and asked only where no source states the fact. tshark 4.0's JA4 was made out of its fields.
- Unsound: the truth is not, for the reason given below; or it is of a later request of an HTTP connection or a later query of a flow.
- Missing: nothing is told of the fact. Wrong: something else is.
- Names are compared in lower case; a host also without its port, a path also without its escapes, software also without its comment.
- SSH's version may be the one that is spoken or either banner's.
"""


def percent(share):
    return "–" if share is None else f"{share:.2%}"


def figures(score):
    counts = (score.cases, score.unsound, score.sound, score.right, score.wrong, score.missing)
    return " | ".join([*(f"{count:,}" for count in counts), percent(score.share)])


def table(first, rows, last=""):
    """Rows of (name, score, text of the last column)."""
    lines = [f"| {first} | cases | unsound | sound | right | wrong | missing | right of sound |{f' {last} |' if last else ''}",
             "|---|---:|---:|---:|---:|---:|---:|---:|" + ("---:|" if last else "")]
    return lines + [f"| {name} | {figures(score)} |{f' {text} |' if last else ''}" for name, score, text in rows] + [""]


def facts_of(cases, differences):
    of = scores(cases, differences, lambda case: case.fact)
    return [(fact, of[fact]) for fact in NAMES if fact in of]


def differences_of(cases, differences):
    lines = []
    by_class = defaultdict(lambda: defaultdict(list))
    for case in cases:
        name = differences.class_of(case) if case.outcome in ("wrong", "missing") else None
        if name and case.app in DECODED:
            expected, found = case.says()
            said = "" if case.outcome == "missing" else f" `{expected}`, found `{found}`"
            by_class[name][case.capture, case.connection].append(f"{NAMES[case.fact]} ({case.source}){said}")
    for name in CLASSES:
        if name in by_class:
            lines += [f"### {name}: {sum(map(len, by_class[name].values()))} cases", "",
                      CLASSES[name].why[0].upper() + CLASSES[name].why[1:] + ".", "", "| capture | connection | missing or wrong |",
                      "|---|---|---|"]
            lines += [f"| {capture} | {connection} | {'; '.join(facts)} |" for (capture, connection), facts in by_class[name].items()]
            lines.append("")
    return lines


def others_of(others):
    """What nDPI is sure of and Vedette has no name for: by protocol, how many flows, and what Vedette calls them."""
    lines = ["## Protocols that have no name here", "",
             "What nDPI is sure of that is not of the protocols asked for, and what Vedette says of these flows.", "",
             "| nDPI says | flows | Vedette says |", "|---|---:|---|"]
    of = defaultdict(lambda: defaultdict(int))
    for name, told in others:
        of[name.split(".")[0]][", ".join(sorted(told))] += 1
    for name, told in sorted(of.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        says = ", ".join(f"{app} ({count})" for app, count in sorted(told.items()) if app)
        lines.append(f"| {name} | {sum(told.values())} | {says or '–'} |")
    return lines


def summary(cases, differences):
    """Lines for the terminal."""
    rows = [(NAMES[fact], score) for fact, score in facts_of(cases, differences)]
    lines = [f"{'':28}{'cases':>7}{'unsound':>9}{'right':>7}{'wrong':>7}{'missing':>9}{'share':>9}"]
    return lines + [f"{name:28}{score.cases:7}{score.unsound:9}{score.right:7}{score.wrong:7}{score.missing:9}{percent(score.share):>9}"
                    for name, score in rows]


def printable(text):
    """Control characters as escapes: captures that were cut and mangled have them in names."""
    return "".join(one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode() for one in text)


def listed(case):
    expected, found = case.says()
    return "\t".join((case.outcome, case.capture, *written(case)[:3], f"expected {expected}", f"found {found}"))


def write(path, cases, opinions, others, captures, differences):
    judged = [case for case in cases if case.app in DECODED]
    waiting = [case for case in cases if case.app not in DECODED]
    lines = [HEAD, f"{captures:,} captures, {len(cases):,} cases, of which {len(judged):,} of protocols that have a decoder: "
             + ", ".join(app for app in LISTED if app in DECODED) + ".", "", "## Facts of the protocols that have a decoder", ""]
    lines += table("fact", [(NAMES[fact], score, f"{TARGETS[fact]:.1%}") for fact, score in facts_of(judged, differences)], "asked for")
    lines += table("source", [(source, score, "") for source, score in scores(judged, differences, lambda case: case.source).items()])
    if waiting:
        lines += [WAITING, ""]
        lines += table("fact", [(NAMES[fact], score, f"{TARGETS[fact]:.1%}") for fact, score in facts_of(waiting, differences)], "asked for")
    of_app = scores([case for case in cases if case.fact == "protocol"], differences, lambda case: case.app)
    lines += ["## Application protocols", ""]
    lines += table("protocol", [(app, of_app[app], "yes" if app in DECODED else "no") for app in LISTED if app in of_app], "decoder")
    of_opinion = scores(opinions, differences, lambda case: case.app)
    lines += ["ndpiReader 4.2 of the protocol, a second opinion that judges nothing, where no source states it:", ""]
    lines += table("protocol", [(app, of_opinion[app], "yes" if app in DECODED else "no") for app in LISTED if app in of_opinion], "decoder")
    waits = ", ".join(f"`{name}`" for name, one in CLASSES.items() if one.waits)
    lines += [NOTES, "## What is not right, and why", "",
              "A case of a protocol that has a decoder fails the test if it is neither right nor named in",
              "`tests/accuracy/handshake_differences.tsv`; so does a fact of which too few sound cases are right, those aside that wait for",
              f"what Vedette is still to learn ({waits}), or fewer than this report says.", ""]
    lines += differences_of(cases, differences) + others_of(others)
    with open(path, "w") as file:
        file.write(printable("\n".join(lines).rstrip("\n")) + "\n")
