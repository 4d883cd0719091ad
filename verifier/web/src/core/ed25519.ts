/**
 * Which Ed25519 keys and signatures count at all (RFC 8032 §5.1), and whether a signature holds.
 *
 * Libraries disagree on keys and nonces outside the prime-order subgroup and on encodings that are
 * not canonical; without those inputs they all agree. So both are refused here, as in Python, and
 * what is left has one verdict everywhere: WebCrypto's, or that of a library where it is missing.
 */

import { fromHex } from "./bytes";
import { MalformedError } from "./errors";

const KEY_SIZE = 32; // bytes
export const SIGNATURE_SIZE = 64; // bytes: R ‖ S

const P = 2n ** 255n - 19n; // the field
const L = 2n ** 252n + 27742317777372353535851937790883648493n; // the order of the base point
const Y_OF_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const Y_OF_SMALL_ORDER = [0n, 1n, P - 1n, Y_OF_ORDER_8, P - Y_OF_ORDER_8];

function littleEndian(data: Uint8Array): bigint {
  return data.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** The y of an encoded point: all but the top bit, the sign of x. */
function yOf(point: Uint8Array): bigint {
  return BigInt.asUintN(255, littleEndian(point));
}

/** y ≥ P has a shorter equal; the odd form of x = 0 is among those of small order. */
function isRefused(y: bigint): boolean {
  return y >= P || Y_OF_SMALL_ORDER.includes(y);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result * (bit === "1" ? base : 1n)) % P;
  }
  return result;
}

/**
 * Whether L times the point is the neutral element, on its curve in Montgomery's form (RFC 7748 §5).
 *
 * The ladder goes by u = (1 + y) / (1 − y), as a fraction; nothing here is secret.
 */
function isOfPrimeOrder(y: bigint): boolean {
  const [u, w] = [1n + y, 1n - y];
  let [x2, z2, x3, z3] = [1n, 0n, u, w];
  for (const bit of L.toString(2)) {
    if (bit === "1") {
      [x2, z2, x3, z3] = [x3, z3, x2, z2];
    }
    const [sum, difference] = [x2 + z2, x2 - z2];
    const [aa, bb] = [(sum * sum) % P, (difference * difference) % P];
    const [da, cb] = [((x3 - z3) * sum) % P, ((x3 + z3) * difference) % P];
    const e = aa - bb;
    x3 = (w * ((da + cb) ** 2n % P)) % P;
    z3 = (u * ((da - cb) ** 2n % P)) % P;
    x2 = (aa * bb) % P;
    z2 = (e * (aa + 121665n * e)) % P;
    if (bit === "1") {
      [x2, z2, x3, z3] = [x3, z3, x2, z2];
    }
  }
  return z2 === 0n;
}

/**
 * Accept only a canonical encoding of a point of prime order (RFC 8032 §5.1.5).
 *
 * Throws MalformedError: another length, not canonical, not on the curve, small or mixed order.
 */
export function vetPublicKey(x: Uint8Array): void {
  const y = yOf(x);
  // x² = (1 − y²) / (−1 − D·y²), D = −121665/121666: a quotient is a square when the product is
  // (Euler's criterion), and the square 121666² changes nothing.
  const product = (y * y - 1n) * (121666n - 121665n * y * y) * 121666n;
  if (
    x.length !== KEY_SIZE ||
    isRefused(y) ||
    power((product % P) + P, (P - 1n) / 2n) !== 1n ||
    !isOfPrimeOrder(y)
  ) {
    throw new MalformedError("key: not a canonical point of prime order");
  }
}

/** The gate before verification; whether R is a point at all is left to the equation. */
function isAcceptable(signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_SIZE &&
    !isRefused(yOf(signature.subarray(0, KEY_SIZE))) &&
    littleEndian(signature.subarray(KEY_SIZE)) < L // no second signature by adding L
  );
}

type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

const native: Verify = async (key, message, signature) => {
  try {
    const { subtle } = globalThis.crypto;
    const imported = await subtle.importKey("raw", key.slice(), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", imported, signature.slice(), message.slice());
  } catch {
    return false;
  }
};

const library: Verify = async (...parts) => (await import("./ed25519-fallback")).verify(...parts);

// RFC 8032 §7.1, TEST 2
const KNOWN_KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const KNOWN_SIGNATURE =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

/** WebCrypto, where it knows a good signature from a bad one. */
async function choose(): Promise<Verify> {
  const [key, signature] = [fromHex(KNOWN_KEY), fromHex(KNOWN_SIGNATURE)];
  const works =
    (await native(key, Uint8Array.of(0x72), signature)) &&
    !(await native(key, Uint8Array.of(0x73), signature));
  return works ? native : library;
}

let chosen: Promise<Verify> | undefined;

/** Whether to go by the library whatever WebCrypto can; for tests. */
export function useFallback(on: boolean): void {
  chosen = on ? Promise.resolve(library) : undefined;
}

/** Whether the vetted `key` made `signature` over `message` (RFC 8032 §5.1.7). */
export const verify: Verify = async (key, message, signature) => {
  chosen ??= choose();
  return isAcceptable(signature) && (await chosen)(key, message, signature);
};
