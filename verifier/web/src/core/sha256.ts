/**
 * SHA-256 (FIPS 180-4): large inputs by WebCrypto, small ones here and at once.
 *
 * A registry has thousands of keys to hash, for which going through WebCrypto takes longer than the
 * hashing; and a page that was not loaded over HTTPS has no WebCrypto at all.
 */

import { encode } from "./base64url";

const BLOCK = 64; // bytes
const WORD = 4; // bytes
const SMALL = 4096; // bytes: up to here hashing takes a fraction of a millisecond

/** The first 32 bits of the fractional parts of `root` of the first primes (§4.2.2, §5.3.3). */
function fractions(root: (of: number) => number, count: number): DataView {
  const words = new DataView(new ArrayBuffer(WORD * count));
  const primes: number[] = [];
  for (let one = 2; primes.length < count; one++) {
    if (primes.every((prime) => one % prime)) {
      words.setInt32(WORD * primes.length, root(one) * 2 ** 32);
      primes.push(one);
    }
  }
  return words;
}

const START = fractions(Math.sqrt, 8);
const ROUNDS = fractions(Math.cbrt, 64);

const rotated = (word: number, by: number) => (word >>> by) | (word << -by);

export function sha256Now(data: Uint8Array): Uint8Array {
  const { length } = data;
  const end = BLOCK * Math.ceil((length + 9) / BLOCK); // room for a bit and 8 bytes of length
  const padded = new DataView(new ArrayBuffer(end));
  new Uint8Array(padded.buffer).set(data);
  padded.setUint8(length, 0x80);
  padded.setUint32(end - 8, length / 2 ** 29);
  padded.setUint32(end - 4, length << 3);
  const words = new DataView(new ArrayBuffer(ROUNDS.byteLength));
  const state = new DataView(START.buffer.slice(0));
  for (let block = 0; block < end; block += BLOCK) {
    let a = state.getInt32(0);
    let b = state.getInt32(4);
    let c = state.getInt32(8);
    let d = state.getInt32(12);
    let e = state.getInt32(16);
    let f = state.getInt32(20);
    let g = state.getInt32(24);
    let h = state.getInt32(28);
    for (let t = 0; t < ROUNDS.byteLength; t += WORD) {
      let word = 0;
      if (t < BLOCK) {
        word = padded.getInt32(block + t);
      } else {
        const early = words.getInt32(t - 15 * WORD);
        const late = words.getInt32(t - 2 * WORD);
        word =
          words.getInt32(t - 16 * WORD) +
          words.getInt32(t - 7 * WORD) +
          (rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3)) +
          (rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10));
      }
      words.setInt32(t, word);
      const first =
        h +
        (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
        ((e & f) ^ (~e & g)) +
        ROUNDS.getInt32(t) +
        word;
      const second =
        (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    let at = 0;
    for (const sum of [a, b, c, d, e, f, g, h]) {
      state.setInt32(at, state.getInt32(at) + sum);
      at += WORD;
    }
  }
  return new Uint8Array(state.buffer);
}

export async function sha256(data: Uint8Array): Promise<Uint8Array> {
  const subtle = globalThis.crypto?.subtle;
  return data.length <= SMALL || !subtle
    ? sha256Now(data)
    : new Uint8Array(await subtle.digest("SHA-256", data.slice()));
}

/** As the trust documents write it: base64url. */
export async function sha256Text(data: Uint8Array): Promise<string> {
  return encode(await sha256(data));
}
