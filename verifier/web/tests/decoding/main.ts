/** Reads each frame as a camera held still would have it read, fast and then full, and reports. */

import { createDecoder } from "../../src/scan/decoder";

const { width, height, count } = await (await fetch("set.json")).json();
const frame = async (at: number) => (await fetch(`frame/${at}`)).arrayBuffer();

declare global {
  interface Window {
    /** The engine, and for each frame what each effort found. */
    done?: readonly [string, readonly Found[]];
  }
}
type Found = Record<string, { readonly texts: readonly string[]; readonly ms: number }>;

const all: Found[] = [];
const decoder = await createDecoder();
let coming = frame(0);
for (let at = 0; at < count; at++) {
  const grey = new Uint8Array(await coming);
  if (at + 1 < count) coming = frame(at + 1);
  const found: Found = {};
  for (const effort of ["fast", "full"] as const) {
    const start = performance.now();
    const texts = await decoder.decode(pixels(grey), effort);
    found[effort] = { texts, ms: performance.now() - start };
    if (texts.length > 0) break;
  }
  all.push(found);
}
window.done = [decoder.engine, all];

function pixels(grey: Uint8Array): ImageData {
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let at = 0; at < grey.length; at++) words[at] = 0xff000000 | ((grey[at] ?? 0) * 0x010101);
  return image;
}
