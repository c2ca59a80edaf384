// web_test.mjs: the web pages in a real browser, before a real gateway, sensor and traffic. Steps of one visit, in their
// order. VEDETTE_BIN: folder of the programs; VEDETTE_WEB_FILES: of the built pages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";

import { open_browser, open_page } from "./browser.mjs";
import { start_gateway } from "./gateway.mjs";
import { host_address, hostile_name, scanner_address, until, World } from "./world.mjs";

const kPassword = "correct horse battery staple";
const world = new World(process.env.VEDETTE_BIN);
let browser, visit, page, gateway;

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

const heading = (name) => page.getByRole("heading", { level: 1, name, exact: true });
const go = (view) => page.goto(`${gateway.base}/#/${view}`);
const text_of = (locator) => locator.innerText();
const ask = (path) => page.evaluate(async (path) => (await fetch(path)).json(), path);

/** A tile's figure in its basic unit. */
async function tile(name) {
  const text = (await text_of(page.locator(".tiles > div", { hasText: name }).first().locator("dd"))).replace(/\s/g, "");
  const [, number, prefix] = /^([\d.]+)([kMG]?)/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * { "": 1, k: 1e3, M: 1e6, G: 1e9 }[prefix];
}

test("the first start asks for the token and a password", { timeout: 60000 }, async () => {
  await heading("First start").waitFor();
  const fill = async (token) => {
    await page.getByLabel("One-time token").fill(token);
    await page.getByLabel(/^Password/).fill(kPassword);
    await page.getByLabel("The same once more").fill(kPassword);
    await page.getByRole("button", { name: "Set the password" }).click();
  };
  await fill("not-the-token");
  await page.getByRole("alert").waitFor();
  // The address that the gateway prints holds the token.
  await page.goto("about:blank");
  await page.goto(`${gateway.base}/#setup=${gateway.token}`);
  await heading("First start").waitFor();
  assert.equal(await page.getByLabel("One-time token").inputValue(), gateway.token);
  assert.equal(page.url().includes(gateway.token), false, "it stays out of sight");
  await fill(gateway.token);
  await heading("Now").waitFor();
});

test("who signs out must sign in, with the right password", { timeout: 60000 }, async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await heading("Sign in").waitFor();
  assert.equal(await page.evaluate(async () => (await fetch("/v1/stats")).status), 401);
  await page.getByLabel("Password").fill("wrong password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password").fill(kPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading("Now").waitFor();
});

test("the live view moves when traffic does", { timeout: 90000 }, async () => {
  await page.getByText("Live", { exact: false }).first().waitFor();
  await until("a quiet second", async () => (await tile("In")) < 1e6);
  const load = world.start(world.peers, "load", "iperf3", "-c", host_address, "-p", "5201", "-t", "60", "-b", "40M");
  await until("more than 20 Mbit/s", async () => (await tile("In")) > 20e6);
  await page.getByRole("region", { name: "Top talkers" }).getByRole("link", { name: "10.77.0.2", exact: true }).waitFor();
  assert.ok((await page.getByRole("region", { name: "Interface lan0" }).locator("canvas").count()) > 0);
  process.kill(load.pid, "SIGTERM");
  await until("a quiet second again", async () => (await tile("In")) < 1e6);
});

test("a flow is found by a filter and opened", { timeout: 60000 }, async () => {
  world.visit("web4", "names");
  world.visit_tls();
  await go("flows");
  await page.getByLabel("Filter, as pcap-filter(7) has it").fill("tcp prot 443");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Filter, as pcap-filter(7) has it").fill("src host 10.77.0.13 and tcp dst port 443");
  await page.getByRole("button", { name: "Search" }).click();
  const row = page.locator("tbody tr", { hasText: "10.77.0.13" }).filter({ hasText: "outdated" }).first();
  await row.waitFor();
  await row.getByRole("button", { name: /Open the flow/ }).click();
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  await page.getByText("first packet", { exact: true }).waitFor();
});

test("names that hold HTML are shown as text", { timeout: 60000 }, async () => {
  await go("hosts/10.77.0.12");
  await page.getByText(hostile_name).first().waitFor();
  assert.equal(await page.evaluate(() => window.broken), undefined);
  assert.equal(await page.locator("img[src='x']").count(), 0);
});

test("a finding is opened, with its sentence and its packets", { timeout: 90000 }, async () => {
  world.scan();
  await go("findings?kind=port_scan");
  const row = page.locator("tbody tr", { hasText: scanner_address }).first();
  await row.waitFor({ timeout: 30000 });
  await row.getByRole("link", { name: "port scan" }).click();
  await page.getByText(new RegExp(`^${scanner_address} asked ${host_address} for`)).first().waitFor();
  const download = await until("evidence", async () => {
    const begun = page.waitForEvent("download", { timeout: 3000 }).catch(() => null);
    await page.getByRole("button", { name: "Download evidence" }).click();
    return begun;
  }, 30000);
  assert.equal(readFileSync(await download.path()).readUInt32LE(0), 0x0a0d0d0a, "a pcapng file");
});

test("an address blocked in the page is dropped, and let in again", { timeout: 90000 }, async () => {
  assert.equal(world.reaches(scanner_address), true);
  const before = (await ask("/v1/stats")).in.blocked_packets;
  await page.getByRole("button", { name: `Block ${scanner_address} …` }).click();
  await page.getByRole("form", { name: "Block or allow" }).getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText(`${scanner_address} is on the block-list now.`).waitFor();
  assert.equal(world.reaches(scanner_address), false);
  assert.equal(world.reaches("10.77.0.11"), true, "nobody else is");
  assert.ok((await ask("/v1/stats")).in.blocked_packets > before);
  await page.getByRole("button", { name: `Unblock ${scanner_address}` }).first().click();
  await until("its packets again", () => world.reaches(scanner_address));
});

test("a policy's flaws are named by line and column, and a trial is rolled back", { timeout: 60000 }, async () => {
  await go("policy");
  const editor = page.getByLabel("Policy, YAML");
  await editor.fill("version: 1\nblock: [198.51.100.7]\nrules: [1]\n");
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("button", { name: "3:9" }).waitFor();
  await editor.fill("version: 1\nblock: [198.51.100.7]\n");
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByText("No flaws.").waitFor();
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("timer").waitFor();
  assert.ok((await ask("/v1/policy")).confirm_until_ns > 0);
  await page.getByRole("button", { name: "Roll back now" }).click();
  await page.getByText("Rolled back").waitFor();
  assert.equal((await ask("/v1/policy")).policy?.includes("198.51.100.7") ?? false, false);
});

test("patterns are told in a sentence each, and the questions behind them can be asked again", { timeout: 60000 }, async () => {
  await go("patterns");
  const has_history = await page.evaluate(async () => (await fetch("/v1/analysis/movers")).status === 200);
  if (!has_history) {
    await page.getByText("This sensor keeps no history.").waitFor();
    return;
  }
  for (const name of ["Unusual", "Changed most", "New", "Slower or lossier", "Regular", "Where it is going"])
    assert.match(await text_of(page.getByRole("region", { name, exact: true }).locator("strong")), /\w+ .*\w/, name);
  const moved = page.getByRole("region", { name: "Changed most" });
  await moved.getByText("What it rests on").click();
  const question = await text_of(moved.locator("pre").first());
  const answered = await page.evaluate(async (body) => {
    const csrf = (await (await fetch("/auth/session")).json()).csrf;
    const answer = await fetch("/v1/query", { method: "POST", body, headers: { "Content-Type": "application/json", "X-Vedette-CSRF": csrf } });
    return [answer.status, await answer.text()];
  }, question);
  assert.equal(answered[0], 200, answered[1]);
  await page.getByRole("combobox", { name: /^By/ }).selectOption("dst_port");
  await page.waitForFunction(() => location.hash.includes("dst_port"));
  await moved.locator("strong").waitFor();
});

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
