"""Why a finding of medium severity or above stands in a capture that isn't labelled as an attack, and why a labelled attack
isn't found: finding_explanations.tsv and attacks_missed.tsv name them. A `*` in one of the columns stands for anything."""

import csv
import os

FOLDER = os.path.dirname(os.path.abspath(__file__))


class Explanations:
    def __init__(self, name):
        self.name = name
        self.used = set()
        with open(os.path.join(FOLDER, name), newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            self.columns = reader.fieldnames[:-1]
            self.lines = [(tuple(row[column] for column in self.columns), row[reader.fieldnames[-1]]) for row in reader]

    def of(self, *values):
        """The last column of the first line that the values match; None where there is none."""
        for columns, said in self.lines:
            if all(column in ("*", value) for column, value in zip(columns, values)):
                self.used.add(columns)
                return said
        return None

    def unused(self):
        """Lines that nothing matched: what they explain is no longer so."""
        return [(*columns, said) for columns, said in self.lines if columns not in self.used]
