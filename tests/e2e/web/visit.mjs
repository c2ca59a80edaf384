// One visit of a real browser to a real gateway, sensor and traffic, which all steps share: where it is, and what can be
// seen there. VEDETTE_BIN: folder of the programs; VEDETTE_WEB_FILES: of the built pages.
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before } from "node:test";

import { open_browser, open_page } from "./browser.mjs";
import { start_gateway } from "./gateway.mjs";
import { World } from "./world.mjs";

export const password = "correct horse battery staple";
export const views = ["now", "flows", "hosts", "history", "patterns", "findings", "policy", "system"];
export const world = new World(process.env.VEDETTE_BIN);
export let browser, visit, page, gateway;

before(async () => {
  await world.open();
  gateway = await start_gateway(world, process.env.VEDETTE_WEB_FILES);
  browser = await open_browser();
  visit = await open_page(browser, gateway.base);
  page = visit.page;
}, { timeout: 120000 });

after(async () => {
  await browser?.close();
  await world.close();
}, { timeout: 60000 });

// With VEDETTE_KEEP, a folder: what the page looked like after each step, as world.mjs keeps what the programs said.
let steps = 0;
afterEach(async () => {
  if (process.env.VEDETTE_KEEP) await page.screenshot({ path: path.join(process.env.VEDETTE_KEEP, `step-${++steps}.png`) });
});

/** Why steps that need a history are skipped, or false: a sensor that could keep one must. */
export const no_store = readFileSync(path.join(process.env.VEDETTE_BIN, "vedetted")).includes("this build has no engine of its own")
  && "vedetted was built without a store of its own";

export const heading = (name) => page.getByRole("heading", { level: 1, name, exact: true });
/** A part of the page by its title, whole or as a pattern. */
export const region = (name) => page.getByRole("region", { name, exact: true });
export const go = (view) => page.goto(`${gateway.base}/#/${view}`);
export const text_of = (locator) => locator.innerText();
export const ask = (path) => page.evaluate(async (path) => (await fetch(path)).json(), path);

/** {status, answer} of a question to the history, a text or what becomes one. */
export async function ask_history(question) {
  const body = typeof question === "string" ? question : JSON.stringify(question);
  return page.evaluate(async (body) => {
    const { csrf } = await (await fetch("/auth/session")).json();
    const answer = await fetch("/v1/query", { method: "POST", body, headers: { "Content-Type": "application/json", "X-Vedette-CSRF": csrf } });
    return { status: answer.status, answer: await answer.json() };
  }, body);
}

/** Goes on by Tab until what has the focus fulfils `wanted`, a selector; the element that does. */
export async function tab_to(wanted) {
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), wanted)) return page.locator(":focus");
  }
  throw new Error(`Tab doesn't lead to ${wanted}`);
}

/** What a chart tells of the point that its cursor is on: where that is among all, and the text. */
export async function told_by(chart) {
  const [at, last, text] = await Promise.all(["valuenow", "valuemax", "valuetext"].map((name) => chart.getAttribute(`aria-${name}`)));
  return { at: Number(at), last: Number(last), text };
}

/** "1.2 kB" in its basic unit. */
export function figure_in(text) {
  const [, number, prefix] = /^([\d.]+)([kMGT]?)/.exec(text.replace(/\s/g, "")) ?? [];
  return number === undefined ? undefined : Number(number) * { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 }[prefix];
}

export const tile = async (name) => figure_in(await text_of(page.locator(".tiles > div", { hasText: name }).first().locator("dd")));
