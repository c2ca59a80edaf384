// The stream of seconds (GET /v1/live), shared by all views: one connection a page. It comes back by itself,
// and what was missed meanwhile is a gap in the charts, not a line.
import { columns_before } from "./interface_history.js";
import { recent } from "./recent.js";
import { session } from "./session.svelte.js";

export const kKept = 600; // seconds of each interface
const kSilence = 5000; // ms without a second, of a stream that is said to be open
const kWaits = [1, 2, 4, 8, 10]; // seconds before the next try

class Live {
  /** "begins", "live", "lost" */
  state = $state("begins");
  /** The latest second as the API told it. */
  second = $state.raw(null);
  /** Seconds that the server could not tell us. */
  missed = $state(0);
  retry_at = $state(0); // ms since the epoch
  /** By interface: {time, in, out, in_packets, out_packets, dropped}, columns of figures a second; null in gaps. */
  interfaces = $state.raw(new Map());
  #source = null;
  #timer = 0;
  #watch = 0;
  #tries = 0;
  #last_ns = 0;

  start() {
    if (this.#source || this.#timer) return;
    this.#connect();
    if (!this.#last_ns) this.#look_back();
  }

  /** What the store has of the minutes before, so that charts don't begin empty. */
  async #look_back() {
    let stored;
    try {
      stored = await columns_before(kKept);
    } catch {
      return; // it keeps no history: the charts begin now
    }
    const next = new Map(this.interfaces);
    for (const [name, before] of stored) {
      const now = next.get(name);
      const ours = now?.time[0] ?? Infinity;
      const columns = { time: [], in: [], out: [], in_packets: [], out_packets: [], dropped: [] };
      before.time.forEach((time, i) => {
        if (time > ours - 0.5) return;
        for (const column in columns) columns[column].push(before[column][i]);
      });
      if (now) for (const column in columns) columns[column].push(...now[column]);
      next.set(name, columns);
    }
    this.interfaces = next;
  }

  stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#source?.close();
    this.#source = null;
    this.#timer = 0;
    this.state = "begins";
  }

  #connect() {
    this.#timer = 0;
    const source = new EventSource("/v1/live");
    this.#source = source;
    source.addEventListener("second", (event) => this.#take(JSON.parse(event.data)));
    source.addEventListener("lost", (event) => (this.missed += JSON.parse(event.data).seconds ?? 1));
    source.onerror = () => {
      this.state = "lost";
      this.retry_at = 0;
      clearTimeout(this.#watch);
      // The browser comes back by itself from what broke, not from what was refused; and its own try may wait for ever.
      if (source.readyState === EventSource.CLOSED) this.#again();
      else this.#expect();
    };
    this.#expect();
  }

  #expect() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.state = "lost";
      this.#again();
    }, kSilence);
  }

  #again() {
    this.#source?.close();
    this.#source = null;
    const wait = kWaits[Math.min(this.#tries++, kWaits.length - 1)] * 1000;
    this.retry_at = Date.now() + wait;
    this.#timer = setTimeout(async () => {
      await session.look();
      if (session.state === "open") this.#connect();
      else if (session.state === "unreachable") {
        session.state = "open"; // the page stays, with what it knows
        this.#again();
      } else this.stop();
    }, wait);
  }

  #take(second) {
    this.#tries = 0;
    this.state = "live";
    this.#expect();
    const gap = this.#last_ns && second.time_ns - this.#last_ns > 2.5e9;
    this.#last_ns = second.time_ns;
    const span = second.span_ns / 1e9;
    const time = second.time_ns / 1e9;
    const next = new Map(this.interfaces);
    for (const one of second.interfaces) {
      const columns = next.get(one.interface) ?? { time: [], in: [], out: [], in_packets: [], out_packets: [], dropped: [] };
      const push = (at, values) => {
        columns.time.push(at);
        for (const name in values) columns[name].push(values[name]);
      };
      if (gap) push(time - span, { in: null, out: null, in_packets: null, out_packets: null, dropped: null });
      push(time, {
        in: one.in.bytes / span,
        out: one.out.bytes / span,
        in_packets: one.in.packets / span,
        out_packets: one.out.packets / span,
        dropped: one.dropped_packets / span,
      });
      while (columns.time.length > kKept) for (const name in columns) columns[name].shift();
      next.set(one.interface, columns);
    }
    const there = new Set(second.interfaces.map((one) => one.interface));
    for (const [name, columns] of next)
      if (!there.has(name) && columns.time.at(-1) < time - kKept) next.delete(name);
    recent.take(second);
    this.interfaces = next;
    this.second = second;
  }
}

export const live = new Live();
