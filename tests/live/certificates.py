"""By which certificate a client knows the gateway: its own, and one that the user gives it."""

import hashlib
import os
import re
import signal
import ssl
import subprocess

from gate import USER, Gate, becomes


def by_its_certificate(gate, folder):
    with gate.tls() as connection:
        der = connection.getpeercert(binary_form=True)
        yield "the protocol", connection.version(), "TLSv1.3"
    digest = hashlib.sha256(der).hexdigest().upper()
    told = re.search(r"fingerprint: ([0-9A-F:]+)", gate.said)[1]
    yield "the fingerprint that was printed", told.replace(":", ""), digest
    file = os.path.join(folder, "gateway.pem")
    with open(file, "w", encoding="ascii") as pem:
        pem.write(ssl.DER_cert_to_PEM_cert(der))
    for name in ("localhost", "127.0.0.1"):
        with ssl.create_default_context(cafile=file).wrap_socket(gate.plain(), server_hostname=name) as connection:
            yield f"as {name}", connection.version(), "TLSv1.3"
    facts = subprocess.run(["openssl", "x509", "-in", file, "-noout", "-text"], stdout=subprocess.PIPE, text=True, check=True).stdout
    yield "its key", "ASN1 OID: prime256v1" in facts and "CA:FALSE" in facts, True
    # Once the certificate is another, a browser would be locked out.
    yield "browsers are not held to it", gate.ask("GET", "/").fields["Strict-Transport-Security"], None


def certificate_of(folder, name, authority=None):
    """The files of one for vedette.test: its chain, and its key, which root alone may read; signed by the authority, or by itself."""
    files = [os.path.join(folder, f"{name}.{part}") for part in ("pem", "key")]
    if authority:
        signed = ("-CA", authority[0], "-CAkey", authority[1], "-addext", "basicConstraints=critical,CA:FALSE")
    else:
        signed = ("-addext", "keyUsage=critical,keyCertSign")  # Python 3.13 asks for it (RFC 5280, 4.2.1.3)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                    f"/CN={name}", "-addext", "subjectAltName=DNS:vedette.test", "-out", files[0], "-keyout", files[1], *signed],
                   check=True, stderr=subprocess.DEVNULL)
    os.chmod(files[1], 0o600)
    return files


def shown_by(gate):
    with gate.tls() as connection:
        return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True)).split()


def text_of(file):
    with open(file, encoding="ascii") as text:
        return text.read().split()


def by_a_certificate_of_the_users(host, programs, sensor, folder):
    authority = certificate_of(folder, "authority")
    first, second = (certificate_of(folder, name, authority) for name in ("first", "second"))
    used = [os.path.join(folder, f"used.{part}") for part in ("pem", "key")]

    def use(files):
        for file, link in zip(files, used):
            os.symlink(file, link + ".new")
            os.replace(link + ".new", link)

    use(first)
    log = os.path.join(folder, "gateway.log")

    def said(what):
        with open(log, encoding="utf-8") as text:
            return sum(what in line for line in text)

    unreadable = f"{used[1]}: can't be read by user {USER}, whom the gateway has become: Permission denied; once it is renewed, restart the gateway"
    with open(log, "wb") as stderr, Gate(host, programs, sensor, "--certificate", used[0], "--key", used[1], stderr=stderr) as gate:
        yield "it says at the start that it can't read the key anew", (said(unreadable), said(f"{used[0]}: can't be read")), (1, 0)
        yield "what a client is shown", shown_by(gate), text_of(first[0])
        context = ssl.create_default_context(cafile=authority[0])
        with context.wrap_socket(gate.plain(), server_hostname="vedette.test") as connection:
            yield "by the authority that it trusts", connection.version(), "TLSv1.3"
        key = gate.make_key(gate.set_up(), "read")["key"]
        for path, status in (("/", 200), ("/v1/health", 200), ("/auth/keys", 403), ("/nowhere", 404)):
            answer = gate.ask("GET", path, key=key)
            yield f"{path} holds browsers to TLS", (answer.status, answer.fields["Strict-Transport-Security"]), (status, "max-age=31536000")
        yield "one of its own", [name for name in os.listdir(gate.state) if "certificate" in name], []
        use(second)
        for pid in gate.pids():
            os.kill(pid, signal.SIGHUP)
        yield "and when it is asked to", becomes(lambda: said(unreadable), 2), 2
        yield "why", said(f"{used[1]}: can't be read: Permission denied; the former certificate goes on"), 1
        yield "the former one goes on", shown_by(gate), text_of(first[0])
        os.chown(second[1], USER, USER)  # root it is no more
        for pid in gate.pids():
            os.kill(pid, signal.SIGHUP)
        yield "renewed while it serves", becomes(lambda: shown_by(gate), text_of(second[0])), text_of(second[0])
        yield "and asked meanwhile", gate.ask("GET", "/v1/health", key=key).status, 200
    for what, certificate, secret in (("another's key", first[0], second[1]), ("no key", first[0], first[0]),
                                      ("no such file", "/nowhere.pem", first[1])):
        try:
            with Gate(host, programs, sensor, "--certificate", certificate, "--key", secret) as gate:
                begun = True
        except RuntimeError:
            begun = False
        yield what, begun, False
