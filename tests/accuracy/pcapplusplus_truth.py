"""PcapPlusPlus's expected TLS fingerprints: JA3 and JA3S by connection.

In a ServerHello of TLS 1.3 it puts supported_versions' number into the fingerprint (772), where JA3S takes the hello's own
(771): these aren't read.
"""

import csv
import os

from handshake_case import Truth, both_ends
from stated_captures import captures_by_truth

FOLDER = "pcapplusplus/Tests/ExamplesTest/expected_output/"
FACTS = {"ClientHello": "ja3", "ServerHello": "ja3s"}


def pcapplusplus(captures):
    by_truth = captures_by_truth(captures)
    for table in ("tls_fp_ch.txt", "tls_fp_ch_sh.txt", "tls_fp_sh.txt"):
        paths = by_truth.get(FOLDER + table)
        if not paths or not os.path.exists(os.path.join(captures, FOLDER + table)):
            continue
        with open(os.path.join(captures, FOLDER + table), newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if row["TLS Fingerprint"].startswith("772,"):
                    continue
                ends = both_ends(row["IP Source"], row["TCP Source Port"], row["IP Dest"], row["TCP Dest Port"])
                fact = FACTS[row["TLS Fingerprint type"]]
                yield Truth("PcapPlusPlus", paths, "tls", {"protocol": "tls", fact: row["TLS Fingerprint (MD5)"]}, ends)
