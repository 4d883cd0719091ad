/**
 * JSON Web Signatures with Ed25519 and nothing else (RFC 7515, RFC 9864).
 *
 * A protected header is compared, never interpreted: it is one of the few byte strings that are
 * written, or it is refused, so `jwk`, `jku`, `x5c`, `crit`, `b64`, `zip` and every other `alg` are
 * refused whatever the signature says.
 */

import { decode } from "./base64url";
import { equal, fromUtf8, utf8 } from "./bytes";
import { array, object, type PublicKey, pattern } from "./document";
import { SIGNATURE_SIZE, verify } from "./ed25519";
import { MalformedError } from "./errors";
import { verificationKey } from "./jwk";
import { MAX_SIGNATURES } from "./limits";
import { dumps, loads } from "./strict-json";

/** One signature, well formed and not yet verified. */
export interface Signature {
  /** Which key it claims. */
  readonly kid: string;
  readonly signature: Uint8Array;
  /** header.payload, as it was signed. */
  readonly signingInput: Uint8Array;
}

/** What was signed, and by whom it says it was, each another kid; nothing of it verified. */
export interface General {
  readonly payload: Uint8Array;
  readonly signatures: readonly Signature[];
}

const HEADER = /^\{"alg":"Ed25519","kid":"([\w-]{10}[AEIMQUYcgkosw048])","typ":"([\w+]+)"\}$/;

function signatureOf(header: string, payload: string, signature: string, typ: string): Signature {
  const [, kid, found] = HEADER.exec(fromUtf8(decode(header))) ?? [];
  if (!kid || found !== typ) {
    throw new MalformedError(`JWS: another header than that of ${typ}`);
  }
  const bytes = decode(signature);
  if (bytes.length !== SIGNATURE_SIZE) {
    throw new MalformedError(`JWS: a signature of ${bytes.length} bytes`);
  }
  return { kid, signature: bytes, signingInput: utf8(`${header}.${payload}`) };
}

/**
 * Take a compact serialisation apart (RFC 7515 §7.1).
 *
 * Throws MalformedError: not three parts, not canonical, or another header than that of `typ`.
 */
export function parseCompact(text: string, typ: string): General {
  const [header, payload, signature, more] = text.split(".");
  if (
    header === undefined ||
    payload === undefined ||
    signature === undefined ||
    more !== undefined
  ) {
    throw new MalformedError("JWS: not three parts");
  }
  return { payload: decode(payload), signatures: [signatureOf(header, payload, signature, typ)] };
}

const base64url = pattern(/^[\w-]*$/);
const general = object({
  payload: base64url,
  signatures: array(object({ protected: base64url, signature: base64url }), 1, MAX_SIGNATURES),
});

/**
 * Take a general serialisation apart (RFC 7515 §7.2.1).
 *
 * Throws MalformedError: not of exactly that form in canonical JSON, 0 or too many signatures, two
 * of one key, another header than that of `typ`.
 */
export function parseGeneral(document: Uint8Array, typ: string): General {
  const read = general(loads(document), "JWS");
  if (!equal(dumps(read), document)) {
    throw new MalformedError("JWS: other members than payload and signatures");
  }
  const { payload, signatures } = read;
  const parsed = signatures.map((one) => signatureOf(one.protected, payload, one.signature, typ));
  if (new Set(parsed.map(({ kid }) => kid)).size !== parsed.length) {
    throw new MalformedError("JWS: two signatures of one key");
  }
  return { payload: decode(payload), signatures: parsed };
}

/**
 * How many distinct keys of `keys` (by kid) signed `signed`.
 *
 * A signature of a key that is not among them is passed over; a bad one counts nothing.
 */
export async function countValid(
  { signatures }: General,
  keys: ReadonlyMap<string, PublicKey>,
): Promise<number> {
  let valid = 0;
  for (const { kid, signature, signingInput } of signatures) {
    const key = keys.get(kid);
    if (key && (await verify(verificationKey(key), signingInput, signature))) {
      valid++;
    }
  }
  return valid;
}
