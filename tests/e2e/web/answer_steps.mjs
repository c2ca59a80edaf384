// Findings, and what is done about whom they name: lists and the policy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { ask, go, page, region, text_of, world } from "./visit.mjs";
import { host_address, scanner_address, until } from "./world.mjs";

test("a finding is opened, with its sentence and its packets", { timeout: 90000 }, async () => {
  world.scan();
  await go("findings?kind=port_scan");
  const row = region("Findings, the latest first").locator("tbody tr", { hasText: scanner_address }).filter({ hasText: "port scan" }).first();
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

test("an address blocked in the page is dropped until its time is over or it is let in again", { timeout: 90000 }, async () => {
  assert.equal(world.reaches(scanner_address), true);
  const before = (await ask("/v1/stats")).in.blocked_packets;
  await page.getByRole("button", { name: `Block ${scanner_address} …` }).click();
  const form = page.getByRole("form", { name: "Block or allow" });
  await form.getByRole("combobox", { name: "For", exact: true }).selectOption("10 minutes");
  await form.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText(`${scanner_address} is on the block-list now.`).waitFor();
  const [entry] = (await ask(`/v1/blocks?holds=${scanner_address}`)).blocks;
  assert.equal(Math.round((entry.expires_ns - entry.since_ns) / 1e9), 600, "it ends ten minutes after it began");
  for (const list of [region(/port scan by/), region("Block-list and allow-list")]) {
    const row = list.locator("tbody tr", { hasText: scanner_address }).filter({ hasText: "block" }).first();
    await row.getByText(/min.*left/).waitFor();
  }
  assert.equal(world.reaches(scanner_address), false);
  assert.equal(world.reaches("10.77.0.11"), true, "nobody else is");
  assert.ok((await ask("/v1/stats")).in.blocked_packets > before);
  await page.getByRole("button", { name: `Unblock ${scanner_address}` }).first().click();
  await until("its packets again", () => world.reaches(scanner_address));
  await until("both lists without it", async () => (await page.getByRole("button", { name: `Unblock ${scanner_address}` }).count()) === 0);
});

test("an address allowed in the page is passed though its network is blocked, and can be taken off", { timeout: 90000 }, async () => {
  await page.getByRole("button", { name: "Allow …", exact: true }).click();
  const form = page.getByRole("form", { name: "Block or allow" });
  await form.getByRole("combobox", { name: "For", exact: true }).selectOption("until removed");
  await form.getByRole("button", { name: "Allow", exact: true }).click();
  await page.getByText(`${scanner_address} is on the allow-list now.`).waitFor();
  const lists = region("Block-list and allow-list");
  await lists.locator("tbody tr", { hasText: scanner_address }).filter({ hasText: "allow" }).getByText("until removed").waitFor();

  const network = scanner_address.replace(/\d+$/, "12/30"); // the scanner's, and three others'
  await lists.getByRole("button", { name: "Add …" }).click();
  await lists.getByLabel("Address or network").fill(network);
  await lists.getByRole("button", { name: "Block", exact: true }).click();
  await lists.getByText(`${network} is on the block-list.`).waitFor();
  assert.equal(world.reaches("10.77.0.13"), false, "its network is blocked");
  assert.equal(world.reaches(scanner_address), true, "it is not");

  await lists.getByRole("button", { name: `Remove ${scanner_address}` }).click();
  await until("the network's block to hold for it too", () => !world.reaches(scanner_address));
  await lists.getByRole("button", { name: `Unblock ${network}` }).click();
  await until("its packets again", () => world.reaches(scanner_address));
  assert.deepEqual((await ask("/v1/blocks")).blocks.filter((one) => one.kind !== "feed"), []);
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

test("another policy is tried beside the one in force", { timeout: 60000 }, async () => {
  await go("policy");
  const editor = page.getByLabel("Policy, YAML");
  await editor.fill("version: 1\nblock: [10.77.0.13]\nrules: [{name: all, verdict: pass}]\n");
  await page.getByRole("button", { name: "Try beside" }).click();
  const trial = page.getByRole("region", { name: "Tried beside it since" });
  await trial.waitFor();
  assert.equal(world.reaches("10.77.0.13"), true, "it only counts");
  await until("its packets to be counted", async () => {
    world.reaches("10.77.0.13");
    const row = trial.getByRole("row", { name: "(block)" });
    return (await row.count()) === 1 && Number(await row.getByRole("cell").nth(2).innerText()) > 0;
  });
  assert.equal((await ask("/v1/policy")).policy?.includes("10.77.0.13") ?? false, false);
  await trial.getByRole("button", { name: "End" }).click();
  await page.getByText("It is tried no more.").waitFor();
  assert.equal((await ask("/v1/policy/shadow")).policy, undefined);
  await page.getByRole("button", { name: "Undo changes" }).click();
});
