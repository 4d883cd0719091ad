/**
 * The issued list: which credentials an institution has signed (schemas/README.md §5).
 *
 * An append-only array of 10-byte truncated SHA-256 values, one for each slot of a status list. The
 * hash covers the JWS signing input, not the signature: other schemes' signatures are malleable and
 * one credential has many texts. An indexed array leaves a forger one slot to hit: 2^80 tries.
 */

import * as base64url from "./base64url";
import { concat, utf8 } from "./bytes";
import { ZhengyinError } from "./errors";
import { sha256 } from "./sha256";

export const SLOT = 10; // bytes
const MAX_NUMBER = 800; // bytes of a certificate number: 200 characters
const HASH = 32; // bytes of SHA-256

const REPLACED = utf8("zhengyin replaced by\0");
const UNREADABLE = "\ufffd";

/** [count, time in seconds], both ascending: by `time`, the first `count` slots were logged. */
export type Epochs = readonly (readonly [number, number])[];

/** The first slots, and by when how many of them had been logged. */
export interface IssuedList {
  readonly data: Uint8Array;
  readonly epochs: Epochs;
}

/** The 10 bytes that stand for a credential. */
export const slot = async (signingInput: Uint8Array): Promise<Uint8Array> =>
  (await sha256(signingInput)).subarray(0, SLOT);

/** How many slots there are. */
export const countOf = (list: IssuedList): number => Math.floor(list.data.length / SLOT);

/** The 10 bytes of slot `idx`. */
export const slotAt = (list: IssuedList, idx: number): Uint8Array =>
  list.data.subarray(idx * SLOT, (idx + 1) * SLOT);

/** By when slot `idx` had been logged, seconds: the trusted time of its signature. */
export function loggedAt(list: IssuedList, idx: number): number {
  const epoch = list.epochs.find(([count]) => count > idx);
  if (epoch === undefined) throw new RangeError(`no slot ${idx}`);
  return epoch[1];
}

/** Whether `epochs` only adds to `earlier`. */
export const startsWith = (epochs: Epochs, earlier: Epochs): boolean =>
  earlier.every(([count, time], at) => epochs[at]?.[0] === count && epochs[at]?.[1] === time);

/**
 * The certificate number that replaces a credential, readable only with that credential; what is no
 * UTF-8 becomes U+FFFD.
 *
 * The pad is SHA-256 over a block counter and the replaced credential's signing input, used for this
 * one text (WebCrypto has SHA-256 and no stream of it).
 */
export async function openNumber(sealed: string, signingInput: Uint8Array): Promise<string> {
  let data: Uint8Array;
  try {
    data = base64url.decode(sealed);
  } catch (error) {
    if (error instanceof ZhengyinError) return UNREADABLE;
    throw error;
  }
  if (data.length > MAX_NUMBER) return UNREADABLE;
  const blocks = Array.from({ length: Math.ceil(data.length / HASH) }, (_, block) =>
    sha256(concat(REPLACED, new Uint8Array([block]), signingInput)),
  );
  const pad = concat(...(await Promise.all(blocks)));
  const number = data.map((byte, at) => byte ^ (pad[at] ?? 0));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(number);
}
