"""What one source states of a capture's handshakes (Truth), and how that meets what was told (Case)."""

from dataclasses import dataclass, field

from expected_flows import canonical
from handshake_facts import normal


def both_ends(src, src_port, dst, dst_port):
    return tuple(sorted([(canonical(src), int(src_port)), (canonical(dst), int(dst_port))]))


def written(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@dataclass
class Truth:
    source: str
    captures: list  # one of them holds it
    app: str  # the protocol it is of; "" = one that Vedette has no name for
    facts: dict = field(default_factory=dict)  # fact -> the value, or a tuple of values of which each would be right
    ends: tuple = None  # both ends as (address, port), in order; None = the source doesn't name the flow
    addresses: tuple = ()  # where ends is None: what it does name
    ports: tuple = ()
    count: int = 1  # so many handshakes say it (of the protocol: so many flows)
    first: bool = True  # False: it may be of a request behind a connection's first
    name: str = ""  # where app is "": the source's own name of the protocol

    def __post_init__(self):
        facts = {}
        for fact, values in self.facts.items():
            values = values if isinstance(values, tuple) else (values,)
            values = tuple(dict.fromkeys(normal(fact, value) for value in values if value not in (None, "")))
            if values:
                facts[fact] = values
        self.facts = facts

    @property
    def connection(self):
        if self.ends:
            return "-".join(written(*end) for end in self.ends)
        return " ".join([*self.addresses, *(f"port {port}" for port in self.ports)]) or "any"

    def holds(self, ends):
        if self.ends:
            return ends == self.ends
        return (all(address in (ends[0][0], ends[1][0]) for address in self.addresses)
                and all(port in (ends[0][1], ends[1][1]) for port in self.ports))


@dataclass
class Case:
    truth: Truth
    capture: str
    fact: str
    found: list  # a set of values for each handshake that states the fact (of the protocol: for each flow)

    @property
    def source(self):
        return self.truth.source

    @property
    def app(self):
        return self.truth.app

    @property
    def connection(self):
        return self.truth.connection

    @property
    def expected(self):
        return self.truth.facts[self.fact]

    @property
    def outcome(self):
        """right, wrong or missing; `later` = of a request behind the first, of which Vedette needn't tell."""
        hits = sum(any(value in values for value in self.expected) for values in self.found)
        if hits >= self.truth.count:
            return "right"
        if self.found and not self.truth.first:
            return "later"
        return "wrong" if self.found and not hits and self.truth.ends else "missing"

    def says(self):
        found = sorted({value for values in self.found for value in values})
        return " or ".join(self.expected) + (f", {self.truth.count} times" if self.truth.count > 1 else ""), ", ".join(found[:4])


def rows_of(truth, told):
    """The capture that holds it, and the facts of the handshakes that it speaks of, flow by flow."""
    if truth.ends:
        capture = next((path for path in truth.captures if truth.ends in told.get(path, {})), truth.captures[0])
        rows = told.get(capture, {}).get(truth.ends)
        return capture, [rows] if rows else []
    for capture in truth.captures:
        flows = [rows for ends, rows in told.get(capture, {}).items() if truth.holds(ends)]
        if flows:
            return capture, flows
    return truth.captures[0], []


def cases_of(truth, told):
    capture, flows = rows_of(truth, told)
    for fact in truth.facts:
        if fact == "protocol":
            found = [set().union(*(row["protocol"] for row in rows)) for rows in flows]
        else:
            found = [row[fact] for rows in flows for row in rows if fact in row]
        yield Case(truth, capture, fact, found)
