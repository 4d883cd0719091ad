/** What the page weighs: a `.gz` beside each file that shrinks, and limits that the build may not pass. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { gzip } from "./zopfli.ts";

const MAX_OFFLINE = 460_000; // bytes, packed: everything that the phone keeps
const MAX_FIRST_PAINT = 40_000; // bytes, packed: what has to arrive before anything is seen
const SINGLE = "single.html"; // packed inside already: nothing for the slow compressor to win
const COMPRESSIBLE = /\.(html|js|css|svg|json|txt|webmanifest|wasm)$/;

export interface Weight {
  readonly name: string;
  readonly raw: number;
  /** As it travels. */
  readonly packed: number;
}

/** Write the `.gz` files in `folder` and weigh everything there. */
export async function compress(folder: string): Promise<readonly Weight[]> {
  const weights: Weight[] = [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  for (const name of names.filter((one) => /\.\w+$/.test(one))) {
    const data = readFileSync(join(folder, name));
    const packed = !COMPRESSIBLE.test(name)
      ? data
      : name === SINGLE
        ? gzipSync(data)
        : await gzip(data);
    if (packed !== data) writeFileSync(join(folder, `${name}.gz`), packed);
    weights.push({ name, raw: data.length, packed: packed.length });
  }
  return weights;
}

/** The table, and an Error where a limit is passed. */
export function weigh(
  weights: readonly Weight[],
  html: string,
  offline: readonly string[],
): string {
  const sum = (of: (name: string) => boolean): number =>
    weights.reduce((total, { name, packed }) => total + (of(name) ? packed : 0), 0);
  const named = (name: string): boolean => name === "index.html" || html.includes(`"./${name}"`);
  const first = sum((name) => named(name) && /\.(html|js|css)$/.test(name));
  const all = sum((name) => offline.includes(name));
  const table = weights.map(({ name, raw, packed }) => `${raw}\t${packed}\t${name}`).join("\n");
  const result = `raw\tpacked\n${table}\nfirst paint ${first}, offline ${all} bytes`;
  if (first > MAX_FIRST_PAINT || all > MAX_OFFLINE) throw new Error(`too heavy\n${result}`);
  return result;
}
