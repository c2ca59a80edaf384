// A real browser on the gateway's pages, and what it did beside what was asked of it: requests to other origins, broken
// content policies, errors in the pages.
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

export const browser_program = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

export async function open_browser() {
  // Root has no sandbox of Chromium's.
  return chromium.launch({ executablePath: browser_program, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

/** A page of `base`; `wrongs` grows by what went wrong in it. */
export async function open_page(browser, base, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const wrongs = [];
  const origin = new URL(base).origin;
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) wrongs.push(`request to ${request.url()}`);
  });
  page.on("pageerror", (error) => wrongs.push(`error in the page: ${error.message}`));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) wrongs.push(message.text());
  });
  await page.goto(base);
  return { context, page, wrongs };
}
