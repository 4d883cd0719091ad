/**
 * SD-JWT with our one header (RFC 9901; SD-JWT VC draft; schemas/README.md §2).
 *
 * `<header>.<payload>.<signature>~` and, for each disclosed claim, `<disclosure>~`. The header has
 * exactly three members in one order, so `jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`, `zip` and any
 * other `alg` or `typ` are refused whatever the signature says.
 */

import * as base64url from "./base64url";
import { characters, utf8 } from "./bytes";
import { MalformedError, VerificationError } from "./errors";
import { MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD, MAX_SD_JWT_TEXT } from "./limits";
import { sha256Text } from "./sha256";
import { checkName, isArray, type Json, type JsonObject, loads, loadsObject } from "./strict-json";

export const SIGNATURE_LENGTH = 64; // bytes (RFC 8032 §5.1.6)
const KID_LENGTH = 11; // characters: 8 bytes
const SALT_LENGTH = 16; // bytes: 128 bit (RFC 9901 §9.3)

// The header's first 24 bytes are 32 base64url characters: the kid starts on a boundary.
const KID_AT = 24;
const RESERVED: ReadonlySet<string> = new Set(
  "iss iat nbf exp vct status cnf _sd _sd_alg ...".split(" "),
);

/** One signed credential, as bytes; nothing of it is verified yet. */
export interface SdJwt {
  /** Which key is said to have signed. */
  readonly kid: string;
  /** The signed claims, JSON. */
  readonly payload: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** The JSON of each disclosure that is shown along. */
  readonly disclosures: readonly Uint8Array[];
}

const header = (kid: string): string => `{"alg":"Ed25519","kid":"${kid}","typ":"dc+sd-jwt"}`;

const signed = (token: SdJwt): string =>
  `${base64url.encode(utf8(header(token.kid)))}.${base64url.encode(token.payload)}`;

/** What the signature covers: `<header>.<payload>` (RFC 7515 §5.1). */
export const signingInput = (token: SdJwt): Uint8Array<ArrayBuffer> => utf8(signed(token));

/** The compact text; `parse` reads it back. */
export const text = (token: SdJwt): string =>
  `${[`${signed(token)}.${base64url.encode(token.signature)}`, ...token.disclosures.map(base64url.encode)].join("~")}~`;

/** The digest that the signed payload's `_sd` has for a disclosure's JSON (RFC 9901 §4.2.3). */
export const digest = (disclosed: Uint8Array): Promise<string> =>
  sha256Text(utf8(base64url.encode(disclosed)));

/** Read a compact SD-JWT: of a size that is allowed, under our header, base64url byte for byte. */
export function parse(compact: string): SdJwt {
  if (characters(compact) > MAX_SD_JWT_TEXT) {
    throw new MalformedError(`SD-JWT: longer than ${MAX_SD_JWT_TEXT} characters`);
  }
  const [jwt = "", ...shown] = compact.split("~");
  if (shown.pop() !== "" || shown.length > MAX_DISCLOSURES) {
    throw new MalformedError("SD-JWT: not <jwt>~ or <jwt>~<disclosure>~");
  }
  const [head, body, seal, ...more] = jwt.split(".");
  if (head === undefined || body === undefined || seal === undefined || more.length) {
    throw new MalformedError("SD-JWT: not three parts");
  }
  const written = String.fromCharCode(...base64url.decode(head));
  const kid = written.slice(KID_AT, KID_AT + KID_LENGTH);
  if (kid.length !== KID_LENGTH || written !== header(kid)) {
    throw new MalformedError("SD-JWT: another header than alg Ed25519, kid, typ dc+sd-jwt");
  }
  base64url.decode(kid);
  const signature = base64url.decode(seal);
  if (signature.length !== SIGNATURE_LENGTH) {
    throw new MalformedError("SD-JWT: the signature is not 64 bytes");
  }
  const payload = base64url.decode(body);
  if (payload.length > MAX_PAYLOAD) {
    throw new MalformedError(`SD-JWT: payload longer than ${MAX_PAYLOAD} bytes`);
  }
  return { kid, payload, signature, disclosures: shown.map(base64url.decode) };
}

/** The payload's claims, not verified. */
export const claims = (token: SdJwt): JsonObject => loadsObject(token.payload);

/** `claims` with the disclosed ones put in and the digests taken out (RFC 9901 §7.1). */
export async function reveal(token: SdJwt, claims: JsonObject): Promise<JsonObject> {
  const { _sd: digests = [], _sd_alg: algorithm = "sha-256", ...rest } = claims;
  if (!isTexts(digests)) throw new MalformedError("_sd: not a list of digests");
  const unused = new Set(digests);
  if (unused.size !== digests.length) throw new MalformedError("_sd: a digest stands twice");
  if (algorithm !== "sha-256") throw new MalformedError("_sd_alg: not sha-256");
  const revealed = new Map(Object.entries(rest));
  for (const shown of token.disclosures) {
    const [name, value] = nameAndValue(shown);
    if (!unused.delete(await digest(shown)) || revealed.has(name) || RESERVED.has(name)) {
      throw new VerificationError("disclosure_mismatch");
    }
    revealed.set(name, value);
  }
  return Object.fromEntries(revealed);
}

const isTexts = (value: Json): value is readonly string[] =>
  isArray(value) && value.every((entry) => typeof entry === "string");

function nameAndValue(shown: Uint8Array): readonly [string, string] {
  if (shown.length > MAX_DISCLOSURE) {
    throw new MalformedError(`disclosure: longer than ${MAX_DISCLOSURE} bytes`);
  }
  const parts = loads(shown);
  const [salt, name, value] = isTexts(parts) && parts.length === 3 ? parts : [];
  if (salt === undefined || name === undefined || value === undefined) {
    throw new MalformedError("disclosure: not [salt, name, value]");
  }
  if (base64url.decode(salt).length < SALT_LENGTH) {
    throw new MalformedError("disclosure: a salt of less than 128 bit");
  }
  checkName(name);
  return [name, value];
}
