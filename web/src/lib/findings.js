// Findings as the API keeps them: numbered in the order in which they were raised, the latest 10,000.
import { ask } from "./api.js";

/** The latest `most`, the newest first, and how many there were in all. */
export async function latest_findings(most, { signal, kind, severity } = {}) {
  const { raised } = await ask("/v1/findings", { query: { limit: 1 }, signal });
  // A kind or severity may be rare: then all that are kept are looked through.
  let cursor = kind || severity ? 0 : Math.max(0, raised - most);
  let findings = [];
  for (;;) {
    const page = await ask("/v1/findings", { query: { limit: 10000, cursor: cursor || undefined, kind, severity }, signal });
    findings = findings.concat(page.findings);
    if (page.next_cursor === undefined || page.findings.length === 0) break;
    cursor = page.next_cursor;
  }
  return { raised, findings: findings.reverse().slice(0, most) };
}
