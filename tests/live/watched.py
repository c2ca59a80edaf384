"""`vedette watch` over a whole run: the fields of each packet that it told beside tshark's of the same packets."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

from told import PROTOCOLS
from truth import canonical, cuts_tcp_header, flow_header, ip_layers, outer_addresses, protocol_numbers, tunnel_of, vlan_ids
from two_hosts import WIRE

# A frame of no protocol (IEEE 802's local experimental EtherType), by which a watch is known to have begun.
MARKER = ("import socket; sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); "
          f"sock.bind(('{WIRE}', 0)); sock.send(bytes(12) + bytes([0x88, 0xb5]) + bytes(46))")
CLOCKS_APART = 1  # seconds that the sensor's clock may be off: far less than a clock of another origin
TCP_FLAGS = "FSRPAUEC"  # bit 0 first (RFC 9293)


class Watch:
    """with Watch(sensor, hosts.sender, folder) as watch: … ; watch.end() gives the packets and how many were lost."""

    def __init__(self, sensor, sender, folder):
        self.sensor = sensor
        self.sender = sender
        self.path = os.path.join(folder, "watch.json")

    def __enter__(self):
        with open(self.path, "w") as output:
            self.process = subprocess.Popen([self.sensor.vedette, "watch", "--format", "json"], stdout=output,
                                            stderr=subprocess.PIPE, text=True,
                                            env=dict(os.environ, VEDETTE_SOCKET=self.sensor.socket))
        deadline = time.monotonic() + 30
        while os.path.getsize(self.path) == 0:
            if time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("the watch told nothing")
            self.sender.run(sys.executable, "-c", MARKER)
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        said = self.process.stderr.read()
        self.process.wait()
        with open(self.path) as file:
            return [json.loads(line) for line in file], int(re.search(r"(\d+) lost", said).group(1))


def as_told(packet):
    """A told packet's facts, comparable with expected_packet()'s."""
    facts = {name: packet.get(name) for name in ("direction", "length", "ip_version", "ttl", "dscp", "fragment", "src_port",
                                                 "dst_port", "tcp_flags", "tcp_seq", "tcp_ack", "tcp_window", "icmp_type",
                                                 "icmp_code", "interface")}
    tunnel = packet.get("tunnel", {})
    return tuple(sorted({**facts, "src": canonical(packet["src_ip"]), "dst": canonical(packet["dst_ip"]),
                         "protocol": PROTOCOLS[packet["protocol"]], "vlan": tuple(packet.get("vlan", ())),
                         "tunnel": tuple(tunnel.get(name) for name in ("type", "id", "src_ip", "dst_ip"))}.items(),
                        key=lambda fact: fact[0]))


def number(frame, name, at=0):
    return int(frame[name][at], 0) if name in frame else None


def fragment_kind(frame, header, at):
    if header.first_fragment:
        return "first"
    if not header.later_fragment:
        return None
    more = frame["ip.flags.mf"][at] if header.version == 4 else frame["ipv6.fraghdr.more"][0]
    return "middle" if more in ("1", "True", "Set", "Yes") else "last"


def flags_text(bits):
    return "".join(letter for bit, letter in enumerate(TCP_FLAGS) if bits >> bit & 1)


def transport_facts(frame, header):
    """Of what stands in the packet itself, so not of a later fragment."""
    facts = dict.fromkeys(("src_port", "dst_port", "tcp_flags", "tcp_seq", "tcp_ack", "tcp_window", "icmp_type", "icmp_code"))
    if header.later_fragment:
        return facts
    if header.protocol in (6, 17, 132):
        facts["src_port"], facts["dst_port"] = header.ports
    if header.protocol == 6 and not cuts_tcp_header(frame, header):
        facts.update(tcp_flags=flags_text(number(frame, "tcp.flags")), tcp_seq=number(frame, "tcp.seq_raw"),
                     tcp_ack=number(frame, "tcp.ack_raw"), tcp_window=number(frame, "tcp.window_size_value"))
    for protocol, name in ((1, "icmp"), (58, "icmpv6")):
        if header.protocol == protocol:
            facts.update(icmp_type=number(frame, f"{name}.type"), icmp_code=number(frame, f"{name}.code"))
    return facts


def expected_packet(frame, way, header, depth):
    layers = [layer for _, layer in ip_layers(frame, depth)]
    at = layers.count(layers[-1]) - 1
    ttl, dscp = ("ip.ttl", "ip.dsfield.dscp") if header.version == 4 else ("ipv6.hlim", "ipv6.tclass.dscp")
    tunnel = tunnel_of(frame, depth)
    known = tunnel and (tunnel[0], tunnel[1] if tunnel[0] == "vxlan" or tunnel[1] else None, *outer_addresses(frame, depth))
    return tuple(sorted({"direction": way, "length": int(frame["frame.len"][0]), "ip_version": header.version,
                         "ttl": number(frame, ttl, at), "dscp": number(frame, dscp, at), "interface": WIRE,
                         "fragment": fragment_kind(frame, header, at), "src": canonical(header.src),
                         "dst": canonical(header.dst), "protocol": header.protocol, "vlan": vlan_ids(frame),
                         "tunnel": known or (None,) * 4, **transport_facts(frame, header)}.items(), key=lambda fact: fact[0]))


def compare_watch(packets, lost, frames_by_way):
    """What differs, as lines. TCP data on its way out is left out: the stack hands it over in frames of several packets."""
    told, sent, numbers = Counter(), Counter(), protocol_numbers()
    for packet in packets:
        bulk = packet["direction"] == "out" and packet.get("protocol") == "tcp" and packet.get("payload_length")
        if "ip_version" in packet and not bulk:
            told[as_told(packet)] += 1
    for way, frames in frames_by_way.items():
        for frame in frames:
            header, depth = flow_header(frame, numbers)
            bulk = way == "out" and header and header.protocol == 6 and number(frame, "tcp.len", -1)
            if header and not bulk:
                sent[expected_packet(frame, way, header, depth)] += 1
    times = [float(frame["frame.time_epoch"][0]) for frames in frames_by_way.values() for frame in frames]
    begin, end = min(times) - CLOCKS_APART, max(times) + CLOCKS_APART
    strayed = [packet for packet in packets if not begin <= packet["time_ns"] / 1e9 <= end]
    invented, missing = told - sent, sent - told
    wrong = [f"watch told a time outside the run: {packet}" for packet in strayed]
    wrong += [f"watch told what was not sent: {dict(packet)}" for packet in invented]
    if missing.total() > lost:
        wrong += [f"watch did not tell: {dict(packet)}" for packet in missing]
    print(f"watch: {told.total()} packets compared, {lost} lost")
    return wrong
