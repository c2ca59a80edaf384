"""A ClickHouse server of scripts/ci/unpack_clickhouse.sh's, or the installed one, in a host's namespace."""

import hashlib
import os
import signal

PASSWORD = "a & secret"
CONFIG = """<yandex><logger><level>warning</level><log>{0}/log</log><errorlog>{0}/errors</errorlog></logger>
<http_port>8123</http_port><tcp_port>9900</tcp_port><listen_host>127.0.0.1</listen_host><path>{0}/data/</path><tmp_path>{0}/tmp/</tmp_path>
<users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>16777216</mark_cache_size></yandex>"""
USERS = """<yandex><profiles><default/></profiles><quotas><default/></quotas><users><vedette><password_sha256_hex>{0}</password_sha256_hex>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></vedette></users></yandex>"""


def clickhouse_program(clickhouse):
    """Of the folder that it was unpacked into, else the installed one; None where neither is there."""
    places = (os.path.join(clickhouse, "root/usr/sbin/clickhouse-server"), "/usr/sbin/clickhouse-server")
    return next((place for place in places if os.path.exists(place)), None)


class ClickhouseServer:
    """At port 8123 of the host's loopback interface, user vedette; `folder` is its own."""

    def __init__(self, host, clickhouse, folder):
        self.host = host
        libraries = os.path.join(clickhouse, f"root/usr/lib/{os.uname().machine}-linux-gnu")
        self.command = ("env", f"LD_LIBRARY_PATH={libraries}", clickhouse_program(clickhouse), f"--config-file={folder}/config.xml")
        with open(f"{folder}/config.xml", "w", encoding="ascii") as config:
            config.write(CONFIG.format(folder))
        with open(f"{folder}/users.xml", "w", encoding="ascii") as users:
            users.write(USERS.format(hashlib.sha256(PASSWORD.encode()).hexdigest()))

    def start(self):
        self.process = self.host.start(*self.command)
        self.host.wait_for_port(8123)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=60)
