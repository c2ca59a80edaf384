"""Real servers and their clients, a port each, and what each must be named: protocol and version."""

import glob
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Callable

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@dataclass
class Speaker:
    """One server, and what its client says."""
    port: int
    named: list  # (app, app_version) that must be told of its port, in any order
    serve: Callable  # (host, folder, port): starts the server
    ask: Callable  # (host, address, port): one client after another
    udp: bool = False


def programs_of(folder):
    """Environment in which the unpacked programs are found, and their libraries."""
    root = os.path.abspath(os.path.join(folder, "root"))
    paths = [os.path.join(root, "usr", kind) for kind in ("sbin", "bin")]
    paths += glob.glob(os.path.join(root, "usr/lib/postgresql/*/bin")) + glob.glob("/usr/lib/postgresql/*/bin")
    libraries = glob.glob(os.path.join(root, "usr/lib/*-linux-gnu*")) + glob.glob(os.path.join(root, "lib/*-linux-gnu*"))
    return {**os.environ, "PATH": ":".join(paths + [os.environ["PATH"]]), "LD_LIBRARY_PATH": ":".join(libraries)}


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def make_certificate(folder):
    """A key and a self-signed certificate, readable for all."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=speaker.example"], check=True, capture_output=True)
    os.chmod(key, 0o644)


def serve_tls(option):
    def serve(host, folder, port):
        host.start("openssl", "s_server", "-accept", str(port), "-key", f"{folder}/key.pem", "-cert", f"{folder}/certificate.pem",
                   "-cipher", "ALL:@SECLEVEL=0", option, "-quiet")
    return serve


def ask_tls(option):
    def ask(host, address, port):
        # A datagram server may not be there yet: nothing tells.
        for _ in range(20 if option.startswith("-dtls") else 1):
            done = subprocess.run(host.command("timeout", "5", "openssl", "s_client", "-connect", f"{address}:{port}", option,
                                               "-cipher", "ALL:@SECLEVEL=0", "-servername", "speaker.example"),
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if b"BEGIN CERTIFICATE" in done.stdout:
                return
            time.sleep(0.2)
        raise RuntimeError(f"no handshake by openssl {option}: {done.stderr}")
    return ask


def serve_nginx(host, folder, _):
    pid = os.path.join(folder, "nginx.pid")
    host.start("nginx", "-e", "stderr", "-c", write(folder, "nginx.conf", f"""daemon off; pid {pid}; user root; error_log stderr;
        events {{}}
        http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
          fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
          server {{ listen 8080; return 200 "hello"; }}
          server {{ listen 8082 http2; return 200 "hello"; }}
          server {{ listen 8443 ssl http2; ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.3;
            return 200 "hello"; }} }}"""))


def served_elsewhere(*_):
    """By an earlier speaker's server."""


def ask_curl(*options, scheme="http"):
    def ask(host, address, port):
        host.run("curl", "-sSk", "-m", "10", "-o", "/dev/null", *options, f"{scheme}://{address}:{port}/path")
    return ask


def ssh_server(folder, port, more=""):
    """The command of sshd, with a key of its own; `more`: further lines of its configuration."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/host_key"], check=True)
    sshd = os.path.realpath(shutil.which("sshd"))
    # OpenSSH 10 is three programs, and knows the other two by where they are installed.
    parts = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}
    parts = {option: os.path.normpath(os.path.join(sshd, "../../lib/openssh", name)) for option, name in parts.items()}
    conf = write(folder, "sshd.conf", f"Port {port}\nHostKey {folder}/host_key\nPidFile {folder}/sshd.pid\nUsePAM no\n"
                 + "".join(f"{option} {path}\n" for option, path in parts.items() if os.path.exists(path)) + more)
    return sshd, "-D", "-f", conf


def serve_ssh(host, folder, port):
    command = ssh_server(folder, port)
    os.chown(f"{folder}/host_key", 65534, 65534)
    host.start(*NOBODY, *command)


def serve_ssh_sessions(host, folder, port):
    """sshd with a user, guest, who may log in by the folder's `key`: nobody of the machine's, and only where sshd runs."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/key"], check=True)
    command = ssh_server(folder, port, f"AuthorizedKeysFile {folder}/key.pub\nStrictModes no\nMaxStartups 100\n")
    users = (("passwd", "sshd:x:199:199::/run/sshd:/usr/sbin/nologin\nguest:x:1999:1999::/:/bin/sh\n"), ("shadow", "guest:no:20000::::::\n"))
    for name, more in users:
        with open(f"/etc/{name}", encoding="utf-8") as file:
            write(folder, name, file.read() + more)
    host.start("unshare", "-m", "sh", "-c", f"""mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && mount --bind {folder}/passwd /etc/passwd &&
        mount --bind {folder}/shadow /etc/shadow && exec {' '.join(command)}""")


def ask_ssh(host, address, port):
    host.run("ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-p", str(port),
             f"nobody@{address}", "true", check=False)


def serve_redis(host, folder, port, *options):
    # Debian's redis-server is this program by another name.
    host.start("bash", "-c", f"exec -a redis-server redis-check-rdb --port {port} --bind 0.0.0.0 --protected-mode no --dir {folder} "
               f"--save '' {' '.join(options)}")


def serve_postgres(host, folder, port, authentication="trust"):
    data = os.path.join(folder, "postgres")
    os.mkdir(data)
    os.chown(data, 65534, 65534)
    subprocess.run([*NOBODY, shutil.which("initdb"), "-D", data, "-U", "speaker", "-A", "trust", "--no-sync"], check=True,
                   capture_output=True)
    write(data, "pg_hba.conf", f"host all all 0.0.0.0/0 {authentication}\n")
    host.start(*NOBODY, shutil.which("postgres"), "-D", data, "-p", str(port), "-h", "0.0.0.0", "-k", data)


def ask_postgres(host, address, port):
    # psql itself is a wrapper of Debian's that wants a cluster.
    psql = os.path.join(os.path.dirname(shutil.which("initdb")), "psql")
    host.run(psql, f"host={address} port={port} user=speaker dbname=postgres sslmode=disable", "-c", "select 1")


def serve_mysql(host, folder, port):
    data = os.path.join(folder, "mysql")
    os.mkdir(data)
    host.start("mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--port={port}", f"--socket={data}/s",
               "--bind-address=0.0.0.0", "--skip-grant-tables", f"--pid-file={data}/pid", f"--lc-messages-dir={messages()}")


def messages():
    """Where mariadbd finds its texts, installed or unpacked: those of MariaDB 11 stand under its own name."""
    share = os.path.join(os.path.dirname(os.path.dirname(shutil.which("mariadbd"))), "share")
    folders = [os.path.join(share, name) for name in ("mariadb", "mysql")]
    return next(folder for folder in folders if os.path.isdir(os.path.join(folder, "english")))


def ask_mysql(host, address, port):
    host.run("mariadb", "--no-defaults", "-h", address, "-P", str(port), "-u", "speaker", "--skip-ssl", "-e", "select 1")


def serve_mosquitto(host, folder, port):
    host.start("mosquitto", "-c", write(folder, "mosquitto.conf", f"listener {port}\nallow_anonymous true\nuser root\n"))


def ask_mosquitto(host, address, port):
    for version in ("mqttv31", "mqttv311", "mqttv5"):
        host.run("mosquitto_pub", "-h", address, "-p", str(port), "-V", version, "-t", "test", "-m", "hello")


def serve_ntp(host, folder, port):
    conf = write(folder, "chrony.conf", f"local stratum 5\nallow\nport {port}\ncmdport 0\npidfile {folder}/chronyd.pid\n"
                 f"bindcmdaddress /\ndriftfile {folder}/drift\nuser root\n")
    host.start("chronyd", "-d", "-x", "-f", conf)


def ask_ntp(host, address, port):
    with tempfile.TemporaryDirectory(prefix="vedette-ntp-") as folder:
        conf = write(folder, "chrony.conf", f"server {address} port {port} iburst maxsamples 1\ncmdport 0\nbindcmdaddress /\n"
                     f"pidfile {folder}/pid\nuser root\n")
        host.run("chronyd", "-Q", "-t", "15", "-f", conf)


def ask_dig(host, address, port):
    host.run("dig", "+tries=3", "+time=5", "-p", str(port), f"@{address}", "www.demo.example")


def speakers(demo_services):
    """All of them; `demo_services` is the command of a server for DNS."""
    def serve_dns(host, *_):
        host.start(*demo_services)

    tls = [(8001, "-tls1", "1.0"), (8002, "-tls1_1", "1.1"), (8003, "-tls1_2", "1.2"), (8004, "-tls1_3", "1.3")]
    dtls = [(8005, "-dtls1", "1.0"), (8006, "-dtls1_2", "1.2")]
    return [
        *(Speaker(port, [("tls", version)], serve_tls(option), ask_tls(option)) for port, option, version in tls),
        *(Speaker(port, [("dtls", version)], serve_tls(option), ask_tls(option), udp=True) for port, option, version in dtls),
        Speaker(8080, [("http", "HTTP/1.0"), ("http", "HTTP/1.1")], serve_nginx,
                lambda *to: (ask_curl("-0")(*to), ask_curl("--http1.1")(*to))),
        Speaker(8082, [("http", "HTTP/2")], served_elsewhere, ask_curl("--http2-prior-knowledge")),
        Speaker(8443, [("tls", "1.3")], served_elsewhere, ask_curl("--http2", scheme="https")),
        Speaker(8022, [("ssh", "2.0")], serve_ssh, ask_ssh),
        Speaker(53, [("dns", None)], serve_dns, ask_dig, udp=True),
        Speaker(123, [("ntp", "4")], serve_ntp, ask_ntp, udp=True),
        Speaker(6379, [("redis", "RESP2")], serve_redis, lambda host, address, port: host.run("redis-cli", "-h", address, "-p",
                                                                                           str(port), "ping")),
        Speaker(5432, [("postgresql", "3.0")], serve_postgres, ask_postgres),
        Speaker(3306, [("mysql", "10")], serve_mysql, ask_mysql),
        Speaker(1883, [("mqtt", "3.1"), ("mqtt", "3.1.1"), ("mqtt", "5.0")], serve_mosquitto, ask_mosquitto),
    ]
