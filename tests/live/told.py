"""What the sensor tells of a run, in the words of truth.py: one-way flows out of `vedette flows`, counters out of its statistics."""

import threading
from collections import Counter, defaultdict

from truth import canonical

# IANA's protocol numbers of the names that the contract uses and the tests send.
PROTOCOLS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "icmpv6": 58, "sctp": 132}
COUNTS = ("packets", "bytes", "reply_packets", "reply_bytes")


def tunnel_of(row):
    tunnel = row.get("tunnel")
    return (tunnel["type"], tunnel.get("id", 0)) if tunnel else ()


def one_way_keys(row):
    """The flow's two directions as truth.py names them: the initiator's, the responder's."""
    ends = [(canonical(row[f"{end}_ip"]), row.get(f"{end}_port", 0)) for end in ("src", "dst")]
    head = (tuple(row.get("vlan", ())), tunnel_of(row), PROTOCOLS[row["protocol"]])
    return head + ends[0] + ends[1], head + ends[1] + ends[0]


class FlowKeeper:
    """Asks for the flows again and again, since one that closed is gone after five seconds: keeps the last word of each.

    with FlowKeeper(sensor) as keeper: … ; keeper.rows()"""

    def __init__(self, sensor):
        self.sensor = sensor
        self.latest = {}  # by the pair of directions: the last row
        self.ended = []   # rows whose 5-tuple has begun anew since
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._ask_again)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def _ask_again(self):
        while not self.stopping.wait(1):
            self._take(self.sensor.tell("flows"))

    def _take(self, rows):
        for row in rows:
            pair = frozenset(one_way_keys(row))
            before = self.latest.get(pair)
            if before and sum(row[name] for name in COUNTS) < sum(before[name] for name in COUNTS):
                self.ended.append(before)
            self.latest[pair] = row

    def rows(self):
        """Asks a last time, and gives the last word of each flow."""
        self.__exit__()
        self._take(self.sensor.tell("flows"))
        return self.ended + list(self.latest.values())


def one_way_flows(rows):
    """Packets and bytes of each direction of the flows."""
    flows = defaultdict(Counter)
    for row in rows:
        there, back = one_way_keys(row)
        flows[there].update(packets=row["packets"], bytes=row["bytes"])
        flows[back].update(packets=row["reply_packets"], bytes=row["reply_bytes"])
    return {key: counts for key, counts in flows.items() if counts["packets"]}


def tunnel_ends(rows):
    """The tunnel's ends that each flow in one tells, as its initiator sees them, beside both its directions."""
    return [(*one_way_keys(row), tuple(canonical(row["tunnel"][end]) if end in row["tunnel"] else None for end in ("src_ip", "dst_ip")))
            for row in rows if "tunnel" in row]


def protocols(stats, way):
    """The statistics' packets and bytes by (protocol number, IP version) of one direction."""
    return {(PROTOCOLS[row["protocol"]], row["ip_version"]): {name: row[name] for name in ("packets", "bytes")}
            for row in stats["protocols"] if row["direction"] == way}
