/**
 * What all trust documents share: signatures counted over distinct, vetted keys; files by hash.
 *
 * A document is opened, its threshold is required, and only then is its content read.
 */

import { hex } from "./bytes";
import { orMalformed, type Pinned, read } from "./document";
import { MalformedError, TrustError } from "./errors";
import { kidOf, verificationKey } from "./jwk";
import { countValid, type General, parseGeneral } from "./jws";
import { MAX_ROOT, MAX_SNAPSHOT } from "./limits";
import { ROOT_TYP, type Role, type Root, root } from "./root";
import { sha256, sha256Text } from "./sha256";
import { SNAPSHOT_TYP, type Snapshot, snapshot } from "./snapshot";

/**
 * The parts of a signed document, nothing of it verified; `most` in bytes.
 *
 * Throws TrustError `document_malformed` or `file_too_large`.
 */
export function openSigned(document: Uint8Array, typ: string, most: number): General {
  requireSize(typ, document, most);
  return orMalformed(typ, () => parseGeneral(document, typ));
}

/** SHA-256 (hex) of a root's payload: what people compare before they pin it. */
export async function rootFingerprint(document: Uint8Array): Promise<string> {
  return hex(await sha256(openSigned(document, ROOT_TYP, MAX_ROOT).payload));
}

/** The root in `document`. Its own keys signed it, which does not say whose keys they are. */
export async function readRoot(document: Uint8Array): Promise<Root> {
  const signed = openSigned(document, ROOT_TYP, MAX_ROOT);
  const content = read("Root", root, signed.payload);
  await requireThreshold(signed, content.roles.root, "root_signature");
  return content;
}

/** What a snapshot says it is: good for knowing which files to read, and for nothing else. */
export function unverifiedSnapshot(document: Uint8Array): Snapshot {
  return read("Snapshot", snapshot, openSigned(document, SNAPSHOT_TYP, MAX_SNAPSHOT).payload);
}

/**
 * Refuse what fewer than the role's threshold of distinct keys have signed.
 *
 * Throws TrustError `code`, or `document_malformed` where the role itself is wrong.
 */
export async function requireThreshold(signed: General, role: Role, code: string): Promise<void> {
  const keys = new Map(role.keys.map(({ kid, jwk }) => [kid, jwk]));
  orMalformed("role", () => {
    for (const { jwk } of role.keys) verificationKey(jwk);
    for (const [kid, jwk] of keys) {
      if (kid !== kidOf(jwk)) throw new MalformedError("a kid is not that of its key");
    }
  });
  const valid = await countValid(signed, keys);
  if (valid < role.threshold) {
    throw new TrustError(code, { valid, threshold: role.threshold });
  }
}

export function requireSize(name: string, data: Uint8Array, most: number): void {
  if (data.length > most) {
    throw new TrustError("file_too_large", { detail: name });
  }
}

/**
 * Refuse a file that is not what was pinned; `name` is for people.
 *
 * Throws TrustError `file_too_large` or `code`.
 */
export async function requireFile(
  name: string,
  data: Uint8Array,
  pinned: Pinned,
  most: number,
  code = "file_hash",
): Promise<void> {
  requireSize(name, data, most);
  if (data.length !== pinned.len || (await sha256Text(data)) !== pinned.sha256) {
    throw new TrustError(code, { detail: name });
  }
}

/** Whether a role is held by the same keys as before. */
export function sameKeys(before: Role, after: Role): boolean {
  const kids = (role: Role) => [...new Set(role.keys.map(({ kid }) => kid))].sort().join();
  return kids(before) === kids(after);
}
