// Coming in, what happens now, and the flows of it.
import assert from "node:assert/strict";
import test from "node:test";

import { gateway, go, heading, page, password, region, text_of, tile, world } from "./visit.mjs";
import { host_address, hostile_name, until } from "./world.mjs";

test("the first start asks for the token and a password", { timeout: 60000 }, async () => {
  await heading("First start").waitFor();
  const fill = async (token) => {
    await page.getByLabel("One-time token").fill(token);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByLabel("The same once more").fill(password);
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
  await page.getByLabel("Password").fill(password);
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
