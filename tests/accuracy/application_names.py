"""What each source calls the application protocols, and which of them Vedette is to name.

A name that is not here is of a protocol that Vedette has no name for.
"""

LISTED = ("tls", "dtls", "quic", "http", "ssh", "dns", "mdns", "llmnr", "dhcp", "dhcpv6", "ntp", "snmp", "smb", "rdp", "ftp", "smtp",
          "imap", "pop3", "sip", "stun", "wireguard", "openvpn", "mqtt", "redis", "postgresql", "mysql", "mongodb", "kafka", "amqp",
          "modbus", "bittorrent", "grpc", "websocket", "telnet")

# nDPI writes MASTER.SERVICE: the protocol is the first part. NetBIOS.SMBv1 over TCP is SMB, over UDP a datagram that
# carries a mail slot's message, which isn't.
NDPI = {
    "TLS": "tls", "DTLS": "dtls", "QUIC": "quic", "HTTP": "http", "HTTP2": "http", "HTTP_Proxy": "http", "HTTP_Connect": "http",
    "SSH": "ssh", "DNS": "dns", "MDNS": "mdns", "LLMNR": "llmnr", "DHCP": "dhcp", "DHCPV6": "dhcpv6", "NTP": "ntp", "SNMP": "snmp",
    "SMBv1": "smb", "SMBv23": "smb", "RDP": "rdp", "FTP_CONTROL": "ftp", "SMTP": "smtp", "IMAP": "imap", "POP3": "pop3",
    "SMTPS": "tls", "IMAPS": "tls", "POPS": "tls", "FTPS": "tls", "SIP": "sip", "STUN": "stun", "WireGuard": "wireguard",
    "OpenVPN": "openvpn", "MQTT": "mqtt", "RESP": "redis", "Redis": "redis", "PostgreSQL": "postgresql", "MySQL": "mysql",
    "MongoDB": "mongodb", "Kafka": "kafka", "ApacheKafka": "kafka", "AMQP": "amqp", "Modbus": "modbus", "BitTorrent": "bittorrent",
    "gRPC": "grpc", "GRPC": "grpc", "WebSocket": "websocket", "Telnet": "telnet",
}


def of_ndpi(name, transport):
    master, _, service = name.partition(".")
    if master == "NetBIOS" and service.startswith("SMB") and transport == "TCP":
        return "smb"
    return NDPI.get(master, "")


# Suricata's app_proto, the event types that are named like a protocol, and the fields' first parts.
SURICATA = {
    "tls": "tls", "quic": "quic", "http": "http", "http1": "http", "http2": "http", "doh2": "http", "ssh": "ssh", "dns": "dns",
    "mdns": "mdns", "llmnr": "llmnr", "dhcp": "dhcp", "ntp": "ntp", "snmp": "snmp", "smb": "smb", "rdp": "rdp", "ftp": "ftp",
    "smtp": "smtp", "imap": "imap", "pop3": "pop3", "sip": "sip", "mqtt": "mqtt", "pgsql": "postgresql", "modbus": "modbus",
    "bittorrent-dht": "bittorrent", "bittorrent_dht": "bittorrent", "websocket": "websocket", "telnet": "telnet",
}

# The services of Zeek's conn.log and, where there is one, the protocol's own log.
ZEEK = {
    "ssl": "tls", "quic": "quic", "http": "http", "ssh": "ssh", "dns": "dns", "dhcp": "dhcp", "ntp": "ntp", "snmp": "snmp", "smb": "smb",
    "rdp": "rdp", "ftp": "ftp", "smtp": "smtp", "imap": "imap", "pop3": "pop3", "sip": "sip", "mqtt": "mqtt", "redis": "redis",
    "postgresql": "postgresql", "mysql": "mysql", "modbus": "modbus", "websocket": "websocket", "telnet": "telnet", "stun": "stun",
    "wireguard": "wireguard", "openvpn": "openvpn", "bittorrent": "bittorrent",
}

ARKIME = {
    "tls": "tls", "dtls": "dtls", "quic": "quic", "gquic": "quic", "http": "http", "http2": "http", "ssh": "ssh", "dns": "dns",
    "mdns": "mdns", "llmnr": "llmnr", "dhcp": "dhcp", "dhcpv6": "dhcpv6", "ntp": "ntp", "snmp": "snmp", "smb": "smb", "rdp": "rdp",
    "ftp": "ftp", "smtp": "smtp", "imap": "imap", "pop3": "pop3", "sip": "sip", "stun": "stun", "wireguard": "wireguard",
    "openvpn": "openvpn", "mqtt": "mqtt", "redis": "redis", "postgresql": "postgresql", "mysql": "mysql", "mongo": "mongodb",
    "kafka": "kafka", "amqp": "amqp", "modbus": "modbus", "bittorrent": "bittorrent", "websocket": "websocket", "telnet": "telnet",
}


def of_port(app, ports):
    """DNS by another name: the same format, told apart by its port."""
    if app == "dns" and 5353 in ports:
        return "mdns"
    if app == "dns" and 5355 in ports:
        return "llmnr"
    if app == "dns" and 137 in ports:
        return "nbns"
    return app
