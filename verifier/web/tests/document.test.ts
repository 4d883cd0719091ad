/** What is a trust document, and what is not: one defect for each row. */

import { describe, expect, test } from "vitest";
import { encode } from "../src/core/base64url";
import { utf8 } from "../src/core/bytes";
import { read } from "../src/core/document";
import { MalformedError, TrustError } from "../src/core/errors";
import { parseCompact, parseGeneral } from "../src/core/jws";
import { nameOn, registry } from "../src/core/registry";
import { root } from "../src/core/root";
import { openSigned } from "../src/core/signed";
import { snapshot } from "../src/core/snapshot";

const HASH = "A".repeat(43);
const KID = "A".repeat(11);
const JWK = { kty: "OKP", crv: "Ed25519", x: HASH };
const ROLE = { threshold: 1, keys: [{ kid: KID, jwk: JWK }] };
const PINNED = { sha256: HASH, len: 5 };
const ABOUT = { v: 1, env: "prod", version: 1, iat: 1 };
const GRANT = {
  type: "ab",
  role: "base",
  occupation: "*",
  directions: "*",
  levels: ["x"],
  from: "2020-01-01",
  basis: "b",
};
const INSTITUTION = { id: "ab", names: [{ name: "n" }], keys: [], grants: [GRANT] };

const ROOT = { ...ABOUT, exp: 2, roles: { root: ROLE, registry: ROLE, snapshot: ROLE } };
const REGISTRY = {
  ...ABOUT,
  authority: { zh: "甲", en: "a" },
  edition: "e",
  origins: ["a.cn"],
  institutions: [INSTITUTION],
};
const LIST = {
  institution: "ab",
  list: "2025",
  count: 1,
  status: PINNED,
  issued: HASH,
  delay: 5,
  epochs: [[1, 2]],
};
const SNAPSHOT = {
  ...ABOUT,
  next: 2,
  exp: 3,
  registry: { ...PINNED, version: 1 },
  lists: [LIST],
};

const READERS = { root, registry, snapshot };
const GOOD = { root: ROOT, registry: REGISTRY, snapshot: SNAPSHOT };
type Name = keyof typeof READERS;
const reading = (name: Name, value: unknown) =>
  read<unknown>(name, READERS[name], utf8(JSON.stringify(value)));

const institution = (members: object): object => ({
  institutions: [{ ...INSTITUTION, ...members }],
});
const grant = (members: object): object => institution({ grants: [{ ...GRANT, ...members }] });
const list = (members: object): object => ({ lists: [{ ...LIST, ...members }] });

test("what is left out has its default, what is unknown is ignored", () => {
  expect(reading("root", { ...ROOT, v: undefined, more: 1 })).toEqual({ ...ROOT, next_root: [] });
  expect(reading("snapshot", { ...SNAPSHOT, lists: undefined })).toMatchObject({ lists: [] });
  expect(reading("registry", REGISTRY)).toEqual({
    ...REGISTRY,
    prev: null,
    types: [],
    reinstated: [],
    institutions: [
      {
        ...INSTITUTION,
        names: [{ name: "n", from: null, to: null }],
        uscc: null,
        published_in: null,
        status: "active",
        status_from: null,
        grants: [{ ...GRANT, to: null, state: "active", state_from: null }],
      },
    ],
  });
});

const ACCEPTED: readonly [Name, string, object][] = [
  ["registry", "null for what may be absent", { prev: null }],
  ["registry", "200 characters outside the basic plane", { edition: "𠀀".repeat(200) }],
  ["registry", "any direction by name", grant({ directions: [] })],
  [
    "root",
    "16 keys",
    { roles: { ...ROOT.roles, root: { ...ROLE, keys: Array(16).fill(ROLE.keys[0]) } } },
  ],
  ["snapshot", "the latest time", { exp: 7_258_118_400 }],
  ["snapshot", "a second list of a year", list({ list: "2025-1" })],
];

test.each(ACCEPTED)("%s: %s", (name, _, members) => {
  expect(reading(name, { ...GOOD[name], ...members })).toMatchObject(members);
});

const REFUSED: readonly [Name, string, object][] = [
  ["root", "another format", { v: 2 }],
  ["root", "null for a default", { v: null }],
  ["root", "another environment", { env: "test" }],
  ["root", "version 0", { version: 0 }],
  ["root", "a text for a number", { version: "1" }],
  ["root", "a time before 1970", { iat: -1 }],
  ["root", "no end", { exp: undefined }],
  ["root", "no roles", { roles: [] }],
  ["root", "threshold 0", { roles: { ...ROOT.roles, root: { ...ROLE, threshold: 0 } } }],
  ["root", "no keys", { roles: { ...ROOT.roles, root: { ...ROLE, keys: [] } } }],
  [
    "root",
    "17 keys",
    { roles: { ...ROOT.roles, root: { ...ROLE, keys: Array(17).fill(ROLE.keys[0]) } } },
  ],
  ["root", "a thumbprint too short", { next_root: [HASH.slice(1)] }],
  ["registry", "no origin", { origins: [] }],
  ["registry", "an empty text", { edition: "" }],
  ["registry", "201 characters", { edition: "a".repeat(201) }],
  ["registry", "201 characters outside the basic plane", { edition: "𠀀".repeat(201) }],
  ["registry", "an id in capitals", institution({ id: "AB" })],
  ["registry", "an id with a line feed", institution({ id: "ab\n" })],
  ["registry", "no name", institution({ names: [] })],
  ["registry", "another status", institution({ status: "closed" })],
  ["registry", "null for a status", institution({ status: null })],
  ["registry", "a month 13", grant({ from: "2020-13-01" })],
  ["registry", "full-width digits", grant({ from: "２０２０-01-01" })],
  ["registry", "another role", grant({ role: "other" })],
  ["registry", "another text for all directions", grant({ directions: "all" })],
  ["registry", "no basis", grant({ basis: undefined })],
  ["snapshot", "a year of three digits", list({ list: "202" })],
  ["snapshot", "too many slots", list({ count: 2 ** 24 + 1 })],
  ["snapshot", "too long a delay", list({ delay: 31 * 86_400 + 1 })],
  ["snapshot", "an epoch of three numbers", list({ epochs: [[1, 2, 3]] })],
  ["snapshot", "an epoch of texts", list({ epochs: [["1", "2"]] })],
];

test.each(REFUSED)("%s: %s", (name, _, members) => {
  expect(() => reading(name, { ...GOOD[name], ...members })).toThrow(TrustError);
});

test("a refusal names the document and the member", () => {
  expect(() => reading("registry", { ...REGISTRY, ...grant({ basis: 1 }) })).toThrow(
    /registry: basis/,
  );
});

test("white space is refused", () => {
  expect(() => read("Root", root, utf8(JSON.stringify(ROOT, null, 1)))).toThrow(TrustError);
});

test("the name for a day, else the last one", () => {
  const { institutions } = read(
    "Registry",
    registry,
    utf8(
      JSON.stringify({
        ...REGISTRY,
        ...institution({
          names: [
            { name: "old", to: "2019-12-31" },
            { name: "new", from: "2020-01-01", to: "2022-12-31" },
          ],
        }),
      }),
    ),
  );
  const named = (day: string) => institutions.map((one) => nameOn(one, day));
  expect(named("2019-12-31")).toEqual(["old"]);
  expect(named("2020-01-01")).toEqual(["new"]);
  expect(named("2023-01-01")).toEqual(["new"]);
});

// The signatures around them.

const PAYLOAD = encode(utf8("{}"));
const SIGNATURE = encode(new Uint8Array(64));
const header = (text: string) => encode(utf8(text));
const PROTECTED = header(`{"alg":"Ed25519","kid":"${KID}","typ":"root+jws"}`);
const OTHER = header(`{"alg":"Ed25519","kid":"${"A".repeat(10)}E","typ":"root+jws"}`);
const ENTRY = { protected: PROTECTED, signature: SIGNATURE };

test("two signatures are taken apart", () => {
  const document = { payload: PAYLOAD, signatures: [ENTRY, { ...ENTRY, protected: OTHER }] };
  const { payload, signatures } = parseGeneral(utf8(JSON.stringify(document)), "root+jws");
  expect(payload).toEqual(utf8("{}"));
  expect(signatures).toHaveLength(2);
  expect(signatures[0]).toEqual({
    kid: KID,
    signature: new Uint8Array(64),
    signingInput: utf8(`${PROTECTED}.${PAYLOAD}`),
  });
});

const HEADERS: readonly string[] = [
  `{"alg":"EdDSA","kid":"${KID}","typ":"root+jws"}`,
  `{"alg":"none","kid":"${KID}","typ":"root+jws"}`,
  `{"alg":"Ed25519","kid":"${KID}","typ":"snapshot+jws"}`,
  `{"alg":"Ed25519","kid":"${KID}","typ":"root+jws","crit":[]}`,
  `{"alg":"Ed25519","kid":"${KID}","typ":"root+jws","jwk":{}}`,
  `{"kid":"${KID}","alg":"Ed25519","typ":"root+jws"}`,
  `{"alg":"Ed25519","kid":"${KID}", "typ":"root+jws"}`,
  `{"alg":"Ed25519","kid":"${"A".repeat(10)}B","typ":"root+jws"}`,
  `{"alg":"Ed25519","kid":"${KID}A","typ":"root+jws"}`,
  `{"alg":"Ed25519","typ":"root+jws"}`,
  `{"alg":"Ed25519","kid":"${KID}","typ":"root+jws"}\n`,
  `\ufeff{"alg":"Ed25519","kid":"${KID}","typ":"root+jws"}`,
  "",
];

describe("another header is refused", () => {
  test.each(HEADERS)("%s", (text) => {
    const entry = { ...ENTRY, protected: header(text) };
    const document = utf8(JSON.stringify({ payload: PAYLOAD, signatures: [entry] }));
    expect(() => parseGeneral(document, "root+jws")).toThrow(MalformedError);
    const compact = `${header(text)}.${PAYLOAD}.${SIGNATURE}`;
    expect(() => parseCompact(compact, "root+jws")).toThrow(MalformedError);
  });
});

const DOCUMENTS: readonly [string, unknown][] = [
  ["no signature", { payload: PAYLOAD, signatures: [] }],
  ["17 signatures", { payload: PAYLOAD, signatures: Array(17).fill(ENTRY) }],
  ["two of one key", { payload: PAYLOAD, signatures: [ENTRY, ENTRY] }],
  ["another order", { signatures: [ENTRY], payload: PAYLOAD }],
  ["a member more", { payload: PAYLOAD, signatures: [ENTRY], header: {} }],
  ["an unprotected header", { payload: PAYLOAD, signatures: [{ ...ENTRY, header: {} }] }],
  [
    "another order inside",
    { payload: PAYLOAD, signatures: [{ signature: SIGNATURE, protected: PROTECTED }] },
  ],
  ["no payload", { signatures: [ENTRY] }],
  ["a payload that is no text", { payload: {}, signatures: [ENTRY] }],
  ["padding", { payload: `${PAYLOAD}=`, signatures: [ENTRY] }],
  ["63 bytes", { payload: PAYLOAD, signatures: [{ ...ENTRY, signature: SIGNATURE.slice(1) }] }],
  ["a list", [PAYLOAD, [ENTRY]]],
  ["null", null],
];

test.each(DOCUMENTS)("%s is refused", (_, document) => {
  const data = utf8(JSON.stringify(document));
  expect(() => parseGeneral(data, "root+jws")).toThrow(MalformedError);
  expect(() => openSigned(data, "root+jws", 1e6)).toThrow(TrustError);
});

test("a document that is too large is refused before it is read", () => {
  const data = utf8(JSON.stringify({ payload: PAYLOAD, signatures: [ENTRY] }));
  expect(() => openSigned(data, "root+jws", data.length)).not.toThrow();
  expect(() => openSigned(data, "root+jws", data.length - 1)).toThrow(
    expect.objectContaining({ code: "file_too_large" }),
  );
});

test("the compact form is three parts", () => {
  const compact = `${PROTECTED}.${PAYLOAD}.${SIGNATURE}`;
  expect(parseCompact(compact, "root+jws").signatures[0]?.kid).toBe(KID);
  for (const text of [`${compact}.`, `${PROTECTED}.${PAYLOAD}`, "", "..", `${compact}=`]) {
    expect(() => parseCompact(text, "root+jws")).toThrow(MalformedError);
  }
});
