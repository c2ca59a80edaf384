"""What others call the versions of TLS, DTLS, QUIC, SMB, SNMP and MQTT, in Vedette's words."""

import re

TLS = {"TLSv1": "1.0", "TLSv1.0": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3", "SSLv3": "SSL 3.0", "SSLv2": "SSL 2.0",
       "TLSv10": "1.0", "TLSv11": "1.1", "TLSv12": "1.2", "TLSv13": "1.3", "TLS 1.0": "1.0", "TLS 1.1": "1.1", "TLS 1.2": "1.2",
       "TLS 1.3": "1.3", "DTLSv10": "1.0", "DTLSv12": "1.2", "DTLSv1.0": "1.0", "DTLSv1.2": "1.2", "DTLS 1.0": "1.0", "DTLS 1.2": "1.2"}


def tls(text):
    draft = re.fullmatch(r"(?:TLSv13|TLS 1.3)[- ]draft-?(\d+)", text or "")
    return f"1.3-draft{int(draft[1]):02}" if draft else TLS.get(text)


def quic(text):
    """Of nDPI's "V-1" and "Draft-29", Zeek's and Suricata's "1", Zeek's "quicv2", Arkime's "Q043"."""
    text = re.sub(r"^(V-|quicv)", "", str(text or ""))
    if text in ("1", "2"):
        return "v" + text
    if re.fullmatch(r"(?i)draft-\d+", text) or re.fullmatch(r"(?i)mvfst-\w+", text):
        return text.lower()
    return text if re.fullmatch(r"[QT]\d{3}", text) else None


def quic_of_number(number):
    """The wire's 32 bits."""
    if number in (1, 0x6B3343CF):
        return "v1" if number == 1 else "v2"
    if number >> 8 == 0xFF0000:
        return f"draft-{number & 0xFF:02}"
    text = number.to_bytes(4, "big")
    return text.decode() if re.fullmatch(rb"[QT]\d{3}", text) else None


SMB = {"NT LM 0.12": "1.0", "2.02": "2.0.2", "2.10": "2.1", "3.00": "3.0", "3.02": "3.0.2", "3.11": "3.1.1"}
SNMP = {"1": "v1", "2": "v2c", "2c": "v2c", "3": "v3"}
MQTT = {"3": "3.1", "4": "3.1.1", "5": "5"}
