// What is stored: asked by any measure and dimension, and told without being asked.
import assert from "node:assert/strict";
import test from "node:test";

import { ask, ask_history, figure_in, go, no_store, page, region, tab_to, text_of, tile, told_by } from "./visit.mjs";
import { scanner_address, until } from "./world.mjs";

const choose = (label, value) => page.getByRole("form", { name: "Question" }).getByRole("combobox", { name: label, exact: true }).selectOption(value);
const ranking = () => region("Ranking").locator("tbody tr");
const where = () => page.getByLabel("Where (FIELD = VALUE, …)");
const again = () => page.getByRole("button", { name: "Ask", exact: true }).click();

/** The ranking's rows as [name, figure], once it has what `there` looks for: flows are told as they end. */
async function ranked(what, there) {
  return until(what, async () => {
    await again();
    await page.getByText(/· level /).waitFor();
    const rows = await ranking().evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
    return there(rows) && rows.map(([name, figure]) => [name, figure_in(figure)]);
  });
}

/** Whether a chart's canvas holds anything in this colour, a token's name. */
async function is_drawn(chart, token) {
  return chart.locator("canvas").evaluate((canvas, token) => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `var(--${token})`;
    const wanted = getComputedStyle(probe).color.match(/\d+/g).map(Number);
    probe.remove();
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4)
      if (data[at + 3] > 200 && [0, 1, 2].every((part) => Math.abs(data[at + part] - wanted[part]) < 8)) return true;
    return false;
  }, token);
}

test("history is asked by another measure and dimension, and filtered", { timeout: 90000, skip: no_store }, async () => {
  await go("history");
  await choose("Measure", "reply_packets");
  await choose("By", "dst_port");
  await choose("Of the last", "15m");
  const rows = await ranked("rows of ports 80 and 443", (rows) => ["80", "443"].every((port) => rows.some(([name]) => name === port)));
  assert.ok(rows.every(([, packets]) => packets >= 0) && rows.find(([name]) => name === "443")[1] > 5, JSON.stringify(rows));
  await region("Packets sent by responders by dst port").waitFor();
  assert.ok(await is_drawn(region("Packets sent by responders by dst port"), "series-1"), "a line");

  await where().fill("dst_port = 443, src_ip = 10.77.0.13");
  await choose("By", "app_version");
  const versions = await ranked("what 10.77.0.13 speaks", (rows) => rows.some(([name]) => name === "1.0"));
  // A connection that is just beginning speaks nothing yet; what the others speak is later than 1.0.
  assert.deepEqual(versions.map(([name]) => name).filter((name) => name !== "–"), ["1.0"]);

  await where().fill("dst_port ~ 443");
  await again();
  await page.getByRole("alert").getByText("dst_port ~ 443").waitFor();
  await where().fill("src_ip = 192.0.2.99");
  await again();
  await page.getByText("Nothing is stored of this time that fulfils the conditions.").waitFor();
  await where().fill("");
  await again();
  await ranking().first().waitFor();
});

test("whatever the API can be asked, the page can", { timeout: 60000, skip: no_store }, async () => {
  // Asked for what there isn't, it says what there is.
  const there = async (question) => {
    const { status, answer } = await ask_history({ measures: ["packets"], ...question });
    assert.equal(status, 400, JSON.stringify(answer));
    const [, names] = /these are: (.*)/.exec(answer.errors[0].hint);
    return names.split(", ").filter(Boolean);
  };
  const offered = async (label) => (await page.getByRole("combobox", { name: label, exact: true }).locator("option").evaluateAll((all) => all.map((one) => one.value))).sort();
  let compared = 0;
  for (const from of ["flows", "interfaces", "findings"]) {
    await choose("Of", from);
    const dimensions = await there({ from, by: ["?"] });
    const gauges = await there({ from, measures: ["mean:?"] });
    const measures = [...(await there({ from, measures: ["?"] })), ...gauges.flatMap((name) => ["mean", "min", "max", "count"].map((of) => `${of}:${name}`)), ...dimensions.map((name) => `distinct:${name}`)];
    assert.deepEqual(await offered("By"), dimensions.sort(), from);
    assert.deepEqual(await offered("Measure"), measures.sort(), from);
    compared += measures.length;
  }
  assert.ok(compared > 60, `${compared} measures`);
  // And what it asks is understood.
  for (const [from, measure, by] of [["flows", "count:handshake_rtt_us", "cgroup"], ["findings", "max:score", "src_prefix"], ["interfaces", "dropped_bytes", "direction"]]) {
    await choose("Of", from);
    await choose("Measure", measure);
    await choose("By", by);
    await page.waitForFunction((measure) => location.hash.includes(encodeURIComponent(measure)), measure);
    await page.getByText(/· level /).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0, measure);
  }
  await choose("Of", "flows");
});

test("who asked what of whom is drawn as bands", { timeout: 60000, skip: no_store }, async () => {
  await choose("Measure", "bytes");
  const drawn = region("Source → service → destination").getByRole("img", { name: /Sources, services and destinations/ });
  await drawn.waitFor();
  for (const name of ["10.77.0.13", "tcp/443", "10.77.0.1"]) await drawn.getByText(name, { exact: true }).first().waitFor();
  const widths = await drawn.locator(".ribbon").evaluateAll((all) => all.map((one) => Number(one.getAttribute("stroke-width"))));
  assert.ok(widths.length > 4 && widths.every((width) => width >= 1), String(widths));
});

test("the figures behind bands and charts are reached by the keyboard", { timeout: 90000, skip: no_store }, async () => {
  await page.getByRole("heading", { level: 1 }).click();
  const summary = await tab_to("summary");
  assert.equal(await text_of(summary), "The same as a table");
  await page.keyboard.press("Enter");
  const rows = region("Source → service → destination").locator("tbody tr");
  await rows.filter({ hasText: "10.77.0.13" }).filter({ hasText: "tcp/443" }).filter({ hasText: "10.77.0.1" }).first().waitFor();

  await choose("Measure", "flows");
  await choose("By", "dst_port");
  await region("Flows by dst port").waitFor();
  const chart = await tab_to("[role=slider][aria-label^='Flows by dst port']");
  await page.keyboard.press("Home");
  let counted = 0;
  for (;;) {
    const { at, last, text } = await told_by(chart);
    assert.match(text, /^\d\d:\d\d:\d\d  /);
    counted += Number(/ 443: (\d+)/.exec(text)?.[1] ?? 0);
    if (at === last) break;
    await page.keyboard.press("ArrowRight");
    assert.equal((await told_by(chart)).at, at + 1);
  }
  const row = await text_of(ranking().filter({ has: page.getByText("443", { exact: true }) }).locator("td").last());
  assert.equal(counted, figure_in(row), "all of the line's points are the ranking's figure");
  assert.ok(counted > 5);
});

test("history is shown beside last week's", { timeout: 60000, skip: no_store }, async () => {
  // The sensor is minutes old: what it says of this week is told as last week's too.
  const week_ns = 7 * 86400 * 1e9;
  const asked = [];
  await page.route("**/v1/query", async (route) => {
    const question = route.request().postDataJSON();
    asked.push(question);
    if (Date.now() * 1e6 - question.to_ns < week_ns / 2) return route.continue();
    const answer = await (await route.fetch({ postData: JSON.stringify({ ...question, from_ns: question.from_ns + week_ns, to_ns: question.to_ns + week_ns }) })).json();
    const before = (row) => ({ ...row, time_ns: row.time_ns - week_ns });
    return route.fulfill({ json: { ...answer, from_ns: question.from_ns, to_ns: question.to_ns, rows: answer.rows.map(before) } });
  });
  try {
    await page.getByRole("checkbox", { name: "beside last week" }).check();
    const beside = region("Beside last week");
    await beside.getByText("dashed: seven days before").waitFor();
    assert.ok(await is_drawn(beside, "before"), "a line of last week");
    const [now, then] = asked.filter((one) => one.bucket && one.by.length === 0);
    assert.deepEqual([now.from_ns - then.from_ns, now.to_ns - then.to_ns], [week_ns, week_ns]);
  } finally {
    await page.unroute("**/v1/query");
  }
  await again();
  await page.getByText("nothing is stored of seven days before").waitFor();
  await page.getByRole("checkbox", { name: "beside last week" }).uncheck();
  await region("Beside last week").waitFor({ state: "detached" });
});

test("flows that have ended are searched by the same filter, and one is opened", { timeout: 120000, skip: no_store }, async () => {
  await go("flows?filter=src+host+10.77.0.13+and+tcp+dst+port+443");
  await page.getByRole("combobox", { name: "Time", exact: true }).selectOption("1h");
  const rows = region("Flow table").locator("tbody tr");
  await until("several that are stored", async () => {
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText(/ match, stored of /).waitFor();
    return (await rows.count()) > 2;
  });
  const found = await rows.evaluateAll((all) => all.map((row) => row.innerText));
  assert.ok(found.every((text) => text.includes("10.77.0.13") && text.includes("10.77.0.1")), found.join("\n"));
  const [told] = (await ask("/v1/flows?last=1h&limit=1&sort=-last_ns&filter=src+host+10.77.0.13+and+tcp+dst+port+443")).flows;
  assert.equal(told.dst_port, 443);
  assert.ok(told.process?.name, "its owner is stored");

  await rows.first().getByRole("button", { name: /^Open the flow/ }).click();
  const detail = page.locator("section.detail");
  await detail.getByText("first packet", { exact: true }).waitFor();
  await detail.getByText(/^last packet that is stored, /).waitFor();
  await detail.getByText(/^TCP handshake done in /).waitFor();
  await detail.getByText("All of it is one row in the history").waitFor();
  await detail.getByRole("link", { name: "All of 10.77.0.13" }).waitFor();
  await detail.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: "Replies" }).click();
  await page.waitForFunction(() => location.hash.includes("sort=-reply_bytes"));
  await page.getByText(/ match, stored of /).waitFor();
  await page.getByLabel("Filter, as pcap-filter(7) has it").fill("src host 192.0.2.99");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByText("No flow that is stored of this span matches.").waitFor();
});

test("a scanner's stored flows lead to what was found of it", { timeout: 60000, skip: no_store }, async () => {
  await go(`flows?span=1h&sort=first_ns&filter=src+host+${scanner_address}+and+tcp`);
  await region("Flow table").getByRole("button", { name: /^Open the flow/ }).first().click();
  await page.locator("section.detail").getByRole("link", { name: "port scan", exact: true }).first().click();
  await page.getByRole("heading", { level: 2, name: /port scan by/ }).waitFor();
});

test("a span is chosen by its ends", { timeout: 60000, skip: no_store }, async () => {
  await go("flows");
  const span = page.getByRole("combobox", { name: "Time", exact: true });
  await span.selectOption("chosen");
  await page.getByText(/flows?, stored of /).waitFor();
  const end = await page.getByLabel("To", { exact: true }).inputValue();
  await page.getByLabel("From", { exact: true }).fill(end.replace(/^\d{4}/, "2001"));
  await page.getByText(/, stored of /).waitFor();
  await page.getByLabel("From", { exact: true }).fill(end.replace(/^\d{4}/, "2999"));
  await page.getByText("the span ends before it begins").waitFor();
  await span.selectOption("");
  await page.getByLabel("every 3 s").waitFor();
});

test("an address that is looked up shows its flows, services and peers", { timeout: 60000 }, async () => {
  await go("hosts");
  await page.getByLabel("Address", { exact: true }).fill("10.77.0.13");
  await page.getByRole("button", { name: "Look it up" }).click();
  await page.waitForFunction(() => location.hash === "#/hosts/10.77.0.13");
  const flow = region("Latest flows").locator("tbody tr").filter({ hasText: "10.77.0.1:443" }).first();
  await flow.waitFor();
  assert.match(await text_of(flow), /10\.77\.0\.13:\d+/);
  await region("Services").locator("tbody tr", { hasText: "tcp/443" }).filter({ hasText: "outdated" }).waitFor();
  await region("Peers").getByRole("link", { name: "10.77.0.1", exact: true }).waitFor();
});

test("an address is told whole by the history, not by its latest flows", { timeout: 90000, skip: no_store }, async () => {
  await go(`hosts/${scanner_address}`);
  await page.getByText("Sums are of the last 24 hours.").waitFor();
  assert.ok((await tile("Flows")) >= 1000, "as many as ports that it scanned");
  for (const name of ["First seen", "Last seen"]) assert.match(await text_of(page.locator(".tiles > div", { hasText: name }).locator("dd")), /^\d\d:\d\d:\d\d$/);
  await region("Findings").getByText(/\d × port scan/).waitFor();
  await region("Services").locator("tbody tr", { hasText: "asks" }).filter({ hasText: "tcp/80" }).first().waitFor();
  const { answer } = await ask_history({ measures: ["bytes", "reply_bytes"], where: [{ field: "src_ip", value: scanner_address }] });
  const got = await tile("It got");
  assert.ok(got > 0 && got <= answer.rows[0].reply_bytes * 1.01, `${got} of ${answer.rows[0].reply_bytes}`);
  const chart = await tab_to("[role=slider][aria-label^='Bytes that']");
  assert.match((await told_by(chart)).text, /sent: [\d.]+.*got: [\d.]+/);
  await page.getByRole("combobox", { name: "Of the last", exact: true }).selectOption("15m");
  await page.getByText("Sums are of the last 15 minutes.").waitFor();

  // And where there is none, it says what it sums.
  await page.route("**/v1/query", (route) => route.fulfill({ status: 503, json: { status: 503, title: "no history", detail: "the sensor keeps none" } }));
  try {
    await page.reload();
    await page.getByText(/^Sums are of (the latest 200 of [\d\s]+ flows|the flows) held now; this sensor keeps no history\.$/).waitFor();
    assert.ok((await tile("Flows")) <= 200);
  } finally {
    await page.unroute("**/v1/query");
  }
});

test("without a store, what needs one says so", { skip: !no_store && "this sensor keeps history" }, async () => {
  for (const view of ["history", "patterns", "flows?span=1h"]) {
    await go(view);
    await page.getByText("This sensor keeps no history.").waitFor();
  }
});

test("patterns are told in a sentence each, and the questions behind them can be asked again", { timeout: 60000, skip: no_store }, async () => {
  await go("patterns");
  for (const name of ["Unusual", "Changed most", "Another level since", "New", "New since yesterday", "Slower or lossier", "Regular", "Where it is going"])
    assert.match(await text_of(region(name).locator("strong")), /\w+ .*\w/, name);
  const moved = region("Changed most");
  await moved.getByText("What it rests on").click();
  const question = await text_of(moved.locator("pre").first());
  const { status, answer } = await ask_history(question);
  assert.equal(status, 200, JSON.stringify(answer));
  await page.getByRole("combobox", { name: /^By/ }).selectOption("dst_port");
  await page.waitForFunction(() => location.hash.includes("dst_port"));
  await moved.locator("strong").waitFor();
});
