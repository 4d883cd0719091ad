/**
 * bundle.zip: a whole published tree in one file, carried by hand (keys/bundle.py).
 *
 * It is read entry by entry under the names that we ask for and never unpacked, so no name in it can
 * lead anywhere. Its checksums are not looked at: every byte is checked by hash or signature
 * afterwards. The clauses are those of PKWARE's APPNOTE 6.3.
 */

import { fromUtf8 } from "../core/bytes";
import { TrustError, ZhengyinError } from "../core/errors";
import { inflateRaw } from "../core/inflate";
import type { Documents } from "../core/trust-state";
import { collect, MAX_TOTAL } from "./source";

const WHERE = "bundle.zip";

const LOCAL = 0x04034b50; // §4.3.7, at the start of each entry
const LOCAL_SIZE = 30; // bytes, before name and extra field
const CENTRAL = 0x02014b50; // §4.3.12, one for each entry
const CENTRAL_SIZE = 46; // bytes, before name, extra field and comment
const END = 0x06054b50; // §4.3.16, once
const END_SIZE = 22; // bytes, before the comment
const MAX_COMMENT = 65_535; // bytes
const ENCRYPTED = 1; // §4.4.4, bit 0
const STORED = 0; // §4.4.5
const DEFLATED = 8;

interface Entry {
  readonly method: number;
  readonly flags: number;
  /** Bytes in the file. */
  readonly packed: number;
  /** Bytes of the content. */
  readonly size: number;
  readonly offset: number;
}

/**
 * The documents in `data`, unverified.
 *
 * Throws TrustError: `file_unreadable`, `file_too_large`, or as `collect`.
 */
export async function readBundle(data: Uint8Array): Promise<Documents> {
  if (data.length > MAX_TOTAL) throw tooLarge(WHERE);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const entries = readable(() => readDirectory(data, view));
  let left = MAX_TOTAL; // bytes of content: a small file can hold a large one many times

  function content(name: string, limit: number): Uint8Array | null {
    const entry = entries.get(name);
    if (!entry) return null;
    if (entry.size > limit) throw tooLarge(name);
    left -= entry.size;
    if (left < 0) throw tooLarge(WHERE);
    return readable(() => readEntry(data, view, entry));
  }

  return collect({
    where: WHERE,
    read: async (name, limit) => content(name, limit),
    readStart: async (name, size) => content(name, left)?.subarray(0, size) ?? null,
  });
}

function readDirectory(data: Uint8Array, view: DataView): ReadonlyMap<string, Entry> {
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const entries = new Map<string, Entry>();
  let at = view.getUint32(end + 16, true);
  for (let read = 0; read < count; read++) {
    if (view.getUint32(at, true) !== CENTRAL) throw new RangeError("central directory");
    const nameSize = view.getUint16(at + 28, true);
    const name = fromUtf8(data.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameSize));
    if (entries.has(name)) throw new RangeError("a name stands twice"); // readers would differ
    entries.set(name, {
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += CENTRAL_SIZE + nameSize + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Where the end of the central directory stands: a comment of unknown length may follow it. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_SIZE;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw new RangeError("no zip file");
}

function readEntry(data: Uint8Array, view: DataView, entry: Entry): Uint8Array {
  const { offset, packed, size } = entry;
  if (view.getUint32(offset, true) !== LOCAL || entry.flags & ENCRYPTED) {
    throw new RangeError("an entry");
  }
  const start =
    offset + LOCAL_SIZE + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const body = data.subarray(start, start + packed);
  if (body.length !== packed) throw new RangeError("cut short");
  if (entry.method === STORED && packed === size) return body;
  if (entry.method !== DEFLATED) throw new RangeError("compression");
  const { output, used } = inflateRaw(body, { max: size });
  if (used !== packed || output.length !== size) throw new RangeError("an entry's length");
  return output;
}

/** What `work` gives; whatever it stumbles over makes the file unreadable. */
function readable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // RangeError: a DataView beyond its end, or one of ours; ZhengyinError: UTF-8 or DEFLATE.
    if (!(error instanceof RangeError || error instanceof ZhengyinError)) throw error;
    throw new TrustError("file_unreadable", { detail: `${WHERE}: ${error.message}` });
  }
}

function tooLarge(detail: string): TrustError {
  return new TrustError("file_too_large", { detail });
}
