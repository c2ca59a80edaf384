"""Which captures there are, and which files say what is in them: the captures' MANIFEST.tsv."""

import csv
import os


def manifest(captures):
    with open(os.path.join(captures, "MANIFEST.tsv"), newline="") as file:
        return [row["path"] for row in csv.DictReader(file, delimiter="\t") if os.path.exists(os.path.join(captures, row["path"]))]


def captures_by_truth(captures):
    """File that states something -> captures that it is of. The manifest shortens a long list: "(+3 more)"."""
    of = {}
    with open(os.path.join(captures, "MANIFEST.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            for truth in filter(None, (row["truth"] or "").split(",")):
                of.setdefault(truth, []).append(row["path"])
    return of
