/** A public key as it is published: an OKP JSON Web Key on Ed25519 (RFC 8037 §2, RFC 7638). */

import { decode, encode } from "./base64url";
import { utf8 } from "./bytes";
import type { PublicKey } from "./document";
import { vetPublicKey } from "./ed25519";
import { MalformedError } from "./errors";
import { sha256Now } from "./sha256";

const KID_SIZE = 8; // bytes of the thumbprint that name a key: 11 characters
const CANONICAL = /[AEIMQUYcgkosw048]$/; // of 43 characters: no bits left over behind 32 bytes

/** SHA-256 over the key's members as RFC 7638 §3 writes them. */
export function thumbprint({ x }: PublicKey): Uint8Array {
  return sha256Now(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`));
}

/**
 * The identifier that a key has to go by, 11 characters; its point is not vetted.
 *
 * Throws MalformedError: not canonical base64url.
 */
export function kidOf(key: PublicKey): string {
  if (!CANONICAL.test(key.x)) throw new MalformedError("a key that is not canonical base64url");
  return encode(thumbprint(key).subarray(0, KID_SIZE));
}

const vetted = new Map<string, Uint8Array>();

/**
 * The vetted key, 32 bytes, worked out once for each key in use.
 *
 * A registry may list 100,000 keys and the check takes milliseconds: it is done when a key is first
 * used, not when the registry is read.
 *
 * Throws MalformedError: the point is none that an honest signer has.
 */
export function verificationKey({ x }: PublicKey): Uint8Array {
  let key = vetted.get(x);
  if (!key) {
    key = decode(x);
    vetPublicKey(key);
    vetted.set(x, key);
  }
  return key;
}
