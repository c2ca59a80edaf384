"""The snapshots of FoxIO's Rust program for JA4: a block a stream, flat fields."""

import os
import re

from handshake_case import Truth, both_ends
from stated_captures import manifest

APPS = {"t": "tls", "q": "quic", "d": "dtls"}


def ja4_project(captures):
    folder = os.path.join(captures, "ja4/rust/ja4/src/snapshots")
    paths = sorted(manifest(captures), key=lambda path: not path.startswith("ja4/"))
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        capture = re.fullmatch(r"ja4__insta@(.+)\.snap", name)
        found = [path for path in paths if capture and os.path.basename(path) == capture[1]]
        if not found:
            continue
        with open(os.path.join(folder, name)) as file:
            blocks = file.read().split("\n- stream:")[1:]
        for block in blocks:
            said = {key: value.strip("'\"") for key, value in re.findall(r"^ +(\w+): (.*)$", block, re.M)}
            ends = both_ends(said["src"], said["src_port"], said["dst"], said["dst_port"])
            if "ja4" in said:
                app = APPS.get(said["ja4"][0], "tls")
                yield Truth("JA4 project", found, app, {"protocol": app, "ja4": said["ja4"], "sni": said.get("tls_server_name")}, ends)
            if "hassh" in said or "hassh_server" in said:
                server = said.get("ssh_protocol_server", "")
                spoken = re.match(r"SSH-([0-9.]+)-", server)
                yield Truth("JA4 project", found, "ssh",
                            {"protocol": "ssh", "hassh": said.get("hassh"), "hassh_server": said.get("hassh_server"), "ssh_server": server,
                             "ssh_client": said.get("ssh_protocol_client"), "ssh_version": spoken and spoken[1]}, ends)
