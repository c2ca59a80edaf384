// Two network namespaces joined by two lines, a sensor and services in the one, visitors in the other; the same
// addresses as in scripts/demo, whose visitors and services these are. Everything that is made goes with close().
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const demo = fileURLToPath(new URL("../../../scripts/demo/", import.meta.url));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export const host_address = "10.77.0.1";
export const scanner_address = "10.77.0.14";
/** What a server's name is in one visitor's handshakes. */
export const hostile_name = "<img src=x onerror=window.broken=1>.example";

/** Whom the gateway runs as: an ordinary user without a name. */
export const nobody = "61234";

/** Waits until `truth` gives something, at most so long; fails with what was waited for. */
export async function until(what, truth, ms = 20000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await truth();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(100);
  }
}

export class World {
  constructor(bin) {
    this.bin = bin;
    this.host = `vedette-web-${process.pid}-host`;
    this.peers = `vedette-web-${process.pid}-peers`;
    this.folder = mkdtempSync(path.join(tmpdir(), "vedette-web-"));
    chmodSync(this.folder, 0o755); // the gateway's user finds the socket in it
    this.socket = path.join(this.folder, "api.sock");
    this.started = [];
  }

  ip(...words) {
    execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
  }

  #log(name) {
    return openSync(path.join(this.folder, `${name}.log`), "a");
  }

  /** What a program that was started under this name has said. */
  log_of(name) {
    return readFileSync(path.join(this.folder, `${name}.log`), "utf8");
  }

  /** In the background; `namespace`: in which, or null for this process' own. */
  start(namespace, log, program, ...words) {
    const out = this.#log(log);
    const command = namespace ? ["nsenter", `--net=/run/netns/${namespace}`, program, ...words] : [program, ...words];
    const child = spawn(command[0], command.slice(1), { stdio: ["ignore", out, out], detached: true });
    child.outside = namespace === null;
    this.started.push(child);
    return child;
  }

  /** To its end; its standard output. Fails where it does, unless `may_fail`. */
  run(namespace, program, words, { may_fail = false, ms = 60000 } = {}) {
    try {
      return execFileSync("nsenter", [`--net=/run/netns/${namespace}`, program, ...words], { stdio: ["ignore", "pipe", "ignore"], timeout: ms }).toString();
    } catch (error) {
      if (may_fail) return error.stdout?.toString() ?? "";
      throw error;
    }
  }

  #join(name, ipv4, ipv6) {
    this.ip("-n", this.host, "link", "add", name, "type", "veth", "peer", "name", name, "netns", this.peers);
    for (const [namespace, last] of [[this.host, 1], [this.peers, 2]]) {
      this.ip("-n", namespace, "addr", "add", `${ipv4}.${last}/24`, "dev", name);
      this.ip("-n", namespace, "addr", "add", `${ipv6}::${last}/64`, "dev", name, "nodad");
      this.ip("-n", namespace, "link", "set", name, "up");
    }
  }

  /** Namespaces, services and the sensor. */
  async open(...options) {
    for (const namespace of [this.host, this.peers]) {
      this.ip("netns", "add", namespace);
      this.ip("-n", namespace, "link", "set", "lo", "up");
    }
    this.#join("lan0", "10.77.0", "fd77");
    this.#join("wan0", "10.78.0", "fd78");
    for (const last of [11, 12, 13, 14]) this.ip("-n", this.peers, "addr", "add", `10.77.0.${last}/24`, "dev", "lan0");
    this.start(this.host, "services", "python3", path.join(demo, "services.py"));
    for (const port of [5201, 5202, 5203]) this.start(this.host, "iperf3", "iperf3", "-s", "-p", String(port));
    const key = path.join(this.folder, "key.pem");
    const certificate = path.join(this.folder, "certificate.pem");
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=shop.example"], { stdio: "ignore" });
    this.start(this.host, "tls", "openssl", "s_server", "-accept", "443", "-key", key, "-cert", certificate, "-www", "-quiet", "-cipher", "ALL:@SECLEVEL=0", "-no_ticket");
    const feed = path.join(this.folder, "known-bad.txt");
    writeFileSync(feed, "198.51.100.0/24\n203.0.113.0/25\n2001:db8:bad::/48\nnot an address\n");
    this.sensor = this.start(this.host, "sensor", path.join(this.bin, "vedetted"), "-i", "lan0", "-i", "wan0", "--socket", this.socket,
      "--state", path.join(this.folder, "state"), "--feed", `known-bad=${feed}`, "--gateway-user", nobody, ...options);
    await until("the sensor's socket", () => {
      if (this.sensor.exitCode !== null) throw new Error(`the sensor ended: ${this.log_of("sensor")}`);
      return existsSync(this.socket);
    });
  }

  /** Visitors of many kinds, until the end. */
  visit(...kinds) {
    for (const kind of kinds) this.start(this.peers, "visits", "sh", path.join(demo, "visit.sh"), kind);
  }

  /** TLS of several versions and names, again and again. */
  visit_tls() {
    const ask = (version, name, source) =>
      `openssl s_client -connect ${host_address}:443 -bind ${source}:0 ${version} -cipher ALL:@SECLEVEL=0 -servername '${name}' </dev/null`;
    const loop = `while :; do
      ${ask("-tls1_3", "shop.example", "10.77.0.11")}; sleep 0.4
      ${ask("-tls1_2", "api.example", "10.77.0.12")}; sleep 0.4
      ${ask("-tls1", "till.example", "10.77.0.13")}; sleep 0.6
      ${ask("-tls1_3", hostile_name, "10.77.0.12")}; sleep 0.6
    done`;
    this.start(this.peers, "tls-visits", "sh", "-c", loop);
  }

  scan(ports = "1-1000") {
    return this.run(this.peers, "nmap", ["-sS", "-Pn", "-n", "-T4", "--max-retries", "0", "-S", scanner_address, "-e", "lan0", "-p", ports, host_address], { may_fail: true });
  }

  /** Whether the web server answers a visitor of this address. */
  reaches(source) {
    return this.run(this.peers, "curl", ["-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", "--interface", source, `http://${host_address}/`], { may_fail: true }) === "200";
  }

  async close() {
    for (const namespace of [this.peers, this.host]) {
      let pids = [];
      try {
        pids = execFileSync("ip", ["netns", "pids", namespace]).toString().split("\n").filter(Boolean).map(Number);
      } catch {
        continue; // it was never made
      }
      // Nothing else lives in namespaces of ours.
      for (const pid of pids) {
        try {
          process.kill(pid, "SIGTERM");
        } catch {
          // It ended by itself.
        }
      }
    }
    // Those within have had their signal: a second one would have the sensor end without clearing up.
    for (const child of this.started) {
      if (child.outside && child.exitCode === null && child.signalCode === null) {
        try {
          process.kill(child.pid, "SIGTERM");
        } catch {
          // Likewise.
        }
      }
    }
    await Promise.all(this.started.map((child) => child.exitCode !== null || child.signalCode !== null || new Promise((done) => { child.on("exit", done); setTimeout(done, 15000); })));
    for (const namespace of [this.peers, this.host]) {
      try {
        execFileSync("ip", ["netns", "del", namespace], { stdio: "ignore" });
      } catch {
        // It was never made.
      }
    }
    if (!process.env.VEDETTE_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}
