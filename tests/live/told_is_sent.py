#!/usr/bin/env python3
"""What was sent is what is told, to the packet and the byte: real programs talk through a sensor's interface, plain, in VLANs and
in tunnels, and every flow, counter and watched packet is compared with captures on both ends of the wire.

told_is_sent.py PROGRAMS_FOLDER WIRE_PORTS_OBJECT MODE

Segmentation and VLAN offloads are off, so that the wire's frames are packets. What passed the sensed host's end of the wire must be told
flow by flow; what the sender's end saw beyond that, both ends' kernels must have counted as dropped. 0: all equal; 1: not; 77: the
machine lacks something (the reason is printed).
"""

import sys
import tempfile
from collections import Counter
from contextlib import ExitStack

from comparison import differences, together, unequal, verdict
from sensor import Sensor
from told import FlowKeeper, one_way_flows, protocols, tunnel_ends
from traffic import PROGRAMS, start_services, visit_all
from truth import Capture, dissect
from two_hosts import TwoHosts, main
from watched import Watch, compare_watch
from wire_ports import add_networks

ETHERNET_BYTES = 14
# What the sensor lost of the stack's own drops, which come after it has told the packet.
OF_DROPS_BEHIND = ("drop_table_full", "drop_missed")
FRAMES_AS_PACKETS = {"tso": "off", "gso": "off", "gro": "off", "txvlan": "off", "tx-vlan-stag-hw-insert": "off"}


def compare_counters(stats, truths, lost):
    """`lost`: by reason, what the sensor is to tell of losses before its programs."""
    wrong = []
    for way, truth in truths.items():
        counts = stats[way]
        wrong += unequal(way, {name: counts[name] for name in ("packets", "bytes", "not_ip_packets", "lost_packets")},
                         {"packets": truth.packets, "bytes": truth.bytes, "not_ip_packets": truth.not_ip, "lost_packets": 0})
        accounted = counts["flow_packets"] + counts["not_ip_packets"] + counts["lost_packets"]
        wrong += unequal(f"{way}, in flows, not IP and lost", accounted, truth.packets)
    for way, truth in truths.items():
        wrong += differences(f"{way}, protocol", protocols(stats, way), truth.protocols)
    wrong += unequal("malformed", +Counter(stats["malformed"]), sum((truth.malformed for truth in truths.values()), Counter()))
    told = {loss["reason"]: loss["packets"] for loss in stats["losses"]
            if loss.get("packets") and loss["reason"] not in OF_DROPS_BEHIND}
    wrong += unequal("losses", told, lost)
    return wrong + unequal("fragments of unknown flows", stats["fragments_unknown"],
                           sum(truth.lone_fragments for truth in truths.values()))


def compare_ends(hosts, mode, truths, ends):
    """Both ends of the wire: what one saw and the other did not, the kernel dropped between them, and says so."""
    counters = hosts.sender.interface_counters()
    wrong = []
    for whom, passed, arrived, way in (("sensed host", ends["in"], truths["in"], "tx"), ("sender", truths["out"], ends["out"], "rx")):
        # The kernel also counts there what it drops before a packet socket sees it.
        if not 0 <= passed.packets - arrived.packets <= counters[way]["dropped"]:
            wrong.append(f"on their way to the {whom} {passed.packets - arrived.packets} packets were lost, "
                         f"and {counters[way]['dropped']} dropped")
    # What runs through native XDP, veth counts without its Ethernet header.
    uncounted = ETHERNET_BYTES if mode == "xdp-native" else 0
    wrong += unequal("the sender's interface", [counters["tx"]["packets"], counters["tx"]["bytes"]],
                     [truths["in"].packets, truths["in"].bytes - uncounted * truths["in"].packets])
    if mode == "xdp-native":
        seen = sum(count for name, count in hosts.sensed.driver_counters().items()
                   if name.startswith("rx_queue_") and name.endswith("_xdp_packets"))
        wrong += unequal("packets that ran through XDP", seen, truths["in"].packets)
    # Unjoined, as a later fragment's flow is another one where its first fragment was lost.
    for way, (less, more) in {"in": (truths, ends), "out": (ends, truths)}.items():
        wrong += [f"{way}: of {key} came out {dict(counts)}, went in {dict(more[way].unjoined.get(key, {}))}"
                  for key, counts in less[way].unjoined.items() if not counts <= more[way].unjoined.get(key, Counter())]
    return wrong


def compare_tunnels(rows, truths):
    """A flow in several tunnels of one type and id tells the ends of its first packet's."""
    wrong = []
    for there, back, ends in tunnel_ends(rows):
        true = set()
        for truth in truths.values():
            true |= truth.tunnel_ends.get(there, set()) | {pair[::-1] for pair in truth.tunnel_ends.get(back, set())}
        if ends not in true:
            wrong.append(f"tunnel of {there}: told {ends}, sent {true}")
    return wrong


def run(programs, ports, mode):
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vedette-live-"))
        hosts = stack.enter_context(TwoHosts())
        for host in (hosts.sender, hosts.sensed):
            host.offload(**FRAMES_AS_PACKETS)
        sensor = stack.enter_context(Sensor(hosts.sensed, programs, mode))
        there = stack.enter_context(Capture(hosts.sender, folder))
        here = stack.enter_context(Capture(hosts.sensed, folder))
        watch = stack.enter_context(Watch(sensor, hosts.sender, folder))
        keeper = stack.enter_context(FlowKeeper(sensor))

        add_networks(hosts, ports)
        start_services(hosts)
        visit_all(hosts)
        for host in (hosts.sensed, hosts.sender):
            host.silence()
        stats = sensor.settled()
        rows = keeper.rows()
        watched = watch.end()
        for capture in (there, here):
            capture.end()

        frames = {way: here.frames(way) for way in ("in", "out")}
        truths = {way: dissect(those) for way, those in frames.items()}
        ends = {"in": dissect(there.frames("out")), "out": dissect(there.frames("in"))}
        dropped = ends["in"].packets - truths["in"].packets
        # Where veth feeds native XDP, the sender's own queue is what overflows.
        lost = {"interface_dropped": dropped} if dropped and mode != "xdp-native" else {}
        wrong = compare_counters(stats, truths, lost) + compare_ends(hosts, mode, truths, ends)
        wrong += differences("flow", one_way_flows(rows), together(*(truth.flows for truth in truths.values())))
        wrong += compare_tunnels(rows, truths)
        wrong += compare_watch(*watched, frames)
    print(f"{mode}: {truths['in'].packets} packets came, {dropped} lost before, and {truths['out'].packets} left in {len(rows)} flows")
    return verdict(wrong)


if __name__ == "__main__":
    sys.exit(main(__doc__, PROGRAMS, run))
