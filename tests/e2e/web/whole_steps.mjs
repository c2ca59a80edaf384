// What holds of all views: keys, streams, keyboard, phones, day and night.
import assert from "node:assert/strict";
import test from "node:test";

import { ask, go, heading, page, region, tab_to, text_of, told_by, views, visit, world } from "./visit.mjs";
import { until } from "./world.mjs";

test("a key is made, shown once, and taken back", { timeout: 60000 }, async () => {
  await go("system");
  await page.getByLabel("Name of the program that gets it").fill("a test");
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await text_of(page.locator("code.secret"));
  const status = () => page.evaluate(async (key) => (await fetch("/v1/health", { credentials: "omit", headers: { Authorization: `Bearer ${key}` } })).status, key);
  assert.equal(await status(), 200);
  await page.reload();
  const row = page.getByRole("region", { name: "API keys of the gateway" }).locator("tbody tr", { hasText: "a test" });
  await row.waitFor();
  assert.equal((await page.content()).includes(key), false, "it is not shown again");
  await row.getByRole("button", { name: /^Take back/ }).click();
  await row.waitFor({ state: "detached" });
  assert.equal(await status(), 401);
});

test("what the kernel allows is told, of each interface too", { timeout: 60000 }, async () => {
  await go("system");
  const panel = region("What the kernel allows");
  const row = (name) => panel.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
  const { facts } = await ask("/v1/kernel");
  const release = facts.find((fact) => fact.area === "kernel" && fact.name === "release");
  await row("release").getByText(release.detail).waitFor();
  for (const name of ["btf", "jit", "memlock", "tcp health", "drop reasons", "owners", "guard"]) await row(name).waitFor();
  for (const name of ["lan0", "wan0"]) {
    const ingress = facts.find((fact) => fact.area === name && fact.name === "ingress");
    const [told] = (await ask("/v1/interfaces")).interfaces.filter((one) => one.name === name);
    assert.ok(ingress.detail.startsWith(told.ingress), ingress.detail);
    await panel.getByRole("rowheader", { name: `Interface ${name}` }).waitFor();
    assert.deepEqual(facts.filter((fact) => fact.area === name && /taken by|told by tc/.test(fact.detail)), [], "nobody's program is in its way");
  }
});

test("a stream that is lost is said to be, and comes back", { timeout: 90000 }, async () => {
  await go("now");
  await page.locator(".stream-state.live").waitFor();
  process.kill(world.sensor.pid, "SIGSTOP");
  try {
    await page.locator(".stream-state.lost").waitFor({ timeout: 20000 });
    await page.getByText("No live data.").waitFor();
  } finally {
    process.kill(world.sensor.pid, "SIGCONT");
  }
  await page.locator(".stream-state.live").waitFor({ timeout: 40000 });
});

test("the keyboard leads past the menu, and every view has one heading", { timeout: 90000 }, async () => {
  await page.reload();
  await heading("Now").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  for (const view of ["now", "flows", "hosts", "history", "patterns", "findings", "policy", "system"]) {
    await go(view);
    await page.locator(`nav a[href="#/${view}"][aria-current=page]`).waitFor();
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, view);
    const nameless = await page.$$eval("button, a, input, select, textarea", (all) => all.filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label") || one.labels?.length || one.querySelector("img"))).map((one) => one.outerHTML));
    assert.deepEqual(nameless, [], view);
  }
});

test("what a live chart showed is told by arrow keys", { timeout: 60000 }, async () => {
  await go("now");
  await page.locator(".stream-state.live").waitFor();
  await page.getByRole("slider", { name: /^lan0: in / }).waitFor();
  await page.getByRole("heading", { level: 1 }).click();
  const chart = await tab_to("[role=slider][aria-label^='lan0']");
  const { at, text } = await until("a second's figures", async () => {
    await page.keyboard.press("End");
    const told = await told_by(chart);
    return told.last > 5 && told;
  });
  assert.match(text, /^\d\d:\d\d:\d\d  in: [\d.]+\s[kMG]?bit\/s  out: [\d.]+\s[kMG]?bit\/s$/);
  await page.keyboard.press("ArrowLeft");
  const before = await told_by(chart);
  assert.notEqual(before.text.slice(0, 8), text.slice(0, 8));
  assert.ok(before.at < before.last, `${before.at} of ${before.last}, and ${at} before`);
  assert.equal(await text_of(region("Interface lan0").locator(".readout")), before.text, "who sees it is told the same");
  await page.keyboard.press("Home");
  assert.equal((await told_by(chart)).at, 0);
  await page.keyboard.press("Escape");
  await region("Interface lan0").locator(".readout").waitFor({ state: "detached" });
});

test("by night every view is drawn anew in its colours, without an error", { timeout: 90000 }, async () => {
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const by_day = await ground();
  await go("now");
  await page.locator(".stream-state.live").waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  const by_night = await ground();
  assert.notEqual(by_night, by_day);
  for (const view of [...views, "hosts/10.77.0.12"]) {
    await go(view);
    await page.locator(`nav a[href="#/${view.split("/")[0]}"][aria-current=page]`).waitFor();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForFunction(() => !document.querySelector("main").innerText.includes("Asking …"));
    assert.deepEqual(visit.wrongs, [], view);
    // A box that kept the day's white would stand out.
    const bright = await page.$$eval(".panel, .tiles > div, input, select, button, table", (all) =>
      all.filter((one) => {
        const [r, g, b, a = 1] = getComputedStyle(one).backgroundColor.match(/[\d.]+/g).map(Number);
        return a > 0.5 && !one.matches(".primary") && r + g + b > 3 * 128;
      }).map((one) => one.outerHTML.slice(0, 100)));
    assert.deepEqual(bright, [], view);
  }
  await go("now");
  await page.getByRole("button", { name: /^Theme: as the system/ }).click();
  await page.getByRole("button", { name: "Theme: light" }).waitFor();
  assert.equal(await ground(), by_day, "who wants the day has it");
  for (const next of ["dark", "as the system"]) await page.getByRole("button", { name: /^Theme: / }).click().then(() => page.getByRole("button", { name: `Theme: ${next}` }).waitFor());
  assert.equal(await ground(), by_night);
  await page.emulateMedia({ colorScheme: "light" });
});

test("no view is wider than a phone", { timeout: 90000 }, async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const view of ["now", "flows", "hosts/10.77.0.12", "history", "patterns", "findings", "policy", "system"]) {
    await go(view);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {}); // streams go on for ever
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false, view);
  }
});

test("the pages asked nobody else, broke no policy and threw no error", async () => {
  assert.deepEqual(visit.wrongs, []);
  const policy = await page.evaluate(async () => (await fetch("/")).headers.get("Content-Security-Policy"));
  assert.match(policy, /default-src '(none|self)'/);
  assert.doesNotMatch(policy, /unsafe/);
});
