#!/usr/bin/env python3
"""A policy switched again and again under full load: each packet gets the verdict of the policy before or of the one after, none
another, and none is lost.

policy_switched.py PROGRAMS SEND_FRAMES MODE [SWITCHES]     (xdp-native, xdp-generic or tc; 1000 times)

All the policies drop one half of the sources and let the other pass, each by other means: whichever of them a packet meets, its fate
is the same. A moment in which half of one were in force would show as a packet of the first half that passed.
"""

import json
import sys

from comparison import unequal, verdict
from nothing_uncounted import losses_of
from sensor import Sensor, SocketConnection
from two_hosts import WIRE, TwoHosts, main

FLOWS, PACKETS = 1000, 500_000  # of a run of the sender
SPREAD = 2654435761  # of made_frames.bpf.c, whose flows come from 10.0.0.0/8
UPPER = sum(flow * SPREAD & 0x800000 != 0 for flow in range(FLOWS))
MANY = "".join(f"- {{name: other-{port}, match: {{protocol: tcp, destination_port: {port}}}, verdict: drop}}\n" for port in range(1, 1000))
POLICIES = (
    "version: 1\nrules: [{name: upper, match: {source: 10.128.0.0/9}, verdict: drop}]\n",
    "version: 1\nblock: [10.128.0.0/9]\n",
    "version: 1\nblock: [10.128.0.0/10]\nrules: [{name: quarter, match: {source: 10.192.0.0/10}, verdict: drop}]\n",
    f"version: 1\nrules:\n{MANY}- {{name: upper, match: {{source: 10.128.0.0/9, protocol: udp}}, verdict: drop}}\n",
)


def put(sensor, policy):
    connection = SocketConnection(sensor.socket)
    connection.request("PUT", "/v1/policy?force=true", policy)  # the resolver of this host may be in 10.0.0.0/8
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"a policy was refused: {said}")


def switch_under_load(hosts, sensor, send_frames, switches):
    """How many packets were sent while the policy was switched so often; nothing where this kernel has no such sender."""
    def start():
        return hosts.sender.start(send_frames, WIRE, hosts.sensed.mac(), str(PACKETS), str(FLOWS), stdout=-1, text=True)

    def sent_by(sender):
        said = sender.communicate()[0]
        if said.startswith("not applicable"):
            print(said)
            sys.exit(77)
        return json.loads(said)["packets"]

    put(sensor, POLICIES[0])
    sent, sender = 0, start()
    for switch in range(1, switches + 1):
        put(sensor, POLICIES[switch % len(POLICIES)])
        if sender.poll() is not None:
            sent += sent_by(sender)
            sender = start()
    return sent + sent_by(sender)


def run(programs, send_frames, mode, switches="1000"):
    with TwoHosts() as hosts:
        hosts.sensed.offload(gro="on")  # a veth device without an XDP program of its driver's takes live frames so alone
        with Sensor(hosts.sensed, programs, mode, "--no-egress") as sensor:
            sent = switch_under_load(hosts, sensor, send_frames, int(switches))
            stats = sensor.settled(lambda stats: stats["in"]["packets"] + sum(losses_of(stats).values()) >= sent)
            passed = [flow["src_ip"] for flow in sensor.tell("flows") if int(flow["src_ip"].split(".")[1]) >= 128]
    counts, lost = stats["in"], sum(losses_of(stats).values())
    dropped = counts["blocked_packets"] + counts["rule_dropped_packets"]
    print(f"{mode}: {switches} switches, {sent} packets: {counts['blocked_packets']} dropped by list, "
          f"{counts['rule_dropped_packets']} by rule")
    wrong = unequal("seen and lost", counts["packets"] + lost, sent)
    wrong += unequal("sources that are always dropped, and passed", passed, [])
    # What a busy interface lost before any program saw it is of either half.
    if not sent // FLOWS * UPPER - lost <= dropped <= sent // FLOWS * UPPER:
        wrong.append(f"dropped {dropped} of {sent // FLOWS * UPPER}, {lost} lost")
    if not (counts["blocked_packets"] and counts["rule_dropped_packets"]):
        wrong.append("one of the means dropped nothing, so that no switch between them was seen")
    return verdict([f"{mode}: {line}" for line in wrong])


if __name__ == "__main__":
    sys.exit(main(__doc__, ("ethtool",), run))
