/** Which keys and signatures count: the shared vectors, and hostile ones made here from the curve's formulas. */

import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { decode } from "../src/core/base64url";
import { concat, equal, fromHex, hex, utf8 } from "../src/core/bytes";
import { useFallback, verify, vetPublicKey } from "../src/core/ed25519";
import * as fallback from "../src/core/ed25519-fallback";
import { MalformedError } from "../src/core/errors";
import { kidOf, thumbprint, verificationKey } from "../src/core/jwk";
import { vectors } from "./vectors";

vi.setConfig({ testTimeout: 120_000 }); // the library is slow, more so on a busy machine

// The curve once more, by its defining formulas (RFC 8032 §5.1), to make what no signer would.

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (value: bigint, by = P) => ((value % by) + by) % by;
const power = (base: bigint, exponent: bigint): bigint =>
  exponent === 0n ? 1n : mod(power(mod(base * base), exponent >> 1n) * (exponent & 1n ? base : 1n));
const inverse = (value: bigint) => power(mod(value), P - 2n);
const D = mod(-121665n * inverse(121666n));
const I = power(2n, (P - 1n) / 4n); // √−1

type Point = readonly [x: bigint, y: bigint];
const NEUTRAL: Point = [0n, 1n];

function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = mod(D * x1 * x2 * y1 * y2);
  return [
    mod((x1 * y2 + x2 * y1) * inverse(1n + product)),
    mod((y1 * y2 + x1 * x2) * inverse(1n - product)),
  ];
}

function times(scalar: bigint, point: Point): Point {
  let sum = NEUTRAL;
  for (const bit of scalar.toString(2)) {
    sum = add(sum, sum);
    if (bit === "1") sum = add(sum, point);
  }
  return sum;
}

function encoded(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(64, "0")).reverse();
}
const compressed = ([x, y]: Point, sign = x & 1n) => encoded(y | (sign << 255n));
const littleEndian = (data: Uint8Array) => BigInt(`0x${hex(data.slice().reverse())}`);

function decompressed(data: Uint8Array): Point {
  const y = BigInt.asUintN(255, littleEndian(data));
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * I);
  if (mod(x * x) !== square) throw new Error("not on the curve");
  return [(x & 1n) === littleEndian(data) >> 255n ? x : mod(-x), y];
}

const BASE = decompressed(fromHex("58".padEnd(64, "6")));
const ORDER_8 = decompressed(
  encoded(0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n),
);
const TORSION = Array.from({ length: 8 }, (_, multiple) => times(BigInt(multiple), ORDER_8));

/** Every encoding of a point of small order: both signs, and y + P where that still fits. */
const SMALL = TORSION.flatMap(([, y]) =>
  [y, y + P]
    .filter((form) => form < 2n ** 255n)
    .flatMap((form) => [0n, 1n].map((sign) => encoded(form | (sign << 255n)))),
).filter((one, place, all) => all.findIndex((other) => equal(one, other)) === place);

const SECRET = 7n ** 80n % L;
const NONCE = 11n ** 70n % L;
const KEY = times(SECRET, BASE);
const COMMITMENT = times(NONCE, BASE);
const MESSAGE = utf8("header.payload");

function challenge(R: Uint8Array, A: Uint8Array): bigint {
  const sum = createHash("sha512")
    .update(concat(R, A, MESSAGE))
    .digest();
  return mod(littleEndian(new Uint8Array(sum)), L);
}

/** S·B = R + h·A up to torsion, for any R and A that are encoded as said. */
function forged(R: Uint8Array, A: Uint8Array, nonce = NONCE, secret = SECRET): Uint8Array {
  return concat(R, encoded(mod(nonce + challenge(R, A) * secret, L)));
}

const key = compressed(KEY);
const HONEST = forged(compressed(COMMITMENT), key);

interface Attack {
  readonly name: string;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly accept?: boolean;
}

const ATTACKS: readonly Attack[] = [
  { name: "an honest signature", key, signature: HONEST, accept: true },
  ...[1n, 2n, 14n].map((multiple) => ({
    name: `S + ${multiple}L`,
    key,
    signature: concat(
      HONEST.subarray(0, 32),
      encoded(littleEndian(HONEST.subarray(32)) + multiple * L),
    ),
  })),
  { name: "S is L", key, signature: concat(HONEST.subarray(0, 32), encoded(L)) },
  ...SMALL.map((R) => ({ name: `R ${hex(R)}`, key, signature: forged(R, key, 0n) })),
  ...TORSION.slice(1).map((point, multiple) => {
    const R = compressed(add(COMMITMENT, point));
    return { name: `R of mixed order T${multiple + 1}`, key, signature: forged(R, key) };
  }),
  { name: "R off the curve", key, signature: forged(encoded(2n), key) },
  { name: "R is y = P + 3", key, signature: forged(encoded(P + 3n), key) },
  { name: "all zero", key, signature: new Uint8Array(64) },
  { name: "all ones", key, signature: new Uint8Array(64).fill(255) },
];

const KEYS: readonly { readonly name: string; readonly x: Uint8Array }[] = [
  ...SMALL.map((x) => ({ name: `A ${hex(x)}`, x })),
  ...TORSION.slice(1).map((point, multiple) => ({
    name: `A of mixed order T${multiple + 1}`,
    x: compressed(add(KEY, point)),
  })),
  ...[2n, 3n, 17n].map((y) => ({ name: `y = P + ${y}`, x: encoded(P + y) })),
  { name: "off the curve", x: encoded(2n) },
  { name: "31 bytes", x: key.subarray(1) },
  { name: "33 bytes", x: concat(key, Uint8Array.of(0)) },
  { name: "nothing", x: new Uint8Array() },
];

test("there are 14 encodings of the 8 points of small order", () => {
  expect(times(8n, ORDER_8)).toEqual(NEUTRAL);
  expect(SMALL.length).toBe(14);
});

describe.each([
  ["WebCrypto", false],
  ["the library", true],
])("by %s", (_, on) => {
  beforeAll(() => useFallback(on));

  test.each(
    vectors<{ public_key: string; message: string; signature: string; accept: boolean }>(
      "layers/ed25519_signatures",
    ),
  )("$name", async ({ public_key, message, signature, accept }) => {
    const parts = [fromHex(message), fromHex(signature)] as const;
    expect(await verify(fromHex(public_key), ...parts)).toBe(accept);
  });

  test.each(ATTACKS)("$name", async ({ key, signature, accept = false }) => {
    expect(await verify(key, MESSAGE, signature)).toBe(accept);
  });

  test("one bit more or less", async () => {
    for (let bit = 0; bit < 512; bit += 37) {
      const flipped = HONEST.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await verify(key, MESSAGE, flipped)).toBe(false);
    }
  });
});

test("both agree on what is signed with any key", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.boolean(),
      async (message, noise, genuine) => {
        const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
        if (!("publicKey" in pair)) throw new Error("no pair");
        const x = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
        const signed = await crypto.subtle.sign("Ed25519", pair.privateKey, message.slice());
        expect(() => vetPublicKey(x)).not.toThrow();
        for (const on of [false, true]) {
          useFallback(on);
          expect(await verify(x, message, genuine ? new Uint8Array(signed) : noise)).toBe(genuine);
        }
      },
    ),
    { numRuns: 30 },
  );
});

describe("the library is asked", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    useFallback(false);
  });

  const never = () => Promise.reject(new Error("Ed25519 is not known"));
  test.each([
    ["nowhere to ask", {}],
    ["an engine that does not know Ed25519", { subtle: { importKey: never } }],
    [
      "an engine that lets everything pass",
      { subtle: { importKey: async () => ({}), verify: async () => true } },
    ],
    [
      "an engine that lets nothing pass",
      { subtle: { importKey: async () => ({}), verify: async () => false } },
    ],
  ])("by %s", async (_, crypto) => {
    vi.stubGlobal("crypto", crypto);
    useFallback(false);
    expect(await verify(key, MESSAGE, HONEST)).toBe(true);
    expect(await verify(key, utf8("another"), HONEST)).toBe(false);
  });

  test("and says what WebCrypto says", () => {
    expect(fallback.verify(key, MESSAGE, HONEST)).toBe(true);
  });
});

// Keys.

test.each(KEYS)("$name is refused", ({ x }) => {
  expect(() => vetPublicKey(x)).toThrow(MalformedError);
});

test.each(
  vectors<{ x: string; accept: boolean; kid: string | null; thumbprint: string | null }>(
    "layers/ed25519_keys",
  ),
)("$name", (vector) => {
  const published = { kty: "OKP", crv: "Ed25519", x: vector.x } as const;
  if (vector.accept) {
    expect(kidOf(published)).toBe(vector.kid);
    expect(hex(thumbprint(published))).toBe(vector.thumbprint);
    expect(verificationKey(published)).toEqual(decode(vector.x));
    expect(verificationKey(published)).toBe(verificationKey(published));
  } else {
    expect(() => verificationKey(published)).toThrow(MalformedError);
  }
});

test("a key whose text has bits left over is refused", () => {
  const published = {
    kty: "OKP",
    crv: "Ed25519",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp",
  } as const;
  expect(() => kidOf(published)).toThrow(MalformedError);
  expect(() => verificationKey(published)).toThrow(MalformedError);
});
