"""What is asked of Vedette's handshakes: of the sound cases of each fact, the share that must be right."""

from application_names import LISTED

TARGETS = {
    "protocol": 0.97,
    "tls_version": 0.995, "sni": 0.995, "alpn": 0.995, "alpn_offered": 0.995, "ja3": 1.0, "ja3s": 1.0, "ja4": 1.0, "ja4_bc": 1.0,
    "quic_version": 0.99,
    **dict.fromkeys(("ssh_version", "ssh_client", "ssh_server", "hassh", "hassh_server", "ssh_logged_in"), 0.99),
    **dict.fromkeys(("http_version", "http_method", "http_host", "http_path", "http_user_agent", "http_status", "http_server"), 0.99),
    **dict.fromkeys(("dns_query", "dns_type", "dns_rcode", "dns_answers"), 0.99),
    "other_version": 0.97,
}

# The protocols that have a decoder: their cases are judged, and each that isn't right must be explained.
DECODED = frozenset({*LISTED, "nbns"})
