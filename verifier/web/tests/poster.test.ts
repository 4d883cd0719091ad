/** The freshness code: it is believed only under the key that signs snapshots. */

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encode } from "../src/core/base64url";
import { utf8 } from "../src/core/bytes";
import { kidOf } from "../src/core/jwk";
import { type TrustState, update } from "../src/core/trust";
import { readPoster } from "../src/trust/poster";
import { LOADED, PINS, PROD } from "./phone";

interface Pair {
  readonly kid: string;
  readonly x: string;
  readonly key: KeyObject;
}

function pair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const x = String(publicKey.export({ format: "jwk" }).x);
  return { kid: kidOf({ kty: "OKP", crv: "Ed25519", x }), x, key: privateKey };
}

const OURS = pair();
const STATE = await update(null, PROD, { pins: PINS, now: LOADED });
/** A phone that trusts a key whose private half the test has. */
const TRUST: TrustState = {
  ...STATE,
  snapshot: { ...STATE.snapshot, version: 5 },
  root: {
    ...STATE.root,
    roles: {
      ...STATE.root.roles,
      snapshot: {
        threshold: 1,
        keys: [{ kid: OURS.kid, jwk: { kty: "OKP", crv: "Ed25519", x: OURS.x } }],
      },
    },
  },
};
const { version, iat } = TRUST.snapshot;
const CONTENT = { v: 1, env: "prod", version, iat, sha256: STATE.snapshotSha256 };

function poster(content: object, { kid, key } = OURS, typ = "poster+jws"): string {
  const header = encode(utf8(JSON.stringify({ alg: "Ed25519", kid, typ })));
  const input = `${header}.${encode(utf8(JSON.stringify(content)))}`;
  return `${input}.${encode(sign(null, utf8(input), key))}`;
}

const STRANGER = pair();
const other = "A".repeat(43);
test.each([
  ["of our snapshot", poster(CONTENT), "same"],
  ["of a newer one", poster({ ...CONTENT, version: version + 1, sha256: other }), "newer"],
  ["of an older one", poster({ ...CONTENT, version: version - 1, sha256: other }), "older"],
  ["of another snapshot of our version", poster({ ...CONTENT, sha256: other }), "forged"],
  ["of a demo", poster({ ...CONTENT, env: "demo" }), "forged"],
  ["signed by a stranger", poster(CONTENT, STRANGER), "forged"],
  ["signed by a stranger in our name", poster(CONTENT, { ...STRANGER, kid: OURS.kid }), "forged"],
])("a poster %s", async (_, text, expected) => {
  const reading = await readPoster(text, TRUST);
  expect({
    newer: reading?.newer,
    sameAsOurs: reading?.sameAsOurs,
    forged: reading?.forged,
  }).toEqual({
    newer: expected === "newer",
    sameAsOurs: expected === "same",
    forged: expected === "forged",
  });
});

test("a phone without data is older than any poster", async () => {
  expect(await readPoster(poster(CONTENT), null)).toEqual({
    version,
    iat,
    newer: true,
    sameAsOurs: false,
    forged: false,
  });
});

describe("no poster", () => {
  test.each([
    ["nothing", ""],
    ["the digits of a certificate", "https://zs.example.cn/#123456"],
    ["another document", poster(CONTENT, OURS, "snapshot+jws")],
    ["cut short", poster(CONTENT).slice(0, -1)],
    ["with a member missing", poster({ v: 1, env: "prod" })],
    ["with another order of parts", poster(CONTENT).split(".").reverse().join(".")],
    ["too long", poster({ ...CONTENT, more: "x".repeat(1000) })],
  ])("%s", async (_, text) => {
    expect(await readPoster(text, TRUST)).toBeNull();
  });
});
