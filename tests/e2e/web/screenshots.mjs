// screenshots.mjs TO [VIEW...]: pictures of the views, light and dark, of two minutes of the test's own traffic, as
// TO/web-VIEW-THEME.png. What web_test.mjs is given in its environment is what this needs as well.
import path from "node:path";

import { open_browser, open_page } from "./browser.mjs";
import { start_gateway } from "./gateway.mjs";
import { scanner_address, World } from "./world.mjs";

const kPassword = "correct horse battery staple";
const kSeconds = 150;
const kPolicy = `version: 1
allow: [10.77.0.2]
rules:
  - name: no-telnet
    match: {protocol: tcp, destination_port: 23}
    verdict: drop
  - name: few-new-flows-to-the-shop
    match: {protocol: tcp, destination_port: 443}
    verdict: {limit: 500/s}
    observe: true
`;
const [to, ...wanted] = process.argv.slice(2);
const views = { now: "now", flows: "flows?filter=port+5201+or+port+5203&sort=-first_ns", hosts: "hosts/10.77.0.12", history: "history?by=dst_port&span=15m", patterns: "patterns?by=dst_port", findings: "findings", policy: "policy", system: "system" };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const world = new World(process.env.VEDETTE_BIN);
let browser;

async function sign_in(page, token) {
  await page.getByRole("heading", { level: 1, name: token ? "First start" : "Sign in" }).waitFor();
  if (token) {
    await page.getByLabel("One-time token").fill(token);
    await page.getByLabel(/^Password/).fill(kPassword);
    await page.getByLabel("The same once more").fill(kPassword);
    await page.getByRole("button", { name: "Set the password" }).click();
  } else {
    await page.getByLabel("Password").fill(kPassword);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await page.getByRole("heading", { level: 1, name: "Now" }).waitFor();
}

// What is worth a picture: a finding that is opened, a policy that was checked.
const touches = {
  findings: async (page) => {
    await page.locator("tbody tr", { hasText: scanner_address }).filter({ hasText: "port scan" }).first().getByRole("link", { name: "port scan" }).click();
    await page.getByRole("heading", { name: /port scan by/ }).waitFor();
    await page.getByRole("heading", { level: 1 }).hover();
  },
  policy: async (page) => {
    await page.getByLabel("Policy, YAML").fill(kPolicy);
    await page.getByRole("button", { name: "Check" }).click();
    await page.getByText("No flaws.").waitFor();
    await page.getByRole("button", { name: "Try beside" }).click();
    await page.getByRole("region", { name: "Tried beside it since" }).waitFor();
  },
  flows: async (page) => {
    await page.locator("tbody tr", { hasText: "established" }).filter({ hasText: "MB" }).first().getByRole("button", { name: /Open the flow/ }).click();
    await page.getByRole("button", { name: /Watch them/ }).click();
    await wait(6000);
  },
};

try {
  await world.open();
  const gateway = await start_gateway(world, process.env.VEDETTE_WEB_FILES);
  world.visit("web4", "web6", "names", "echo4", "banners", "bulk4", "stream6", "lossy");
  world.visit_tls();
  browser = await open_browser();
  const pages = {};
  let token = gateway.token;
  for (const theme of ["light", "dark"]) {
    const { page } = await open_page(browser, gateway.base, { viewport: { width: 1280, height: 800 }, colorScheme: theme });
    await sign_in(page, token);
    token = "";
    pages[theme] = page;
  }
  await wait((kSeconds * 1000) / 3);
  world.scan();
  await wait((kSeconds * 2000) / 3);
  for (const [theme, page] of Object.entries(pages)) {
    await page.bringToFront(); // a page that nobody sees asks nothing
    for (const [view, place] of Object.entries(views)) {
      if (wanted.length && !wanted.includes(view)) continue;
      await page.goto(`${gateway.base}/#/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await wait(3500);
      await touches[view]?.(page);
      await page.screenshot({ path: path.join(to, `web-${view}-${theme}.png`) });
    }
  }
} finally {
  await browser?.close();
  await world.close();
}
