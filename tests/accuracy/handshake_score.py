"""Judges scored handshakes against the targets, the known differences and what the last report says."""

import re
from collections import defaultdict
from dataclasses import dataclass

from handshake_differences import CLASSES
from handshake_facts import NAMES
from handshake_targets import DECODED, TARGETS

WAITING = "## Facts that wait for their decoders"  # the report's heading behind what is judged


@dataclass
class Score:
    cases: int = 0
    unsound: int = 0  # of a class whose truth isn't, or of a request behind the first
    right: int = 0
    wrong: int = 0
    missing: int = 0
    waiting: int = 0  # of those that are not right: for what Vedette is still to learn

    @property
    def sound(self):
        return self.cases - self.unsound

    @property
    def share(self):
        return self.right / self.sound if self.sound else None

    def add(self, outcome, name):
        self.cases += 1
        if outcome == "later" or (name and not CLASSES[name].sound):
            self.unsound += 1
            return
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.waiting += bool(name) and CLASSES[name].waits


def scores(cases, differences, group):
    """Score by group(case)."""
    of = defaultdict(Score)
    for case in cases:
        outcome = case.outcome
        of[group(case)].add(outcome, differences.class_of(case) if outcome in ("wrong", "missing") else None)
    return of


def unexplained(cases, differences):
    return [case for case in cases if case.app in DECODED and case.outcome in ("wrong", "missing") and not differences.class_of(case)]


def recorded(path):
    """Fact -> (cases, unsound, right) of the report that is there, of the protocols decoded."""
    try:
        with open(path) as file:
            text = file.read().split(WAITING)[0]
    except OSError:
        return {}
    names = {name: fact for fact, name in NAMES.items()}
    rows = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ", text, re.M)
    return {names[name]: tuple(int(number.replace(",", "")) for number in (cases, unsound, right))
            for name, cases, unsound, _, right in rows if name in names}


def failures(judged, last):
    """What falls below its target, and what below its last score over the same cases."""
    found = []
    for fact, score in judged.items():
        share = score.right / max(score.sound - score.waiting, 1)
        if score.sound and share < TARGETS[fact]:
            found.append(f"{NAMES[fact]}: {share:.2%} right, {TARGETS[fact]:.1%} is asked for")
        cases, unsound, right = last.get(fact, (0, 0, 0))
        if (cases, unsound) == (score.cases, score.unsound) and score.right < right:
            found.append(f"{NAMES[fact]}: {score.right} right, {right} when the report was written")
    return found
