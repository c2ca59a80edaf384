// The API on this page's own origin, by fetch alone. Whatever isn't a success is thrown as a Problem.
import { session } from "./session.svelte.js";

/** A problem object (RFC 9457), or that nobody answered: status 0. */
export class Problem extends Error {
  constructor({ status = 0, title = "", detail = "", errors, setup_needed } = {}) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.errors = errors;
    this.setup_needed = setup_needed;
  }
}

async function problem_of(response) {
  let told = {};
  try {
    told = await response.json();
  } catch {
    // Not from the API itself.
  }
  const title = told.title ?? response.statusText ?? "";
  return new Problem({ ...told, status: response.status, title, detail: told.detail ?? `status ${response.status}` });
}

/** The answer's JSON, or its text where it is none. `query`: parameters, those undefined or "" left out. */
export async function ask(path, { method = "GET", query = {}, body, type, signal } = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "" && value !== false) parameters.set(name, String(value));
  const target = parameters.size ? `${path}?${parameters}` : path;
  const headers = {};
  if (method !== "GET" && session.csrf) headers["X-Vedette-CSRF"] = session.csrf;
  if (body !== undefined) headers["Content-Type"] = type ?? "application/json";
  let response;
  try {
    response = await fetch(target, { method, headers, body: typeof body === "string" || body === undefined ? body : JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "no answer", detail: "the server can't be reached" });
  }
  if (!response.ok) {
    const problem = await problem_of(response);
    if (response.status === 401 && !path.startsWith("/auth/")) session.ended(problem);
    throw problem;
  }
  if (response.status === 204) return undefined;
  return /\bjson\b/.test(response.headers.get("Content-Type") ?? "") ? response.json() : response.text();
}

const kWaits = [200, 400, 800, 1600, 3200]; // ms

/** As ask(), of what few may ask at once: waits where others do, as who chose twice in a second has asked before. */
export async function ask_patiently(path, options) {
  for (const wait of kWaits) {
    try {
      return await ask(path, options);
    } catch (problem) {
      if (problem.title !== "no room") throw problem;
      await new Promise((over) => setTimeout(over, wait));
      options.signal?.throwIfAborted();
    }
  }
  return ask(path, options);
}

/** Whether the problem is that there is no such thing on this server, not that it went wrong. */
export const is_missing = (problem) =>
  problem instanceof Problem && ([404, 405, 501].includes(problem.status) || problem.title === "no history");

/** The flows of one 5-tuple, as a filter. */
export function filter_of(flow) {
  const parts = [`${flow.ip_version === 6 ? "ip6" : "ip"} and src host ${flow.src_ip} and dst host ${flow.dst_ip}`];
  if (["tcp", "udp", "sctp"].includes(flow.protocol)) parts.push(flow.protocol);
  if (flow.src_port !== undefined) parts.push(`src port ${flow.src_port} and dst port ${flow.dst_port}`);
  return parts.join(" and ");
}

/** The same in both directions: for packets. */
export function both_ways(flow) {
  const parts = [`host ${flow.src_ip} and host ${flow.dst_ip}`];
  if (["tcp", "udp", "sctp"].includes(flow.protocol)) parts.push(flow.protocol);
  if (flow.src_port !== undefined) parts.push(`port ${flow.src_port} and port ${flow.dst_port}`);
  return parts.join(" and ");
}
