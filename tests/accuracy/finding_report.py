"""Writes docs/accuracy-findings.md: which labelled attacks are found, and what is raised where nothing is labelled."""

from collections import Counter, defaultdict

SEVERITIES = ("info", "low", "medium", "high", "critical")

HEAD = """# Findings beside the labels of captures

Written by `tests/accuracy/findings_vs_labels.py` (`ctest -L accuracy`): what `vedette read --show findings` raises over captures
that others have labelled as attacks, and over all others, which nobody has.
"""

NOTES = """
- An attack is found where a finding of one of the kinds that its label means is raised, of severity low or above.
- Over the other captures each finding of severity medium and above is listed, with the reason why it stands. Nobody has labelled these
  captures as free of attacks: many are there to try a parser with what attackers send.
- nDPI's risks are an opinion of one flow, and judge nothing.
"""


def cell(text):
    return text.replace("|", "\\|")


def said_of(findings):
    """Kinds raised, each with its highest severity and how often."""
    of_kind = defaultdict(list)
    for one in findings:
        of_kind[one["kind"], one["detector"]].append(SEVERITIES.index(one["severity"]))
    return ", ".join(f"{kind}{'' if detector == kind else f' ({detector})'}, {SEVERITIES[max(of)]}{f' ×{len(of)}' if len(of) > 1 else ''}"
                     for (kind, detector), of in sorted(of_kind.items()))


def labels_of(found):
    lines = ["| capture | says | expected | found |", "|---|---|---|---|"]
    for label, findings, why in found.labels:
        says = said_of(findings) or f"**no**: {why}"
        lines.append(f"| {label.capture} | {cell(label.says)}{'' if label.source == 'label' else f' ({label.source})'} | "
                     f"{' or '.join(sorted(label.kinds))} | {cell(says)} |")
    return lines


def totals_of(found):
    of = Counter((one["kind"], one["severity"]) for _, one in found.others)
    captures = defaultdict(set)
    for path, one in found.others:
        captures[one["kind"]].add(path)
    lines = ["| kind | captures | " + " | ".join(SEVERITIES) + " |", "|---|---:|" + "---:|" * len(SEVERITIES)]
    for kind in sorted(captures):
        lines.append(f"| {kind} | {len(captures[kind])} | " + " | ".join(str(of[kind, severity] or "") for severity in SEVERITIES) + " |")
    return lines


def listed_of(rows):
    lines = ["| capture | severity | finding | why it stands |", "|---|---|---|---|"]
    return lines + [f"| {path} | {one['severity']} | {cell(one['kind'])} ({one['detector']}): {cell(one['why'])} | {cell(why or '')} |"
                    for path, one, why in rows]


def medium_of(rows):
    lines = ["| capture | finding | why it stands |", "|---|---|---|"]
    return lines + [f"| {path} | {one['kind']} ({one['detector']}): {cell(one['why'])} | {cell(why or '**unexplained**')} |"
                    for path, one, why in rows]


def opinions_of(found):
    asked, agreed, kinds = Counter(), Counter(), {}
    for label, raised in found.opinions:
        asked[label.says] += 1
        agreed[label.says] += raised
        kinds[label.says] = " or ".join(sorted(label.kinds))
    lines = ["| nDPI says | kind | flows | raised |", "|---|---|---:|---:|"]
    return lines + [f"| {says} | {kinds[says]} | {count} | {agreed[says]} |" for says, count in asked.most_common()]


def attacks(found):
    return f"{sum(bool(findings) for _, findings, _ in found.labels)} of {len(found.labels)} labelled attacks found"


def summary(found):
    """Lines for the terminal."""
    of = Counter(one["severity"] for _, one in found.others)
    unexplained = sum(why is None for _, _, why in found.medium)
    return [attacks(found),
            "over captures without a label: " + ", ".join(f"{of[severity]} {severity}" for severity in SEVERITIES),
            f"of severity medium unexplained: {unexplained}"]


def write(path, found):
    lines = [HEAD, f"{found.read:,} captures were read; {found.unreadable} are of no format that can be. {attacks(found)}.", NOTES,
             "## Labelled attacks", "", *labels_of(found), "", "## All other captures: findings by kind and severity", "",
             *totals_of(found), "", "## Findings of severity high or critical that no label expects", ""]
    lines += listed_of(found.grave) if found.grave else ["None."]
    lines += ["", "## Findings of severity medium in captures without a label", "", *medium_of(found.medium), "", "## nDPI's opinions", "",
              *opinions_of(found), ""]
    with open(path, "w") as file:
        file.write("\n".join(lines))
