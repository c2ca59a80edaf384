"""What was told beside what is true: each gives the differences as lines."""

from collections import Counter, defaultdict

LINES_SHOWN = 40


def differences(title, told, truth):
    """Lines for what is in one and not, or otherwise, in the other."""
    return [f"{title} {key}: told {dict(told.get(key, {}))}, sent {dict(truth.get(key, {}))}"
            for key in sorted(set(told) | set(truth), key=str) if told.get(key) != truth.get(key)]


def together(*parts):
    """Sums by key."""
    sums = defaultdict(Counter)
    for part in parts:
        for key, counts in part.items():
            sums[key].update(counts)
    return sums


def unequal(title, told, truth):
    return [] if told == truth else [f"{title}: told {told}, sent {truth}"]


def verdict(wrong):
    """Prints what is wrong, and gives the exit status."""
    for line in wrong[:LINES_SHOWN]:
        print(line)
    if len(wrong) > LINES_SHOWN:
        print(f"and {len(wrong) - LINES_SHOWN} more")
    return 1 if wrong else 0


class Checks:
    """checks(title, ((what, found, expected), …)) says what is not as expected; `wrong` counts it."""

    def __init__(self):
        self.wrong = 0

    def __call__(self, title, steps):
        for what, found, expected in steps:
            if found != expected:
                print(f"{title}: {what}: {found}, expected {expected}")
                self.wrong += 1
