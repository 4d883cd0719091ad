/** DEFLATE as small as it gets: the files are made once and travel many times. */

import { createHash } from "node:crypto";
import { gzipAsync } from "@gfx/zopfli";

// More rounds or blocks take minutes for the last thousandth.
const EFFORT = { numiterations: 5, blocksplittingmax: 100 };
const HEADER = 10; // bytes before the DEFLATE stream, without a file name (RFC 1952 §2.3)
const TRAILER = 8; // bytes after it

const done = new Map<string, Promise<Uint8Array>>();

/** gzip (RFC 1952); what was packed before is not packed again. */
export function gzip(data: Uint8Array): Promise<Uint8Array> {
  const key = createHash("sha256").update(data).digest("hex");
  const packed = done.get(key) ?? gzipAsync(data, EFFORT);
  done.set(key, packed);
  return packed;
}

/** Raw DEFLATE (RFC 1951). */
export async function deflate(data: Uint8Array): Promise<Uint8Array> {
  return (await gzip(data)).subarray(HEADER, -TRAILER);
}
