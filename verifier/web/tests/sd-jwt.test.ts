import fc from "fast-check";
import { expect, test } from "vitest";
import { encode } from "../src/core/base64url";
import { concat, utf8 } from "../src/core/bytes";
import { MalformedError } from "../src/core/errors";
import { MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD, MAX_SD_JWT_TEXT } from "../src/core/limits";
import { claims, digest, parse, reveal, type SdJwt, signingInput, text } from "../src/core/sd-jwt";
import { dumps, type Json, type JsonObject } from "../src/core/strict-json";

const KID = "q0lJx8mB3FA";
const HEADER = `{"alg":"Ed25519","kid":"${KID}","typ":"dc+sd-jwt"}`;
const SALT = "AAECAwQFBgcICQoLDA0ODw";
const NUMBER = "119999199001010012";
const NONE = new Uint8Array();

const raw = (...parts: readonly Json[]) => dumps(parts);
const disclosed = (name: string, value = "x") => raw(SALT, name, value);
const SHOWN = disclosed("id_number", NUMBER);

const token = (payload: Uint8Array, ...disclosures: readonly Uint8Array[]): SdJwt => ({
  kid: KID,
  payload,
  signature: new Uint8Array(64),
  disclosures,
});

/** A token with any parts. */
const written = ({
  header = utf8(HEADER) as Uint8Array,
  payload = utf8("{}") as Uint8Array,
  signature = new Uint8Array(64),
  after = "~",
} = {}) => `${encode(header)}.${encode(payload)}.${encode(signature)}${after}`;

test("the text of a token", () => {
  const whole = `${written()}${encode(SHOWN)}~`;
  expect(text(token(utf8("{}"), SHOWN))).toBe(whole);
  expect(parse(whole)).toEqual(token(utf8("{}"), SHOWN));
  expect(new TextDecoder().decode(signingInput(parse(whole)))).toBe(
    written({ after: "" }).split(".").slice(0, 2).join("."),
  );
});

test("what is written is read again", () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
  const kids = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(encode);
  const signatures = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const disclosures = fc.array(bytes(60), { maxLength: MAX_DISCLOSURES });
  fc.assert(
    fc.property(
      kids,
      bytes(200),
      signatures,
      disclosures,
      (kid, payload, signature, disclosures) => {
        const any = { kid, payload, signature, disclosures };
        expect(parse(text(any))).toEqual(any);
      },
    ),
  );
});

test("a changed character is refused, or is another token", () => {
  const whole = text(token(utf8('{"a":"b"}'), SHOWN));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.constantFrom(..."AQgw-_~.=+/ \n\0é"), (at, other) => {
      const changed = `${whole.slice(0, at)}${other}${whole.slice(at + 1)}`;
      try {
        expect(text(parse(changed))).toBe(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
    { numRuns: 1000 },
  );
});

const HEADERS = [
  HEADER.replace("Ed25519", "none"),
  HEADER.replace("Ed25519", "EdDSA"),
  HEADER.replace("Ed25519", "ed25519"),
  HEADER.replace("Ed25519", "HS256"),
  HEADER.replace("Ed25519", String.raw`\u0045d25519`),
  HEADER.replace('"Ed25519"', '["Ed25519"]'),
  HEADER.replace('"alg":"Ed25519",', ""),
  HEADER.replace("dc+sd-jwt", "JWT"),
  HEADER.replace("dc+sd-jwt", "vc+sd-jwt"),
  HEADER.replace("dc+sd-jwt", "DC+SD-JWT"),
  HEADER.replace(',"typ":"dc+sd-jwt"', ""),
  HEADER.replace(`"kid":"${KID}",`, ""),
  HEADER.replace(KID, KID.slice(1)),
  HEADER.replace(KID, `${KID}A`),
  HEADER.replace(KID, "q0lJx8mB3FB"), // unused bits
  HEADER.replace(KID, "../../etc/x"),
  HEADER.replace(KID, '"'.repeat(11)),
  HEADER.replace(KID, '","jwk":"ab'),
  HEADER.replace(KID, "证印证印证印证印证印证"),
  HEADER.replace(KID, "q0lJx8mB3F\u00ff"),
  HEADER.replace('"kid"', '"crit":["b64"],"kid"'),
  HEADER.replace('"kid"', '"b64":false,"kid"'),
  HEADER.replace('"kid"', '"jwk":{"kty":"OKP"},"kid"'),
  HEADER.replace('"kid"', '"jku":"https://evil.example","kid"'),
  HEADER.replace("}", ',"zip":"DEF"}'),
  HEADER.replace(",", ", "),
  `${HEADER}\n`,
  `{"alg":"none",${HEADER.slice(1)}`,
  `{"alg":"Ed25519","typ":"dc+sd-jwt","kid":"${KID}"}`,
  "",
  "{}",
  "null",
];

test.each(HEADERS)("no other header is read: %s", (header) => {
  expect(() => parse(written({ header: utf8(header) }))).toThrow(MalformedError);
});

test("a byte beyond ASCII is no kid", () => {
  const head = utf8(HEADER.slice(0, 34));
  const header = concat(head, new Uint8Array([0xff]), utf8(HEADER.slice(35)));
  expect(() => parse(written({ header }))).toThrow(MalformedError);
});

const JWT = written({ after: "" });
const TEXTS: Readonly<Record<string, string>> = {
  empty: "",
  "only a tilde": "~",
  "only tildes": "~".repeat(20),
  "a JWT without the tilde": JWT,
  "a key binding JWT at the end": `${JWT}~${encode(SHOWN)}~${JWT}`,
  "a disclosure without its tilde": `${JWT}~${encode(SHOWN)}`,
  "one disclosure too many": `${JWT}~${`${encode(SHOWN)}~`.repeat(MAX_DISCLOSURES + 1)}`,
  "two parts": `${JWT.split(".").slice(0, 2).join(".")}~`,
  "four parts": `${JWT}.${encode(new Uint8Array(64))}~`,
  "five parts (encrypted)": `${JWT}..~`,
  "no payload and no signature": `${encode(utf8(HEADER))}..~`,
  "no signature": written({ signature: NONE }),
  "signature of 63 bytes": written({ signature: new Uint8Array(63) }),
  "signature of 65 bytes": written({ signature: new Uint8Array(65) }),
  "padding on the signature": `${JWT}==~`,
  "signature with unused bits": `${JWT.slice(0, -1)}B~`,
  "a space in front": ` ${JWT}~`,
  "a newline at the end": `${JWT}~\n`,
  "a newline inside": `${JWT.slice(0, 90)}\n${JWT.slice(90)}~`,
  "a disclosure with a newline": `${JWT}~${encode(SHOWN)}\n~`,
  "a disclosure with padding": `${JWT}~${encode(SHOWN)}=~`,
  JSON: '{"payload":"e30"}~',
  "an SD-JWT beside another": `${JWT}~${JWT}~`,
  "a lone surrogate": `${JWT}\ud800~`,
  "too long": written({ payload: new Uint8Array(MAX_SD_JWT_TEXT) }),
  "payload too long": written({ payload: new Uint8Array(MAX_PAYLOAD + 1) }),
  "10 MB of dots": ".".repeat(10_000_000),
};

test.each(Object.entries(TEXTS))("no other text is read: %s", (_, bad) => {
  expect(() => parse(bad)).toThrow(MalformedError);
});

test.each(["", "[]", '"a"', "{", '{"a": 1}', '{"a":1,"a":1}'])("no claims: %s", (payload) => {
  expect(() => claims(token(utf8(payload)))).toThrow(MalformedError);
});

test("the digest of RFC 9901 §4.2.3", async () => {
  const example = utf8('["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]');
  expect(await digest(example)).toBe("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
});

const hidden = async (...shown: readonly Uint8Array[]) => ({
  _sd: await Promise.all(shown.map(digest)),
});

test("a disclosed claim is put in behind the others", async () => {
  const signed = { ...(await hidden(utf8("decoy"), SHOWN)), a: "1", _sd_alg: "sha-256" };
  const before = JSON.stringify(signed);
  expect(JSON.stringify(await reveal(token(NONE, SHOWN), signed))).toBe(
    `{"a":"1","id_number":"${NUMBER}"}`,
  );
  expect(await reveal(token(NONE), signed)).toEqual({ a: "1" });
  expect(JSON.stringify(signed)).toBe(before);
});

test("a name that every JavaScript object has is a name", async () => {
  const shown = disclosed("constructor");
  expect(await reveal(token(NONE, shown), await hidden(shown))).toEqual({ constructor: "x" });
});

const RESERVED = "iss iat nbf exp vct status cnf _sd _sd_alg ...".split(" ");
type Attempt = () => Promise<readonly [JsonObject, ...Uint8Array[]]>;
const MISMATCHES: Readonly<Record<string, Attempt>> = {
  "no digest at all": async () => [{ a: "1" }, SHOWN],
  "an empty _sd": async () => [{ _sd: [] }, SHOWN],
  "the digest of another": async () => [await hidden(disclosed("id_number")), SHOWN],
  "the same disclosure twice": async () => [await hidden(SHOWN), SHOWN, SHOWN],
  "a good one and a stray one": async () => [await hidden(SHOWN), SHOWN, disclosed("photo")],
  "two disclosures of one name": async () => {
    const two = [disclosed("a", "1"), disclosed("a", "2")] as const;
    return [await hidden(...two), ...two];
  },
  "a name that the payload has": async () => [
    { ...(await hidden(disclosed("holder_name"))), holder_name: "张测试" },
    disclosed("holder_name"),
  ],
  "a digest that stands one level down": async () => [{ a: await hidden(SHOWN) }, SHOWN],
  ...Object.fromEntries(
    RESERVED.map((name) => [
      `a disclosed ${name}`,
      async () => [await hidden(disclosed(name)), disclosed(name)] as const,
    ]),
  ),
};

test.each(Object.entries(MISMATCHES))("does not belong: %s", async (_, attempt) => {
  const [signed, ...shown] = await attempt();
  await expect(reveal(token(NONE, ...shown), signed)).rejects.toMatchObject({
    code: "disclosure_mismatch",
  });
});

const DISCLOSURES: Readonly<Record<string, Uint8Array>> = {
  empty: NONE,
  "not JSON": utf8("["),
  "an object": utf8('{"id_number":"1"}'),
  "not canonical": utf8(`["${SALT}", "a","b"]`),
  "two elements (of an array)": raw(SALT, NUMBER),
  "four elements": raw(SALT, "id_number", "1", "2"),
  "a salt of 120 bit": raw(encode(new Uint8Array(15)), "id_number", "1"),
  "no salt": raw("", "id_number", "1"),
  "a salt that is a number": raw(1, "id_number", "1"),
  "a salt that is not base64url": raw("!".repeat(22), "id_number", "1"),
  "a name that is a number": raw(SALT, 1, "1"),
  "a name that pollutes JavaScript": raw(SALT, "__proto__", "1"),
  "an empty name": raw(SALT, "", "1"),
  "a name that starts with a digit": raw(SALT, "1a", "1"),
  "a value that is a number": raw(SALT, "id_number", 1),
  "a value that is null": raw(SALT, "id_number", null),
  "too long": disclosed("a", "x".repeat(MAX_DISCLOSURE)),
};

test.each(Object.entries(DISCLOSURES))("malformed: %s", async (_, shown) => {
  await expect(reveal(token(NONE, shown), await hidden(shown))).rejects.toThrow(MalformedError);
});

const SIGNED: readonly JsonObject[] = [
  { _sd: null },
  { _sd: "a" },
  { _sd: {} },
  { _sd: [1] },
  { _sd: ["a", "a"] },
  { _sd_alg: "sha-512" },
  { _sd_alg: null },
];

test.each(SIGNED)("malformed claims: %j", async (signed) => {
  await expect(reveal(token(NONE), signed)).rejects.toThrow(MalformedError);
});
