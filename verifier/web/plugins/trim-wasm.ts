/**
 * zxing's WebAssembly without its tables for texts in Big5, GBK, Shift JIS and EUC-KR: a quarter of its weight.
 *
 * Our codes are ASCII, strangers' are told to be strangers' whatever they say, and UTF-8 needs no
 * table. The tables are blanked where they lie, so that nothing else moves.
 */

import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const DATA = 11; // the section of that number (WebAssembly Core 1.0 §5.5.14)
const HEADER = 8; // bytes before the first section
const MIN_TABLE = 4096; // bytes; a smaller one is not worth the care
const MIN_SHARE = 0.5; // of its 16-bit units are characters, each another; ASCII texts repeat theirs

/** Whether `unit` is a Chinese, Japanese or Korean character of the Basic Multilingual Plane. */
const isEastAsian = (unit: number): boolean =>
  (unit >= 0x3000 && unit < 0xa000) || (unit >= 0xac00 && unit < 0xd7a4);

interface Trimmed {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Bytes. */
  readonly blanked: number;
}

/** `wasm` with each data segment blanked that is a table of East Asian characters. */
export function trimmed(wasm: Uint8Array): Trimmed {
  const out = Uint8Array.from(wasm);
  let at = HEADER;
  let blanked = 0;

  /** The next unsigned LEB128 number (§5.2.2). */
  function number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = out[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  while (at < out.length) {
    const section = out[at++];
    const end = number() + at;
    for (let segments = section === DATA ? number() : 0; segments > 0; segments--) {
      if (number() !== 0) throw new Error("a data segment of another kind"); // active, memory 0
      at++; // i32.const
      number();
      at++; // end of the expression
      const size = number();
      const bytes = out.subarray(at, at + size);
      if (size >= MIN_TABLE && shareOf(bytes) >= MIN_SHARE) {
        bytes.fill(0);
        blanked += size;
      }
      at += size;
    }
    at = end;
  }
  return { wasm: out, blanked };
}

function shareOf(bytes: Uint8Array): number {
  const found = new Set<number>();
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const unit = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    if (isEastAsian(unit)) found.add(unit);
  }
  return (2 * found.size) / bytes.length;
}

/** Serves the trimmed file wherever the sources ask for zxing's. */
export function trimWasm(): Plugin {
  return {
    name: "zhengyin-trim-wasm",
    apply: "build",
    enforce: "pre",
    load(id) {
      const [path = "", query] = id.split("?");
      if (!path.endsWith(".wasm") || query !== "url") return null;
      const source = trimmed(readFileSync(path)).wasm;
      const reference = this.emitFile({ type: "asset", name: "zxing.wasm", source });
      return `export default import.meta.ROLLUP_FILE_URL_${reference}`;
    },
  };
}
