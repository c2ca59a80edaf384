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
