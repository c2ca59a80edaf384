"""The cases that are known not to be right, and why: handshake_differences.tsv names them by class.

A `*` in one of its columns stands for anything.
"""

import csv
import os
from dataclasses import dataclass


@dataclass
class Class:
    why: str
    sound: bool  # the truth is, so that the case counts
    waits: bool = False  # for something that Vedette is still to learn: it counts, but fails no test


CLASSES = {
    "too_little": Class("the capture holds but a message or a piece of one that other protocols' bytes may look like: one of STUN without a"
                        " magic cookie, of Kafka's requests without a client's name, a greeting on SIP's port; the source goes by the"
                        " port", True, True),
    "fuzzed": Class("a fuzzer changed the capture's bytes, so that what is left contradicts the protocol; the source reads what it can",
                    False),
    "malformed": Class("the message contradicts its protocol (a name beyond 255 bytes, an SNMP message that ends before its request, a"
                       " response's version that is none); the source reads what it can", False),
    "not_it": Class("the source is mistaken: the bytes are not of the protocol (Arkime takes SIP's OPTIONS for HTTP's, and \"RSP/2.0 STUN\""
                    " for STUN)", False),
    "by_script": Class("not the capture's: a script of Zeek's test masks addresses, or hands made-up bytes to an analyzer", False),
    "interim": Class("nDPI gives the status of the interim response, Vedette that of the final one", False),
    "negotiated": Class("nDPI gives the version that the client tried first, Vedette the one to which the server's Version Negotiation led",
                        False),
    "inverse": Class("nDPI gives the answer that an inverse query holds for its name; the query names none", False),
    "glue": Class("Arkime lists the addresses of the additional section as answers", False),
    "one_banner": Class("the server's banner alone is in the capture; Arkime doesn't say which side's it gives", False),
    "damaged": Class("the hello's lengths contradict each other; the source computes a fingerprint of what it could read,"
                     " Vedette tells none", False),
    "empty_hash": Class("the hash of the empty string, which nDPI writes where JA4's text says zeros", False),
    "empty_algorithms": Class("a hello without signature algorithms: JA4's text ends its string without an underscore, Suricata hashes it"
                              " with one", False),
    "over_udp": Class("TLS within OpenVPN over UDP: Arkime's JA4 begins with q, which JA4's text keeps for QUIC", False),
    "alpn_bytes": Class("an ALPN of the bytes ba ad: JA4's text gives `bd`; FoxIO's programs give `99`, and `ed` comes of"
                        " tshark's replacement for what isn't UTF-8 (ef bf bd)", False),
    "outer_ends": Class("the source names the tunnel's outer ends, Vedette the inner ones", False),
    "later_request": Class("the source tells a request behind the connection's first", False),
    "cut_short": Class("the source holds but a part of the value", False),
    "client_only": Class("no ServerHello is in the capture; Suricata gives the version that the client's hello begins with", False),
    "offered": Class("nDPI gives the highest version that the client offers, Vedette the older one that the ServerHello chooses", False),
    "edited": Class("Arkime's path has capitals (\"Sheepskin\") where the capture's bytes have none", False),
    "one_connection": Class("Suricata tells a connection twice, as its own state of it ended between", False),
}
COLUMNS = ("source", "connection", "fact", "expected")


def written(case):
    """The case's columns but the capture; what is expected is cut short, and keeps to one line."""
    expected = " ".join(case.says()[0].split())
    return case.source, case.connection, case.fact, expected[:80]


class Differences:
    def __init__(self):
        self.of_capture = {}
        self.used = set()
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "handshake_differences.tsv"), newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                self.of_capture.setdefault(row["capture"], []).append((tuple(row[column] for column in COLUMNS), row["class"]))

    def class_of(self, case):
        for columns, name in self.of_capture.get(case.capture, []):
            if all(column in ("*", value) for column, value in zip(columns, written(case))):
                self.used.add((case.capture, columns))
                return name
        return None

    def unused(self):
        """Lines of which no case asked: what they explain is right by now."""
        return [(capture, *columns, name) for capture, lines in self.of_capture.items() for columns, name in lines
                if (capture, columns) not in self.used]
