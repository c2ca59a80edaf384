// web_files_test.mjs WEB: what the browser is given, as files: how much comes before the first view, and that nothing in
// it is inline or comes from elsewhere.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = process.env.VEDETTE_WEB_FILES;
const sources = fileURLToPath(new URL("../../../web/src/", import.meta.url));
const kMost = 150 * 1024;
const page = readFileSync(path.join(web, "index.html"), "utf8");

function files_below(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files_below(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
  );
}

/** The page's own files, the view that opens first, and all that these import. */
function first_load() {
  const wanted = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name);
  const now = files_below(path.join(web, "assets")).map((file) => path.basename(file)).find((name) => /^Now-.*\.js$/.test(name));
  assert.ok(now, "there is a file of the first view");
  wanted.push(`assets/${now}`);
  const files = new Set();
  while (wanted.length) {
    const name = wanted.pop();
    if (files.has(name)) continue;
    files.add(name);
    if (!name.endsWith(".js")) continue;
    const text = readFileSync(path.join(web, name), "utf8");
    for (const [, imported] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) wanted.push(`assets/${imported}`);
  }
  return [...files];
}

test("the first view needs at most 150 KB", () => {
  const files = first_load();
  assert.ok(files.length >= 5, `the page's files are found: ${files.join(" ")}`);
  const bytes = [page, ...files.map((name) => readFileSync(path.join(web, name)))].reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0);
  console.log(`first load: ${bytes} bytes in ${files.length + 1} files, gzipped`);
  assert.ok(bytes > 10000, "the whole of it was weighed");
  assert.ok(bytes <= kMost, `${bytes} bytes`);
});

test("the page has no inline code and no inline style", () => {
  assert.equal([...page.matchAll(/<script(?![^>]*\bsrc=)/g)].length, 0);
  assert.equal([...page.matchAll(/<style|\sstyle=|\son[a-z]+=/g)].length, 0);
});

test("nothing is asked of another origin", () => {
  for (const file of files_below(web).filter((name) => /\.(html|css)$/.test(name)))
    assert.deepEqual(readFileSync(file, "utf8").match(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]+/gi) ?? [], [], file);
  for (const file of files_below(web).filter((name) => name.endsWith(".css")))
    assert.equal(/url\(|@import/.test(readFileSync(file, "utf8")), false, `${file} loads nothing`);
});

test("no source has the browser read text as HTML", () => {
  const all = files_below(sources).filter((name) => /\.(svelte|js)$/.test(name));
  assert.ok(all.length > 20);
  for (const file of all) assert.equal(/\{@html|innerHTML|insertAdjacentHTML|document\.write|\beval\(/.test(readFileSync(file, "utf8")), false, file);
});

// WCAG 2: relative luminance, and the contrast of two colours.
function contrast(one, other) {
  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test("every colour of text stands out from its ground, by day and by night", () => {
  const tokens = readFileSync(path.join(sources, "style/tokens.css"), "utf8");
  const pairs = new Map([...tokens.matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, day, night]) => [name, [day, night]]));
  const on = { text: ["ground", "surface", "raised", "accent-ground"], muted: ["ground", "surface", "raised"], accent: ["ground", "surface", "accent-ground"], "on-accent": ["accent"], in: ["surface"], out: ["surface"], good: ["surface", "raised"], warn: ["surface", "warn-ground"], bad: ["surface", "bad-ground"] };
  let looked_at = 0;
  for (const [text, grounds] of Object.entries(on))
    for (const ground of grounds)
      for (const theme of [0, 1]) {
        const ratio = contrast(pairs.get(text)[theme], pairs.get(ground)[theme]);
        assert.ok(ratio >= 4.5, `${text} on ${ground}, ${["day", "night"][theme]}: ${ratio.toFixed(2)}`);
        looked_at++;
      }
  assert.ok(looked_at > 30);
});
