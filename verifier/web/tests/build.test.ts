/** The build's own rules: the policy fits the scripts, the precache list fits the files, too heavy is no build. */

import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { preamble, precached } from "../plugins/precache";
import { png } from "../plugins/seal";
import { assemble } from "../plugins/single";
import { weigh } from "../plugins/weight";

const HTML = `<!doctype html><html><head><meta charset="utf-8" /><link rel="stylesheet" href="/s.css" /></head><body><main></main><script type="module" src="/m.ts"></script></body></html>`;
const hash = (text: string) => createHash("sha256").update(text).digest("base64");

test("the single file allows exactly its own script and style, and names no other file", () => {
  const html = assemble(HTML, `document.title = "</script><!--<script>";`, "b{color:red}");
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text ?? "");
  expect(scripts).toHaveLength(1);
  expect(html).toContain(`script-src 'sha256-${hash(scripts[0] ?? "")}' 'wasm-unsafe-eval';`);
  expect(html).toContain(`style-src 'sha256-${hash("b{color:red}")}';`);
  expect(html).toContain(`<script type="application/json" id="embedded">null</script><script>`);
  expect(html).not.toMatch(/src=|href="[^d]/);
  expect(html.indexOf("Content-Security-Policy")).toBeLessThan(html.indexOf("<style>"));
});

test("what the page keeps is listed by its hash, whatever the order", () => {
  const files = {
    "sw.js": "w",
    "headers.json": "{}",
    "b.js": "b",
    "index.html": "p",
    "seal.png": "",
  };
  const list = precached(files);
  expect(list).toEqual([
    ["./", `sha256-${hash("p")}`],
    ["b.js", `sha256-${hash("b")}`],
  ]);
  expect(precached(Object.fromEntries(Object.entries(files).reverse()))).toEqual(list);
  expect(preamble(list)).not.toBe(preamble(precached({ ...files, "b.js": "c" })));
  expect(preamble(list).match(/"unpinned"/g)).toHaveLength(1);
});

test.each([
  ["as light as they may be", 40_000, 420_000, null],
  ["a first paint too heavy", 40_001, 0, "too heavy"],
  ["all too heavy", 40_000, 420_001, "too heavy"],
])("%s", (_, first, rest, refusal) => {
  const html = `<script src="./a.js"></script>`;
  const weights = [
    { name: "index.html", raw: 1, packed: 0 },
    { name: "a.js", raw: 1, packed: first },
    { name: "b.wasm", raw: 1, packed: rest },
    { name: "single.html", raw: 1, packed: 999_999 },
  ];
  const weighed = () => weigh(weights, html, ["index.html", "a.js", "b.wasm"]);
  if (refusal) expect(weighed).toThrow(refusal);
  else expect(weighed()).toContain("first paint 40000, offline 460000 bytes");
});

test("an icon is a PNG of its size, its corners clear and its strokes pale", () => {
  const side = 64;
  const image = png(side, 10, 1);
  expect(image.subarray(1, 4).toString()).toBe("PNG");
  expect([image.readUInt32BE(16), image.readUInt32BE(20)]).toEqual([side, side]);
  const size = image.readUInt32BE(33);
  const rows = inflateSync(image.subarray(41, 41 + size));
  const at = (x: number, y: number) => [
    ...rows.subarray(y * (4 * side + 1) + 1 + 4 * x).subarray(0, 4),
  ];
  expect(at(0, 0)[3]).toBe(0);
  expect(at(32, 2)).toEqual([0xb8, 0x32, 0x1f, 255]);
  expect(at(36, 30)).toEqual([0xff, 0xf8, 0xee, 255]);
});
