// Numbers as people read them: three digits that count, and a unit. A space of fixed width stands between.
const kSpace = "\u202f";
const kBits = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
const kBytes = ["B", "kB", "MB", "GB", "TB", "PB"];
const kCounts = ["", "k", "M", "G", "T"];

function digits(value) {
  if (value >= 99.95) return value.toFixed(0);
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

/** [text, unit] of a value in steps of a thousand; whole below the first step. */
function scaled(value, units) {
  let step = 0;
  let left = Math.abs(value);
  while (left >= 999.5 && step < units.length - 1) {
    left /= 1000;
    step++;
  }
  const text = step === 0 ? String(Math.round(left)) : digits(left);
  return [(value < 0 ? "−" : "") + text, units[step]];
}

const joined = ([text, unit]) => (unit ? text + kSpace + unit : text);

/** `bytes` of a second, as bits. */
export const bit_rate_parts = (bytes) => scaled(bytes * 8, kBits);
export const bit_rate = (bytes) => joined(bit_rate_parts(bytes));
export const bytes = (count) => joined(bytes_parts(count));
export const bytes_parts = (count) => scaled(count, kBytes);
export const count_parts = (count) => scaled(count, kCounts);
export const count = (number) => joined(count_parts(number));
/** Packets, flows or whatever a second; below ten with one decimal. */
export const rate_parts = (number, unit = "/s") => {
  const [text, prefix] = number > 0 && number < 9.95 ? [number.toFixed(1), ""] : count_parts(number);
  return [text, prefix + unit];
};
export const rate = (number) => joined(rate_parts(number));
/** Every digit, in groups of three. */
export const whole = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, kSpace);

const two = (number) => String(number).padStart(2, "0");

/** 14:03:59; `date`: with the day. */
export function time_of(ns) {
  const at = new Date(ns / 1e6);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
export function date_time_of(ns) {
  const at = new Date(ns / 1e6);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${time_of(ns)}`;
}
/** The time alone where it is today's. */
export function moment_of(ns) {
  return new Date(ns / 1e6).toDateString() === new Date().toDateString() ? time_of(ns) : date_time_of(ns);
}

/** 850 ms, 12.4 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function duration(ns) {
  const s = ns / 1e9;
  if (s < 0) return "−" + duration(-ns);
  if (s < 1e-3) return Math.round(s * 1e6) + kSpace + "µs";
  if (s < 1) return digits(s * 1e3) + kSpace + "ms";
  if (s < 60) return digits(s) + kSpace + "s";
  const whole_s = Math.round(s);
  if (s < 3600) return `${Math.floor(whole_s / 60)}${kSpace}min ${two(whole_s % 60)}${kSpace}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}${kSpace}h ${two(Math.floor((s % 3600) / 60))}${kSpace}min`;
  return `${Math.floor(s / 86400)}${kSpace}d ${Math.floor((s % 86400) / 3600)}${kSpace}h`;
}
export const microseconds = (us) => duration(us * 1e3);
/** 03:20, of a countdown. */
export const clock = (seconds) => `${two(Math.floor(seconds / 60))}:${two(Math.floor(seconds % 60))}`;

/** "syn_flood" as people say it. */
export const words = (name) => name.replaceAll("_", " ");
/** An address and its port, IPv6 in brackets. */
export const end_of = (address, port) =>
  port === undefined ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
/** "tcp/443" */
export const service_of = (protocol, port) => (port === undefined ? protocol : `${protocol}/${port}`);
/** A figure of any kind: whole ones in groups, others by three digits. */
export const figure = (number) => (Number.isInteger(number) || number >= 1000 ? whole(number) : digits(number));
