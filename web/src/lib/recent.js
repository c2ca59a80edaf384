// The last ten seconds together: what is on top of a second alone changes too fast to be read.
const kSeconds = 10;

class Recent {
  #seconds = [];

  take(second) {
    this.#seconds.push(second);
    if (this.#seconds.length > kSeconds) this.#seconds.shift();
  }

  /** Of list `name`, rows of the same `key`: bytes and packets a second, the largest first. */
  largest(name, key, most) {
    const sums = new Map();
    let span = 0;
    for (const second of this.#seconds) {
      span += second.span_ns / 1e9;
      for (const row of second[name]) {
        const sum = sums.get(key(row)) ?? { ...row, bytes: 0, packets: 0 };
        sum.bytes += row.bytes;
        sum.packets += row.packets;
        sums.set(key(row), sum);
      }
    }
    return [...sums.values()]
      .map((row) => ({ ...row, bytes: row.bytes / span, packets: row.packets / span }))
      .sort((one, other) => other.bytes - one.bytes)
      .slice(0, most);
  }
}

export const recent = new Recent();
