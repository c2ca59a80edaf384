// What of the history a person should look at (GET /v1/analysis/KIND): which are asked, and where each answer keeps its results.
import { ask_patiently } from "./api.js";
import { date_time_of, words } from "./format.js";

// [kind, title, where its results stand]
export const kAnalyses = [
  ["anomalies", "Unusual", "anomalies"],
  ["movers", "Changed most", "movers"],
  ["steps", "Another level since", "steps"],
  ["new", "New", "values"],
  ["new-since-yesterday", "New since yesterday", "values"],
  ["bottlenecks", "Slower or lossier", "parts"],
  ["periodicity", "Regular", "periods"],
  ["forecast", "Where it is going", "links"],
];

export const kSlowness = ["handshake", "round_trip", "retransmits", "drops"];

/** Which parameters an analysis takes of what the page chose. */
export function parameters_of(kind, { span, by, measure, slow }) {
  if (kind === "movers") return { by, measure, last: span, limit: 8 };
  if (kind === "new") return { by, last: span, limit: 12 };
  if (kind === "bottlenecks") return { measure: slow, last: span, limit: 8 };
  if (kind === "anomalies") return { limit: 12 };
  if (kind === "steps") return { limit: 8 };
  if (kind === "new-since-yesterday") return { limit: 5 };
  if (kind === "periodicity") return { last: "1d", limit: 8 };
  return {};
}

let line = Promise.resolve();

/** One after the other: the sensor answers few questions to its history at a time, and others ask too. */
export function analysis(kind, query, signal) {
  const asked = line.then(() => {
    signal.throwIfAborted();
    return ask_patiently(`/v1/analysis/${kind}`, { query, signal });
  });
  line = asked.catch(() => {});
  return asked;
}

/** The questions to the history that an answer or one of its results rests on. */
export const questions_of = (result) => result.queries ?? result.kinds?.flatMap(questions_of) ?? (result.query ? [result.query] : []);

/** One of an analysis' results, in a sentence. */
export const said_of = (result) => result.says ?? `${result.kind ? `${words(result.kind)} ` : ""}${result.value}, first at ${date_time_of(result.first_ns)}`;
