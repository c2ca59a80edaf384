#!/usr/bin/env python3
"""Packets and bytes as a wire would have them, where the stack handles many as one frame (TSO, GSO, GRO) and VLAN tags stand beside
the frame: TCP in bulk over every network, both ways, with all offloads on.

super_frames.py PROGRAMS_FOLDER WIRE_PORTS_OBJECT MODE

The truth is a capture that asks the kernel for each frame's segment size, and TCP's own count of the segments that it sent. On
tc all is held to it. XDP sees the bytes alone, which is a limit that README.md states: a tag beside the frame is not
told; native XDP gets no super-frames from veth, generic XDP counts one as one packet. 0: all equal; 1: not; 77: the machine lacks
something.
"""

import json
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack

from comparison import differences, together, unequal, verdict
from sensor import Sensor
from told import FlowKeeper, one_way_flows, one_way_keys, protocols
from traffic import FIRST_IPERF, bulk, start_services
from truth import Capture, as_xdp_sees, dissect, on_the_wire, vlan_ids, vlan_ids_that_xdp_sees
from two_hosts import WIRE, TwoHosts, main
from wire_ports import NETWORKS, add_networks

PROGRAMS = ("iperf3", "nc", "ping", "tshark", "tc", "ethtool", "ss", "sysctl")
AMOUNT = 4096  # kilobytes each way over each network; a block of iperf3's finds room in a veth queue
ATTEMPTS = 3
JUMBO_MTU = "8000"  # bytes: several buffers a frame in native XDP


def transfer(hosts):
    for place, network in enumerate(NETWORKS):
        for address in network.addresses(2):
            for options in ((), ("-R",)):
                bulk(hosts.sender, address, FIRST_IPERF + place, AMOUNT, *options)


def dropped(host):
    """Frames that the kernel dropped at any of the host's interfaces: those that found a queue full."""
    links = json.loads(host.run("ip", "-s", "-j", "link"))
    return sum(link["stats64"][way]["dropped"] for link in links for way in ("rx", "tx"))


def segments_sent(host):
    """How many TCP says it sent, at least and at most: it counts those sent again apart, a SYN-ACK sent again in both."""
    once = host.protocol_counter("Tcp", "OutSegs")
    return once, once + host.protocol_counter("Tcp", "RetransSegs")


def compare(mode, stats, rows, frames, segments):
    xdp = mode.startswith("xdp")
    ways = {"in": (as_xdp_sees, vlan_ids_that_xdp_sees) if xdp else (on_the_wire, vlan_ids), "out": (on_the_wire, vlan_ids)}
    truths = {way: dissect(frames[way], *how) for way, how in ways.items()}
    wrong = []
    for way, truth in truths.items():
        wrong += unequal(way, [stats[way]["packets"], stats[way]["bytes"]], [truth.packets, truth.bytes])
        sent = sum(count["packets"] for (protocol, _), count in protocols(stats, way).items() if protocol == 6)
        least, most = segments[way]
        if not least <= sent <= most and (mode != "xdp-generic" or way == "out"):
            wrong.append(f"{way}: told {sent} TCP packets, TCP itself counts {least} to {most}")
    wrong += differences("flow", one_way_flows(rows), together(*(truth.flows for truth in truths.values())))
    longest = Counter()
    for truth in truths.values():
        longest |= truth.longest
    for row in rows:
        keys = one_way_keys(row)
        wrong += unequal(f"longest packet of {keys[0]}", row["max_length"], max(longest[key] for key in keys))
    merged = {way: sum(frame["segment_size"] > 0 for frame in frames[way]) for way in frames}
    beside = sum(frame["tags_beside"] for frame in frames["in"])
    print(f"{mode}: {truths['in'].packets} packets came, {truths['out'].packets} left; super-frames {merged}, {beside} tags beside frames")
    # Else nothing of what this test is about was there.
    there = {"super-frames left": merged["out"], "super-frames came": mode == "xdp-native" or merged["in"],
             "tags stood beside frames that came": mode == "xdp-generic" or beside}
    return wrong + [f"not true: {what}" for what, count in there.items() if not count]


def attempt(programs, ports, mode):
    """What is wrong, as lines; nothing where the wire itself lost packets, so that what the sender's end saw is not what came."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vedette-live-"))
        hosts = stack.enter_context(TwoHosts())
        for host in (hosts.sender, hosts.sensed):
            host.ip("link", "set", WIRE, "mtu", JUMBO_MTU)
        if mode == "xdp-generic":
            # Where generic XDP has to copy a frame, the kernel loses the tag beside it (skb_pp_cow_data() in Linux 6.18).
            hosts.sender.offload(**{"txvlan": "off", "tx-vlan-stag-hw-insert": "off"})
        sensor = stack.enter_context(Sensor(hosts.sensed, programs, mode))
        there = stack.enter_context(Capture(hosts.sender, folder))
        here = stack.enter_context(Capture(hosts.sensed, folder))
        keeper = stack.enter_context(FlowKeeper(sensor))
        add_networks(hosts, ports)
        start_services(hosts)
        transfer(hosts)
        for host in (hosts.sensed, hosts.sender):
            host.silence()
        stats = sensor.settled()
        rows = keeper.rows()
        for capture in (there, here):
            capture.end()
        # Behind XDP the sensed host merges packets and takes tags out before a packet socket sees them.
        xdp = mode.startswith("xdp")
        if dropped(hosts.sender) + dropped(hosts.sensed):
            return None
        segments = {"in": segments_sent(hosts.sender), "out": segments_sent(hosts.sensed)}
        frames = {"in": there.frames("out") if xdp else here.frames("in"), "out": here.frames("out")}
        return compare(mode, stats, rows, frames, segments)


def run(programs, ports, mode):
    for _ in range(ATTEMPTS):
        wrong = attempt(programs, ports, mode)
        if wrong is not None:
            return verdict(wrong)
        print("the wire lost packets: once more")
    return verdict(["the wire lost packets each time"])


if __name__ == "__main__":
    sys.exit(main(__doc__, PROGRAMS, run))
